// event-rows: the lists of an event's form: its ticket types, performers, schedule and brands, a card for each.
import { button, h, new_id, replace } from "./dom.js";
import { check_all, field, values } from "./form.js";

const PERFORMER_ROLES = [
	["HEADLINER", "Headliner"],
	["SUPPORT", "Support"],
	["HOST", "Host"],
	["SPEAKER", "Speaker"],
	["OTHER", "Other"],
];
const BRAND_ROLES = [
	["PRESENTER", "Presenter"],
	["ORGANIZER", "Organizer"],
	["SPONSOR", "Sponsor"],
	["PARTNER", "Partner"],
	["MEDIA", "Media"],
];

// Who is on: performers of the form, those not saved yet by the key of their row.
function people(row, performers) {
	const id = new_id("people");
	const wrong = h("p", { class: "wrong" });
	const place = h("div", { class: "people" });
	const el = h(
		"fieldset",
		{ class: "field wide", "aria-describedby": id },
		h(
			"legend",
			{ class: "label" },
			"Performers",
			h("span", { class: "soft optional" }, " optional"),
		),
		place,
		h("div", { id }, wrong),
	);
	let chosen = row?.performerIds ?? [];
	const self = {
		name: "performerIds",
		label: "Performers",
		el,
		input: place,
		get: () => chosen.filter((key) => performers().some((p) => p.key === key)),
		set: (list) => {
			chosen = list ?? [];
			self.draw();
		},
		check: () => true,
		wrong: (text) => replace(wrong, text ?? ""),
		show: (list) =>
			list
				.map(
					(key) =>
						performers()
							.find((p) => p.key === key)
							?.name() ?? "somebody",
				)
				.join(", ") || "nobody",
		draw() {
			const all = performers();
			replace(
				place,
				all.length
					? all.map((p) => {
							const box = h("input", {
								type: "checkbox",
								id: new_id("p"),
								onchange: () =>
									(chosen = box.checked
										? [...chosen, p.key]
										: chosen.filter((k) => k !== p.key)),
							});
							box.checked = chosen.includes(p.key);
							return h(
								"div",
								{ class: "row" },
								box,
								h("label", { for: box.id }, p.name() || "(no name yet)"),
							);
						})
					: h("p", { class: "hint" }, "Add performers above to say who is on."),
			);
		},
	};
	self.draw();
	return self;
}

// What each list is: its path at the API, how it is called, its fields (those after `more` are folded away), and what stands in the head of a card.
export function kinds(form) {
	const zone = form.zone;
	return {
		tickets: {
			one: "ticket type",
			title: "Ticket types",
			lead: "What is sold, at which price, how many. Without one nothing can be sold.",
			head: (v) => v.name,
			fields: (t) => [
				field({
					name: "name",
					label: "Name",
					required: true,
					value: t?.name,
					attrs: { maxlength: 120, placeholder: "General Admission" },
				}),
				form.free_price(
					field({
						name: "price",
						label: "Price",
						type: "money",
						required: true,
						value: t?.price,
						hint: "For one ticket.",
					}),
				),
				field({
					name: "quantity",
					label: "Quantity",
					type: "number",
					required: true,
					value: t?.quantity,
					hint: "In all, sold ones included.",
				}),
				field({
					name: "published",
					label: "On sale when published",
					type: "check",
					value: t ? t.published : true,
				}),
			],
			more: (t) => [
				field({
					name: "description",
					label: "Description",
					type: "area",
					value: t?.description,
					wide: true,
				}),
				field({
					name: "minPerOrder",
					label: "Least in one order",
					type: "number",
					value: t?.minPerOrder ?? 1,
				}),
				field({
					name: "maxPerOrder",
					label: "Most in one order",
					type: "number",
					value: t?.maxPerOrder ?? 10,
				}),
				field({
					name: "salesStartAt",
					label: "On sale from",
					type: "clock",
					zone,
					value: t?.salesStartAt,
				}),
				field({
					name: "salesEndAt",
					label: "On sale until",
					type: "clock",
					zone,
					value: t?.salesEndAt,
				}),
				field({
					name: "lowInventoryThreshold",
					label: "Low below",
					type: "number",
					value: t?.lowInventoryThreshold,
					hint: "Fewer left than this sends ticket.inventory_low. A tenth of the quantity unless set.",
				}),
			],
		},
		performers: {
			one: "performer",
			title: "Performers",
			lead: "Who is on stage.",
			head: (v) => v.name,
			fields: (p) => [
				field({
					name: "name",
					label: "Name",
					required: true,
					value: p?.name,
					attrs: { maxlength: 200 },
				}),
				field({
					name: "role",
					label: "Role",
					type: "select",
					options: PERFORMER_ROLES,
					value: p?.role ?? "OTHER",
				}),
			],
			more: (p) => [
				field({
					name: "bio",
					label: "About them",
					type: "area",
					value: p?.bio,
					wide: true,
				}),
				field({ name: "imageUrl", label: "Picture URL", type: "url", value: p?.imageUrl }),
				field({
					name: "links",
					label: "Links",
					type: "lines",
					value: p?.links,
					hint: "One URL a line.",
				}),
				field({
					name: "startsAt",
					label: "Starts",
					type: "clock",
					zone,
					value: p?.startsAt,
				}),
				field({ name: "endsAt", label: "Ends", type: "clock", zone, value: p?.endsAt }),
			],
		},
		schedules: {
			one: "schedule entry",
			title: "Schedule",
			lead: "What happens when.",
			head: (v) => v.title,
			fields: (s) => [
				field({
					name: "title",
					label: "Title",
					required: true,
					value: s?.title,
					attrs: { maxlength: 200, placeholder: "Doors open" },
				}),
				field({
					name: "startsAt",
					label: "Starts",
					type: "clock",
					zone,
					required: true,
					value: s?.startsAt,
				}),
				field({ name: "endsAt", label: "Ends", type: "clock", zone, value: s?.endsAt }),
				field({
					name: "stage",
					label: "Stage",
					value: s?.stage,
					attrs: { maxlength: 120 },
				}),
				people(s, form.performers),
			],
			more: (s) => [
				field({
					name: "description",
					label: "Description",
					type: "area",
					value: s?.description,
					wide: true,
				}),
			],
		},
		brands: {
			one: "brand",
			title: "Brands",
			lead: "Who presents and sponsors it.",
			head: (v) => v.name,
			fields: (b) => [
				field({
					name: "name",
					label: "Name",
					required: true,
					value: b?.name,
					attrs: { maxlength: 200 },
				}),
				field({
					name: "role",
					label: "Role",
					type: "select",
					options: BRAND_ROLES,
					value: b?.role ?? "SPONSOR",
				}),
			],
			more: (b) => [
				field({ name: "logoUrl", label: "Logo URL", type: "url", value: b?.logoUrl }),
				field({ name: "websiteUrl", label: "Website", type: "url", value: b?.websiteUrl }),
			],
		},
	};
}

// One list. Its rows: {key, base (as the API last had it, or null), fields, el}. key is the id once there is one.
export function row_list(path, kind, data, on_change) {
	const place = h("div", { class: "rows" });
	const self = {
		path,
		kind,
		rows: [],
		removed: [],
		el: h(
			"section",
			{ class: "part", id: `part-${path}`, "aria-labelledby": `part-${path}-title` },
			h("h2", { id: `part-${path}-title`, tabindex: "-1" }, kind.title),
			h("p", { class: "soft" }, kind.lead),
			place,
			h(
				"p",
				null,
				button(`Add ${kind.one}`, () => {
					const row = self.add(null);
					row.fields[0].input.focus();
					on_change();
				}),
			),
		),
		add(base) {
			const row = make_row(self, base, on_change);
			self.rows.push(row);
			place.append(row.el);
			return row;
		},
		drop(row) {
			self.rows.splice(self.rows.indexOf(row), 1);
			row.el.remove();
		},
		move(row, by) {
			const from = self.rows.indexOf(row);
			const to = from + by;
			if (to < 0 || to >= self.rows.length) return;
			self.rows.splice(from, 1);
			self.rows.splice(to, 0, row);
			place.insertBefore(row.el, self.rows[to + 1]?.el ?? null);
			on_change();
		},
		check: () =>
			self.rows.every((row) => {
				const good = check_all(row.fields);
				if (!good) unfold(row);
				return good;
			}),
		// Do the rows stand in the order they were read in, new ones behind them?
		in_order: () =>
			self.rows.every(
				(row, i) =>
					i === 0 ||
					(row.base
						? self.rows[i - 1].base && self.rows[i - 1].place <= row.place
						: true),
			),
		settle: () => self.rows.forEach((row, i) => (row.place = i)),
	};
	for (const base of data) self.add(base);
	self.settle();
	return self;
}

export function unfold(row) {
	const bad = row.fields.find((f) => f.input.getAttribute("aria-invalid"));
	const details = bad?.input.closest("details");
	if (details) details.open = true;
	bad?.input.focus();
}

function make_row(list, base, on_change) {
	const { kind } = list;
	const first = kind.fields(base),
		more = kind.more(base);
	const name = h("span");
	const row = {
		key: base?.id ?? new_id("new"),
		base,
		fields: [...first, ...more],
		values: () => values(row.fields),
		name: () => kind.head(values(first)),
	};
	const entitle = () => replace(name, kind.head(values(first)) || `New ${kind.one}`);
	const act = (label, f, kind_of) =>
		h(
			"button",
			{ type: "button", class: `quiet ${kind_of ?? ""}`, onclick: f },
			label,
			h("span", { class: "unseen" }, " ", name.textContent || kind.one),
		);
	row.el = h(
		"fieldset",
		{ class: "card row-card" },
		h("legend", { class: "unseen" }, name),
		h(
			"div",
			{ class: "grid" },
			first.map((f) => f.el),
		),
		h(
			"div",
			{ class: "buttons tight row-acts" },
			act("Move up", () => list.move(row, -1)),
			act("Move down", () => list.move(row, 1)),
			act(
				"Remove",
				() => {
					if (row.base) list.removed.push(row);
					list.drop(row);
					on_change();
					list.el.querySelector("h2").focus();
				},
				"danger",
			),
		),
		h(
			"details",
			null,
			h("summary", null, "More"),
			h(
				"div",
				{ class: "grid" },
				more.map((f) => f.el),
			),
		),
	);
	row.el.addEventListener("input", () => {
		entitle();
		on_change();
	});
	entitle();
	return row;
}
