// event-form: one form for all of an event. Saving sends only what changed, step by step; a step that fails leaves the rest to be saved again.
import { ApiError, call, get, new_once, OPEN, patch, post } from "./api.js";
import { button, h, link, replace, toast } from "./dom.js";
import { differs, merge, merge_notice } from "./event-merge.js";
import { kinds, row_list, unfold } from "./event-rows.js";
import { changes, check_all, field, show_error, values } from "./form.js";
import { ago, is_zone } from "./format.js";
import { venue_field } from "./venue-field.js";
import { secret_box } from "./webhooks.js";

const NOTHING = { tickets: [], performers: [], schedules: [], brands: [] };
const DEFAULTS = {
	type: "PAID",
	journeyType: "STANDARD",
	visibility: "PUBLIC",
	absorbFees: true,
	timezone: "Asia/Manila",
	currency: "PHP",
	galleryUrls: [],
};

const known = (what) => Intl.supportedValuesOf?.(what) ?? [];

function list_of(id, what) {
	return h(
		"datalist",
		{ id },
		known(what).map((v) => h("option", { value: v })),
	);
}

// ---- the fields ----

function parts(event, state) {
	const e = event ?? DEFAULTS;
	const zone_field = field({
		name: "timezone",
		label: "Time zone",
		required: true,
		value: e.timezone,
		attrs: { list: "zones" },
		hint: "All times of this form are clocks in this zone.",
	});
	const zone = () =>
		is_zone(zone_field.input.value.trim()) ? zone_field.input.value.trim() : e.timezone;
	const type = field({
		name: "type",
		label: "Kind",
		type: "select",
		options: [
			["PAID", "Paid"],
			["FREE", "Free"],
		],
		value: e.type,
		hint: "Free: every price is 0.",
	});
	state.zone = zone;
	state.type = type;
	return {
		basics: [
			field({
				name: "name",
				label: "Name",
				required: true,
				value: e.name,
				wide: true,
				attrs: { maxlength: 200 },
			}),
			field({
				name: "description",
				label: "Description",
				type: "area",
				value: e.description,
				wide: true,
				attrs: { rows: 6, maxlength: 20000 },
			}),
			type,
			field({
				name: "journeyType",
				label: "How people come to tickets",
				type: "select",
				options: [
					["STANDARD", "Standard"],
					["RSVP", "RSVP"],
					["PRESELLING", "Pre-selling"],
				],
				value: e.journeyType,
			}),
			field({
				name: "visibility",
				label: "Visibility",
				type: "select",
				options: [
					["PUBLIC", "Public"],
					["PRIVATE", "Private: only by its link"],
				],
				value: e.visibility,
			}),
			field({
				name: "slug",
				label: "Name in URLs",
				value: e.slug,
				required: Boolean(event),
				hint: event
					? "Links that use the old one stop working."
					: "Made from the name unless you give one.",
				attrs: { maxlength: 120, class: "mono" },
			}),
		],
		when: [
			field({
				name: "dateTime",
				label: "Starts",
				type: "clock",
				zone,
				required: true,
				value: e.dateTime,
			}),
			field({
				name: "endDateTime",
				label: "Ends",
				type: "clock",
				zone,
				value: e.endDateTime,
			}),
			zone_field,
			venue_field(e.venue, (venue) => {
				if (venue.timezone && venue.timezone !== zone())
					zone_field.input.value = venue.timezone;
			}),
		],
		more: [
			field({
				name: "eventCapacity",
				label: "Capacity",
				type: "number",
				value: e.eventCapacity,
				hint: "The most that all ticket types together may sell.",
			}),
			field({
				name: "currency",
				label: "Currency",
				required: true,
				value: e.currency,
				attrs: { list: "currencies", maxlength: 3 },
				hint: "Fixed once something is sold.",
			}),
			field({
				name: "absorbFees",
				label: "We pay the fees (otherwise the buyer does, on top)",
				type: "check",
				value: e.absorbFees,
			}),
			field({
				name: "imageUrl",
				label: "Picture URL",
				type: "url",
				value: e.imageUrl,
				wide: true,
			}),
			field({
				name: "galleryUrls",
				label: "More pictures",
				type: "lines",
				value: e.galleryUrls,
				wide: true,
				hint: "One URL a line, at most 20.",
			}),
			field({
				name: "callbackUrl",
				label: "Callback URL",
				type: "url",
				value: e.callbackUrl,
				wide: true,
				hint: "Gets this event’s webhooks, besides those under Settings.",
			}),
		],
	};
}

function section(id, title, fields) {
	return h(
		"section",
		{ class: "part", id: `part-${id}`, "aria-labelledby": `part-${id}-title` },
		h("h2", { id: `part-${id}-title`, tabindex: "-1" }, title),
		h(
			"div",
			{ class: "card grid" },
			fields.map((f) => f.el),
		),
	);
}

// A price is nothing to be asked for while the event is free.
function free_price(state) {
	return (price) => {
		const read = price.get;
		price.get = () => (state.type.get() === "FREE" ? 0 : read());
		const check = price.check;
		price.check = () => state.type.get() === "FREE" || check();
		const follow = () => (price.el.hidden = state.type.get() === "FREE");
		state.type.input.addEventListener("change", follow);
		follow();
		return price;
	};
}

// ---- saving ----

class Conflict extends Error {}

const without_nulls = (body) =>
	Object.fromEntries(Object.entries(body).filter(([, v]) => v !== null));

// A row's values, with performers that were only just made by their ids.
function body_of(list, row, form) {
	const body = row.values();
	if (body.performerIds)
		body.performerIds = body.performerIds.map((key) => form.ids.get(key) ?? key);
	return body;
}

// The row as it is now, unless somebody changed it since the form read it.
async function still(path, row) {
	let now;
	try {
		now = await get(path);
	} catch (error) {
		throw error.status === 404 ? new Conflict() : error;
	}
	if (
		row.fields.some(
			(f) => JSON.stringify(now.data[f.name]) !== JSON.stringify(row.base[f.name]),
		)
	)
		throw new Conflict();
	return now.etag;
}

async function save_row(form, list, row, position) {
	const path = `${OPEN}events/${form.base.id}/${list.path}`;
	const body = body_of(list, row, form);
	let saved;
	if (row.base) {
		const changed = { ...changes(row.base, body), ...(position === null ? {} : { position }) };
		const etag = await still(`${path}/${row.base.id}`, row);
		saved = await patch(`${path}/${row.base.id}`, changed, etag);
	} else {
		const text = JSON.stringify(body);
		if (row.sent !== text)
			// the same words twice are made once
			Object.assign(row, { sent: text, once: new_once() });
		saved = await post(path, without_nulls({ ...body, position }), { once: row.once });
	}
	row.base = saved.data;
	form.ids.set(row.key, saved.data.id);
}

// Everything there is to do, in an order in which nothing names what is not there yet.
function steps_of(form) {
	const steps = [];
	const { lists } = form;
	const remove = (list) =>
		list.removed.map((row) => [
			`removing ${row.name()}`,
			row,
			async () => {
				const path = `${OPEN}events/${form.base.id}/${list.path}/${row.base.id}`;
				await call("DELETE", path, { etag: await still(path, row) });
				list.removed = list.removed.filter((r) => r !== row);
			},
		]);
	const keep = (list) => {
		const ordered = list.in_order();
		return list.rows.flatMap((row, i) => {
			const moved = !ordered;
			if (
				row.base &&
				!moved &&
				!Object.keys(changes(row.base, body_of(list, row, form))).length
			)
				return [];
			return [
				[
					`${list.kind.one} ${row.name()}`,
					row,
					() => save_row(form, list, row, moved ? i : null),
				],
			];
		});
	};
	const changed = form.base.id ? changes(form.base, values(form.fields)) : null;
	if (!form.base.id) steps.push(["the event", null, () => create(form)]);
	else if (Object.keys(changed).length)
		steps.push(["the event", null, () => update(form, changed)]);
	const [tickets, performers, schedules, brands] = lists;
	if (form.base.id) steps.push(...remove(tickets), ...keep(tickets));
	steps.push(
		...keep(performers),
		...remove(schedules),
		...keep(schedules),
		...remove(performers),
		...remove(brands),
		...keep(brands),
	);
	return steps;
}

async function create(form) {
	const tickets = form.lists[0].rows;
	const body = {
		...without_nulls(values(form.fields)),
		tickets: tickets.map((row) => without_nulls(row.values())),
	};
	const text = JSON.stringify(body);
	if (form.sent !== text) Object.assign(form, { sent: text, once: new_once() });
	const { data, etag } = await post(`${OPEN}events`, body, { once: form.once });
	form.take({ ...NOTHING, ...data }, etag);
	tickets.forEach((row, i) => (row.base = data.tickets[i]));
}

async function update(form, changed) {
	try {
		const { data, etag } = await patch(`${OPEN}events/${form.base.id}`, changed, form.etag);
		form.take({ ...form.base, ...data }, etag);
	} catch (error) {
		throw error.status === 412 ? new Conflict() : error;
	}
}

async function look_again(form, box) {
	const { data, etag } = await get(`${OPEN}events/${form.base.id}`);
	const told = merge(form, data);
	form.etag = etag;
	if (told.length) {
		const notice = merge_notice(told, ago(data.updatedAt));
		replace(box, notice);
		notice.focus();
	}
	return told.length;
}

async function save(form, box, progress) {
	if (form.base.id) {
		// told of everything before anything is written
		const { data } = await get(`${OPEN}events/${form.base.id}`);
		if (differs(form, data) && (await look_again(form, box))) return false;
	}
	const steps = steps_of(form);
	for (const [i, [label, row, run]] of steps.entries()) {
		progress(i, steps.length, label);
		try {
			await run();
		} catch (error) {
			if (
				(error instanceof Conflict || error.status === 412) &&
				(await look_again(form, box))
			)
				return false;
			if (!(error instanceof ApiError)) throw error;
			tell(error, form, row, box, i);
			return false;
		}
	}
	return true;
}

function tell(error, form, row, box, done) {
	const inline = (error.details ?? [])
		.map((d) => /^tickets\.(\d+)\./.exec(d.field))
		.find(Boolean);
	const target = row ?? (inline ? form.lists[0].rows[Number(inline[1])] : null);
	show_error(error, target ? target.fields : form.fields, box, inline && !row ? inline[0] : "");
	if (target) unfold(target);
	if (done)
		box.firstChild.append(
			h(
				"p",
				null,
				"What came before this is saved. Correct it and save again: the rest goes on from here.",
			),
		);
}

// ---- the page ----

export default async function event_form(page) {
	const path = page.params.id ? `${OPEN}events/${encodeURIComponent(page.params.id)}` : null;
	const loaded = path ? await get(path) : null;
	const event = loaded?.data ?? null;
	const state = { performers: () => state.lists?.[1].rows ?? [] };
	state.free_price = free_price(state);
	let touched = false;
	const on_change = () => {
		touched = true;
		for (const row of state.lists?.[2].rows ?? []) row.fields.find((f) => f.draw)?.draw();
	};
	const { basics, when, more } = parts(event, state);
	const all = kinds(state);
	const form = {
		fields: [...basics, ...when, ...more],
		base: event ?? { ...NOTHING },
		etag: loaded?.etag,
		ids: new Map(),
		take({ webhookSecret, ...data }, etag) {
			form.base = data;
			form.etag = etag;
			form.secret = webhookSecret ?? form.secret; // of a callback URL that is new
		},
	};
	form.lists = state.lists = Object.entries(all).map(([name, kind]) =>
		row_list(name, kind, event?.[name] ?? [], on_change),
	);
	on_change();
	touched = false;
	return {
		title: event ? `Edit ${event.name}` : "New event",
		trail: [
			link("Events", "#/events"),
			event ? [" › ", link(event.name, `#/events/${event.id}`)] : null,
		],
		el: draw(
			page,
			form,
			[basics, when, more],
			() => touched,
			(v) => (touched = v),
		),
	};
}

function draw(page, form, [basics, when, more], is_touched, set_touched) {
	const box = h("div");
	const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Saving" });
	const said = h("span", { class: "small soft", role: "status" });
	const submit = h("button", { type: "submit", class: "primary" }, "Save");
	const titles = [
		["basics", "Basics"],
		["when", "When and where"],
		...form.lists.map((l) => [l.path, l.kind.title]),
		["more", "Money and more"],
	];
	const jump = h(
		"nav",
		{ class: "jump", "aria-label": "Parts of the form" },
		titles.map(([id, title]) =>
			button(
				title,
				() => {
					document.getElementById(`part-${id}`).scrollIntoView();
					document.getElementById(`part-${id}-title`).focus({ preventScroll: true });
				},
				"quiet",
			),
		),
	);
	const progress = (i, n, label) => {
		bar.hidden = said.hidden = false;
		bar.max = n;
		bar.value = i;
		replace(said, `Saving ${i + 1} of ${n}: ${label}`);
	};
	const el = h(
		"form",
		{ novalidate: true, class: "event-form", oninput: () => set_touched(true) },
		jump,
		box,
		list_of("zones", "timeZone"),
		list_of("currencies", "currency"),
		section("basics", "Basics", basics),
		section("when", "When and where", when),
		form.lists.map((l) => l.el),
		section("more", "Money and more", more),
		h(
			"div",
			{ class: "save" },
			submit,
			button("Cancel", () => page.go(form.base.id ? `events/${form.base.id}` : "events")),
			bar,
			said,
		),
	);
	el.addEventListener("submit", async (e) => {
		e.preventDefault();
		if (
			submit.getAttribute("aria-disabled") ||
			!check_all(form.fields) ||
			!form.lists.every((l) => l.check())
		)
			return;
		replace(box);
		submit.setAttribute("aria-disabled", "true");
		submit.classList.add("busy");
		try {
			if (await save(form, box, progress)) {
				set_touched(false);
				if (form.secret) await secret_box(form.secret, "The secret of the callback URL");
				toast("Saved.");
				page.go(`events/${form.base.id}`);
			}
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			show_error(error, form.fields, box);
		} finally {
			submit.removeAttribute("aria-disabled");
			submit.classList.remove("busy");
			bar.hidden = said.hidden = true;
		}
	});
	page.guard(() => is_touched() && el.isConnected);
	if (!page.writes)
		for (const control of el.querySelectorAll(
			".part :is(input, select, textarea, button), .save .primary",
		))
			control.disabled = true;
	return el;
}
