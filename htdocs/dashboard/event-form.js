// event-form: one form for all of an event, with its ticket types, performers, schedule and brands.
import { CURRENCIES } from "../currencies.js";
import { ApiError, DASHBOARD, get, OPEN_API } from "./api.js";
import { checkout_warning } from "./checkout-warning.js";
import { button, confirm, h, link, replace, toast, while_busy } from "./dom.js";
import {
	BASICS,
	DATES,
	LISTS,
	MORE,
	NEW_SLUG,
	SAVED_SLUG,
	table_field,
	TIME_ZONE,
} from "./event-fields.js";
import { list_editor } from "./list-editor.js";
import { EMPTY_LISTS, save } from "./event-save.js";
import { show_errors, validate_all } from "./form.js";
import { is_time_zone, usable_time_zone } from "./format.js";
import { performer_picker } from "./performer-picker.js";
import { venue_field } from "./venue-field.js";
import { secret_dialog } from "./webhooks.js";

function datalist(id, values) {
	return h(
		"datalist",
		{ id },
		values.map((v) => h("option", { value: v })),
	);
}

// The zones that the server knows, which are not always those of the browser. The form works
// without suggestions, too.
const server_time_zones = () =>
	get(`${DASHBOARD}timezones`).then(
		({ data }) => data.timezones,
		() => [],
	);

// ---- the fields ----

// The sections of the form and their fields. state: what a field needs to know of other fields.
function build_sections(event, state) {
	const make = (spec) => table_field(spec, event, state.zone);
	const zone_field = make({
		...TIME_ZONE,
		check: (zone) =>
			is_time_zone(zone) || zone === event?.timezone
				? null
				: "This browser does not know this time zone.",
		warn: (zone) =>
			zone !== event?.timezone || is_time_zone(zone)
				? null
				: "This browser does not know this time zone: times are in UTC.",
	});
	keep_instants(zone_field, state);
	const basics = [...BASICS.map(make), make(event ? SAVED_SLUG : NEW_SLUG)];
	state.zone = () => {
		const zone = zone_field.input.value.trim();
		if (is_time_zone(zone)) return zone;
		return usable_time_zone(event?.timezone ?? TIME_ZONE.initial);
	};
	state.type = basics.find((f) => f.name === "type");
	const venue = venue_field(event?.venue, ({ timezone }) => {
		if (!timezone || timezone === state.zone()) return;
		zone_field.input.value = timezone;
		zone_field.input.dispatchEvent(new Event("change", { bubbles: true }));
	});
	return {
		basics,
		when: [...DATES.map(make), zone_field, venue],
		more: MORE.map(make),
	};
}

// A user who enters another zone means the same clocks in it. A zone that another user has saved
// leaves the instants as they are: they are shown by its clocks.
function keep_instants(zone_field, state) {
	const { set } = zone_field;
	zone_field.set = (zone) => {
		const times = state.all_fields().filter((f) => f.input?.type === "datetime-local");
		const instants = times.map((f) => f.get());
		set(zone);
		times.forEach((f, i) => f.set(instants[i]));
	};
}

// A field of one of the event's lists.
function list_field(spec, data, state) {
	if (spec.type === "performers") return performer_picker(data, state.performers);
	const made = table_field(spec, data, state.zone);
	return spec.name === "price" ? hide_price_when_free(made, state.type) : made;
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

// The tickets of a free event have no price field.
function hide_price_when_free(price, type) {
	const is_free = () => type.get() === "FREE";
	const { get: read, validate: check } = price;
	price.get = () => (is_free() ? 0 : read());
	price.validate = () => is_free() || check();
	const follow = () => (price.el.hidden = is_free());
	type.input.addEventListener("change", follow);
	follow();
	return price;
}

// ---- the page ----

const SECTIONS = { basics: "Basics", when: "Date and venue", more: "Pricing and settings" };

export default async function event_form(page) {
	const path = page.params.id ? `${OPEN_API}events/${encodeURIComponent(page.params.id)}` : null;
	const [loaded, zones] = await Promise.all([path ? get(path) : null, server_time_zones()]);
	const event = loaded?.data ?? null;
	const state = { performers: () => state.lists?.[1].rows ?? [] };
	const on_change = () => {
		for (const row of state.lists?.[2].rows ?? []) row.fields.find((f) => f.render)?.render();
	};
	const sections = build_sections(event, state);
	const form = {
		fields: Object.values(sections).flat(),
		base: event ?? { ...EMPTY_LISTS },
		etag: loaded?.etag,
		ids: new Map(),
		touched: false,
		set_saved({ webhookSecret, ...data }, etag) {
			form.base = data;
			form.etag = etag;
			form.secret = webhookSecret ?? form.secret; // sent once, for a new callback URL
		},
	};
	state.all_fields = () => [
		...form.fields,
		...form.lists.flatMap((list) => list.rows.flatMap((row) => row.fields)),
	];
	form.lists = state.lists = Object.entries(LISTS).map(([name, kind]) =>
		list_editor({
			path: name,
			kind,
			data: event?.[name] ?? [],
			make_field: (spec, data) => list_field(spec, data, state),
			on_change() {
				form.touched = true;
				on_change();
			},
		}),
	);
	on_change();
	return {
		title: event ? `Edit ${event.name}` : "New event",
		breadcrumb: [
			link("Events", "#/events"),
			event ? [" › ", link(event.name, `#/events/${event.id}`)] : null,
		],
		el: render_form(page, form, sections, zones, state),
	};
}

// Links to the sections of the form.
function section_nav(form) {
	const titles = [
		["basics", SECTIONS.basics],
		["when", SECTIONS.when],
		...form.lists.map((l) => [l.path, l.kind.title]),
		["more", SECTIONS.more],
	];
	const jump = (id) => {
		document.getElementById(`part-${id}`).scrollIntoView();
		document.getElementById(`part-${id}-title`).focus({ preventScroll: true });
	};
	return h(
		"nav",
		{ class: "jump", "aria-label": "Form sections" },
		titles.map(([id, title]) => button(title, () => jump(id), "quiet")),
	);
}

// The progress of saving: {nodes, show(done, all, label), hide()}
function save_progress() {
	const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Saving" });
	const status = h("span", { class: "small soft", role: "status" });
	return {
		nodes: [bar, status],
		show(done, all, label) {
			bar.hidden = status.hidden = false;
			bar.max = all;
			bar.value = done;
			replace(status, `Saving ${label} (${done + 1} of ${all})…`);
		},
		hide: () => (bar.hidden = status.hidden = true),
	};
}

// The ticket types of a published event that saving puts on sale for money.
function newly_paid(form) {
	const is_paid = (ticket) => Boolean(ticket?.published && ticket.price > 0);
	if (form.base.status !== "PUBLISHED") return [];
	return form.lists[0].rows.filter((row) => is_paid(row.values()) && !is_paid(row.base));
}

// Asks before tickets go on sale that visitors could not buy. Resolves to false to keep editing.
async function confirm_sale(form) {
	const rows = newly_paid(form);
	const warning = await checkout_warning(rows.map((row) => row.values()));
	if (!warning) return true;
	const names = rows.map((row) => row.name()).join(", ");
	const text = `Saving puts paid tickets on sale: ${names}.`;
	return confirm(`Save “${form.base.name}”?`, [text, warning], "Save", null, "primary");
}

async function save_form(page, form, box, progress) {
	replace(box);
	try {
		if (!(await confirm_sale(form))) return;
		if (!(await save(form, box, progress.show))) return;
		form.touched = false;
		if (form.secret) await secret_dialog(form.secret, "Callback URL secret");
		toast("Saved.");
		page.navigate(`events/${form.base.id}`);
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		show_errors(error, form.fields, box);
	} finally {
		progress.hide();
	}
}

function render_form(page, form, sections, zones, state) {
	const box = h("div");
	const progress = save_progress();
	const submit = h("button", { type: "submit", class: "primary" }, "Save");
	const cancel = () => page.navigate(form.base.id ? `events/${form.base.id}` : "events");
	const el = h(
		"form",
		{
			novalidate: true,
			class: "event-form",
			oninput: () => (form.touched = true),
			// the zone decides what is to say about times
			onchange: () => state.all_fields().forEach((f) => f.review?.()),
		},
		section_nav(form),
		box,
		datalist("zones", zones),
		datalist("currencies", Object.keys(CURRENCIES)),
		section("basics", SECTIONS.basics, sections.basics),
		section("when", SECTIONS.when, sections.when),
		form.lists.map((l) => l.el),
		section("more", SECTIONS.more, sections.more),
		h("div", { class: "save" }, submit, button("Cancel", cancel), progress.nodes),
	);
	el.addEventListener("submit", (e) => {
		e.preventDefault();
		if (submit.getAttribute("aria-disabled")) return;
		if (validate_all(form.fields) && form.lists.every((l) => l.validate()))
			while_busy(submit, () => save_form(page, form, box, progress));
	});
	page.set_unsaved_check(() => form.touched && el.isConnected);
	if (!page.can_write)
		for (const control of el.querySelectorAll(
			".part :is(input, select, textarea, button), .save .primary",
		))
			control.disabled = true;
	return el;
}
