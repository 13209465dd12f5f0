// list-editor: edits a list in a form, such as ticket types or performers. Each row is a card.
import { button, h, new_id, replace } from "./dom.js";
import { field_values, validate_all } from "./form.js";

// Rows: {key, base, fields, el}. base: the saved resource or null. key: its id or a temporary one.
// make_field(spec, base) creates the field for an entry of a field table.
export function list_editor({ path, kind, data, make_field, on_change }) {
	const container = h("div", { class: "rows" });
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
			container,
			h(
				"p",
				null,
				button(`Add ${kind.singular}`, () => {
					const row = self.add_row(null);
					row.fields[0].input.focus();
					on_change();
				}),
			),
		),
		add_row(base) {
			const row = make_row(self, base, make_field, on_change);
			self.rows.push(row);
			container.append(row.el);
			return row;
		},
		remove_row(row) {
			self.rows.splice(self.rows.indexOf(row), 1);
			row.el.remove();
		},
		move(row, by) {
			const from = self.rows.indexOf(row);
			const to = from + by;
			if (to < 0 || to >= self.rows.length) return;
			self.rows.splice(from, 1);
			self.rows.splice(to, 0, row);
			container.insertBefore(row.el, self.rows[to + 1]?.el ?? null);
			on_change();
		},
		validate: () =>
			self.rows.every((row) => {
				const good = validate_all(row.fields);
				if (!good) focus_invalid(row);
				return good;
			}),
		// Whether saved rows are in their saved order, with new rows after them.
		is_in_order: () =>
			self.rows.every(
				(row, i) =>
					i === 0 ||
					(row.base
						? self.rows[i - 1].base && self.rows[i - 1].position <= row.position
						: true),
			),
		store_order: () => self.rows.forEach((row, i) => (row.position = i)),
	};
	for (const base of data) self.add_row(base);
	self.store_order();
	return self;
}

export function focus_invalid(row) {
	const bad = row.fields.find((f) => f.input.getAttribute("aria-invalid"));
	const details = bad?.input.closest("details");
	if (details) details.open = true;
	bad?.input.focus();
}

function make_row(list, base, make_field, on_change) {
	const { kind } = list;
	const first = kind.fields.map((spec) => make_field(spec, base)),
		more = kind.more.map((spec) => make_field(spec, base));
	const heading = () => first.find((f) => f.name === kind.heading).get();
	const name = h("span");
	const row = {
		key: base?.id ?? new_id("new"),
		base,
		fields: [...first, ...more],
		values: () => field_values(row.fields),
		name: heading,
	};
	const update_title = () => replace(name, heading() || `New ${kind.singular}`);
	const row_button = (label, f, kind_of) =>
		h(
			"button",
			{ type: "button", class: `quiet ${kind_of ?? ""}`, onclick: f },
			label,
			h("span", { class: "visually-hidden" }, " ", name.textContent || kind.singular),
		);
	row.el = h(
		"fieldset",
		{ class: "card row-card" },
		h("legend", { class: "visually-hidden" }, name),
		h(
			"div",
			{ class: "grid" },
			first.map((f) => f.el),
		),
		h(
			"div",
			{ class: "buttons tight row-acts" },
			row_button("Move up", () => list.move(row, -1)),
			row_button("Move down", () => list.move(row, 1)),
			row_button(
				"Remove",
				() => {
					if (row.base) list.removed.push(row);
					list.remove_row(row);
					on_change();
					list.el.querySelector("h2").focus();
				},
				"danger",
			),
		),
		h(
			"details",
			null,
			h("summary", null, "More options"),
			h(
				"div",
				{ class: "grid" },
				more.map((f) => f.el),
			),
		),
	);
	row.el.addEventListener("input", () => {
		update_title();
		on_change();
	});
	update_title();
	return row;
}
