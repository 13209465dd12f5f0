// event: the page of an event, with live sales figures and actions.
import { retry_delay } from "../event/poll-interval.js";
import { admission_tables, load_admission } from "./admission.js";
import { BASE_URL, call, DASHBOARD, get, OPEN_API, post } from "./api.js";
import {
	badge,
	button,
	confirm,
	description_list,
	empty_state,
	external_link,
	h,
	link,
	replace,
	table,
	time,
	toast,
	while_busy,
} from "./dom.js";
import { day_chart, inventory_bar } from "./chart.js";
import { checkout_warning } from "./checkout-warning.js";
import { status_badges } from "./events.js";
import { field } from "./form.js";
import { format_time, money, number, percent, plural, time_ago } from "./format.js";

const POLL_INTERVAL_MS = 5000; // while the page is visible
const DAY_MS = 86400000;

const tile = (label, value, more) =>
	h(
		"div",
		{ class: "tile" },
		h("dt", null, label),
		h("dd", null, value),
		more ? h("dd", { class: "small soft" }, more) : null,
	);

function tiles(event, stats) {
	const types = stats.ticketTypes;
	const sum = (name) => types.reduce((n, t) => n + t[name], 0);
	const capacity = event.eventCapacity
		? Math.min(event.eventCapacity, sum("quantity"))
		: sum("quantity");
	const sold = sum("sold"),
		held = sum("held");
	const total = stats.totals.find((t) => t.currency === event.currency) ?? {
		orders: 0,
		revenue: 0,
		refunded: 0,
	};
	return h(
		"dl",
		{ class: "tiles" },
		tile(
			"Sold",
			number(sold),
			capacity ? `${percent(sold, capacity)} of ${number(capacity)}` : "no ticket types yet",
		),
		tile(
			"Remaining",
			number(Math.max(0, capacity - sold - held)),
			held ? `${number(held)} held in checkouts` : "none held in checkouts",
		),
		tile(
			"Revenue",
			money(total.revenue, event.currency),
			total.refunded
				? `${money(total.refunded, event.currency)} refunded`
				: plural(total.orders, "order"),
		),
	);
}

const TICKET_STATUS = {
	DRAFT: ["Draft", ""],
	PUBLISHED: ["On sale", "good"],
	SOLD_OUT: ["Sold out", "warn"],
};

function ticket_actions(ticket, act) {
	const one = (verb, label, kind) =>
		h(
			"button",
			{
				type: "button",
				class: `quiet ${kind ?? ""}`,
				"aria-label": `${label}: ${ticket.name}`,
				onclick: (e) => while_busy(e.currentTarget, () => act(ticket, verb, label)),
			},
			label,
		);
	if (ticket.status === "DRAFT") return one("publish", "Start selling");
	if (ticket.status === "SOLD_OUT") return one("on-sale", "Resume sales");
	return [one("sold-out", "Mark sold out"), one("unpublish", "Stop selling")];
}

const TICKET_HEAD = [
	{ label: "Ticket type" },
	{ label: "Price", number: true },
	{ label: "Sold", number: true },
	{ label: "Remaining", number: true },
	{ label: "Revenue", number: true },
	{ label: "Status" },
	{ label: "Actions", hidden: true },
];

function ticket_table(event, stats, act) {
	const paid = new Map(stats.ticketTypes.map((t) => [t.ticketId, t]));
	return table(
		"Ticket types",
		TICKET_HEAD,
		event.tickets.map((t) => {
			const now = paid.get(t.id) ?? t;
			return [
				[h("strong", null, t.name), inventory_bar({ ...now, name: t.name })],
				t.price ? money(t.price, event.currency) : "Free",
				`${number(now.sold)} of ${number(now.quantity)}`,
				[
					number(now.remaining),
					now.held ? h("div", { class: "small soft" }, `${number(now.held)} held`) : null,
				],
				money(now.revenue ?? 0, event.currency),
				badge(...(TICKET_STATUS[t.status] ?? [t.status])),
				h("div", { class: "buttons tight" }, act ? ticket_actions(t, act) : null),
			];
		}),
	);
}

const SPANS = [
	["30", "Last 30 days"],
	["90", "Last 90 days"],
	["400", "All time"],
];

function sales_chart(event, stats, span) {
	const days = stats.days
		.filter((d) => d.currency === event.currency)
		.slice(-span)
		.map((d) => ({
			day: d.day,
			value: d.tickets,
			text: `${plural(d.tickets, "ticket")}, ${money(d.revenue, event.currency)}`,
		}));
	return day_chart(days, "Tickets sold per day", "tickets");
}

function latest_orders(orders, event) {
	if (!orders.length)
		return h("p", { class: "soft" }, "No orders yet. New orders appear here automatically.");
	return table(
		"Latest orders",
		[
			{ label: "Order" },
			{ label: "Buyer" },
			{ label: "Tickets", number: true },
			{ label: "Total", number: true },
			{ label: "Time" },
		],
		orders.map((o) => [
			link(o.reference, `#/orders/${o.reference}`, "mono"),
			o.buyer.name,
			number(o.items.reduce((n, i) => n + i.quantity, 0)),
			money(o.total, event.currency),
			time(o.createdAt, ...time_ago(o.createdAt, event.timezone)),
		]),
	);
}

function event_details(event) {
	const place = event.venue
		? [event.venue.name, event.venue.city].filter(Boolean).join(", ")
		: "–";
	return description_list([
		["Starts", time(event.dateTime, format_time(event.dateTime, event.timezone, "full"))],
		event.endDateTime
			? [
					"Ends",
					time(event.endDateTime, format_time(event.endDateTime, event.timezone, "full")),
				]
			: null,
		["Venue", place],
		[
			"Type",
			[
				event.type === "FREE" ? "Free" : "Paid",
				{ STANDARD: null, RSVP: "RSVP", PRESELLING: "Pre-selling" }[event.journeyType],
			]
				.filter(Boolean)
				.join(", "),
		],
		["Performers", event.performers.map((p) => p.name).join(", ") || "–"],
		[
			"Schedule",
			event.schedules.length ? plural(event.schedules.length, "entry", "entries") : "–",
		],
		["Brands", event.brands.map((b) => b.name).join(", ") || "–"],
	]);
}

// ---- actions ----

async function run_transition(page, event, verb, message) {
	await post(`${OPEN_API}events/${event.id}/${verb}`);
	toast(message);
	page.reload();
}

function publish_button(page, event) {
	const on_sale = event.tickets.filter((t) => t.published);
	const text = on_sale.length
		? "The event page becomes public and published ticket types go on sale."
		: "The event page becomes public, but no ticket type is on sale yet.";
	const ask = async (pressed) => {
		const warning = await while_busy(pressed, () => checkout_warning(on_sale));
		const publish = () => run_transition(page, event, "publish", "Published.");
		await confirm(`Publish “${event.name}”?`, [text, warning], "Publish", publish, "primary");
	};
	return button("Publish", (e) => ask(e.currentTarget));
}

function actions(page, event) {
	const confirm_button = (verb, title, text, label, message, kind = "primary") =>
		button(label, () =>
			confirm(title, text, label, () => run_transition(page, event, verb, message), kind),
		);
	const edit = link("Edit", `#/events/${event.id}/edit`, "button");
	const archive_button = confirm_button(
		"archive",
		`Archive “${event.name}”?`,
		"The event is hidden and its sales stop. Orders are kept. You can restore it as a draft.",
		"Archive",
		"Archived.",
		"danger primary",
	);
	const delete_button =
		event.ticketsSold === 0
			? button(
					"Delete",
					() =>
						confirm(
							`Delete “${event.name}”?`,
							"The event and everything that belongs to it is permanently deleted.",
							"Delete",
							async () => {
								await call("DELETE", `${OPEN_API}events/${event.id}`);
								toast("Deleted.");
								page.navigate("events");
							},
						),
					"danger",
				)
			: null;
	if (event.status === "DRAFT")
		return [edit, archive_button, delete_button, publish_button(page, event)];
	if (event.status === "PUBLISHED")
		return [
			edit,
			archive_button,
			confirm_button(
				"unpublish",
				`Unpublish “${event.name}”?`,
				"The event is hidden and its sales stop. Existing orders stay valid.",
				"Unpublish",
				"Unpublished.",
			),
		];
	return [
		confirm_button(
			"restore",
			`Restore “${event.name}”?`,
			"The event becomes a draft that you can edit and publish again.",
			"Restore",
			"Restored as a draft.",
		),
	];
}

async function ticket_action(page, ticket, verb, label) {
	const warning = verb === "publish" ? await checkout_warning([ticket]) : null;
	const text = {
		publish: "Tickets go on sale as soon as the event is published.",
		unpublish: "The ticket type is hidden from buyers. Existing orders stay valid.",
		"sold-out": "Buyers see this ticket type as sold out, even if tickets remain.",
		"on-sale": "Buyers can buy the remaining tickets again.",
	}[verb];
	await confirm(
		`${label}: ${ticket.name}?`,
		[text, warning],
		label,
		async () => {
			await post(`${OPEN_API}tickets/${ticket.id}/${verb}`);
			page.reload();
		},
		"primary",
	);
}

// ---- polling ----

function poll(page, load, draw, status, etag) {
	// screen readers announce each change, so unchanged text is left alone
	const set_status = (words, ...mark) =>
		status.textContent === words || replace(status, mark, words);
	let timer = 0,
		asking = false,
		failures = 0,
		not_before = 0;
	const update = async () => {
		try {
			const fresh = await load(etag);
			if (page.signal.aborted) return;
			if (fresh) {
				etag = fresh.etag;
				await draw(fresh);
			}
			failures = 0;
			set_status("Live", h("span", { class: "live" }));
		} catch (error) {
			not_before = Date.now() + retry_delay(++failures, error.retry_after);
			if (error.name !== "AbortError")
				set_status(`Update failed: ${error.message} Retrying…`);
		}
	};
	const tick = async () => {
		clearTimeout(timer);
		if (asking || document.hidden || page.signal.aborted) return;
		asking = true;
		if (Date.now() >= not_before) await update();
		asking = false;
		const wait = failures ? not_before - Date.now() : POLL_INTERVAL_MS;
		if (!page.signal.aborted) timer = setTimeout(tick, Math.max(wait, 0));
	};
	timer = setTimeout(tick, POLL_INTERVAL_MS);
	document.addEventListener("visibilitychange", tick, { signal: page.signal });
	page.signal.addEventListener("abort", () => clearTimeout(timer));
}

// ---- the page ----

// Statistics are limited to 400 days.
function stats_start(event) {
	const wanted = Math.min(new Date(event.createdAt), Date.now() - 90 * DAY_MS);
	return new Date(Math.max(wanted, Date.now() - 398 * DAY_MS)).toISOString();
}

async function load_stats(page, query, if_none_match) {
	const stats = await get(`${DASHBOARD}stats`, query, { if_none_match, signal: page.signal });
	return stats && { stats: stats.data, etag: stats.etag };
}

const load_orders = async (event) =>
	(await get(`${OPEN_API}events/${event.id}/orders`, { take: 5, sort: "-createdAt" })).data;

function ticket_types(page, event, stats) {
	if (event.tickets.length) {
		const can_act = page.can_write && event.status !== "ARCHIVED";
		const act = (t, verb, label) => ticket_action(page, t, verb, label);
		return ticket_table(event, stats, can_act ? act : null);
	}
	return empty_state(
		"No ticket types",
		"Add a ticket type to sell tickets.",
		page.can_write
			? link("Add ticket types", `#/events/${event.id}/edit`, "button primary")
			: null,
	);
}

// The parts of the page that polling updates: {tiles, sales, types, orders, span, draw}
function live_sections(page, event) {
	const places = { tiles: h("div"), sales: h("div"), types: h("div"), orders: h("div") };
	let drawn = null;
	const span = field({
		name: "span",
		label: "Period",
		type: "select",
		options: SPANS,
		value: "30",
	});
	const draw_sales = () => replace(places.sales, sales_chart(event, drawn, Number(span.get())));
	span.input.addEventListener("change", draw_sales);
	// A part that has the focus, or an open table, is left alone.
	const draw = async ({ stats }, orders) => {
		drawn = stats;
		replace(places.tiles, tiles(event, stats));
		if (!places.sales.querySelector("details[open]")) draw_sales();
		if (!places.types.contains(document.activeElement))
			replace(places.types, ticket_types(page, event, stats));
		if (!places.orders.contains(document.activeElement))
			replace(places.orders, latest_orders(orders ?? (await load_orders(event)), event));
	};
	return { ...places, span, draw };
}

function public_link(page, event) {
	if (event.status !== "PUBLISHED") return null;
	const path = `e/${page.session.organization.slug}/${event.slug}`;
	return external_link("Public page", new URL(path, BASE_URL).href);
}

// more: content beside the heading.
function section(id, title, more, nodes, classes) {
	const heading = h("h2", { id }, title);
	return h(
		"section",
		{ class: classes, "aria-labelledby": id },
		more ? h("div", { class: "head" }, heading, more) : heading,
		nodes,
	);
}

// Who is in: tables that are kept up to date.
async function admission_section(page, event) {
	const tables = h("div");
	const status = h("p", { class: "small soft", role: "status" });
	const draw = ({ counts }) => replace(tables, admission_tables(counts));
	const load = (if_none_match) => load_admission(page, event, if_none_match);
	const first = await load();
	draw(first);
	poll(page, load, draw, status, first.etag);
	const links = h(
		"span",
		null,
		link("Attendees", `#/events/${event.id}/attendees`),
		" · ",
		external_link("Door", new URL("door/", BASE_URL).href),
	);
	return section("admission", "Admission", links, [tables, status]);
}

export default async function event_page(page) {
	const path = `${OPEN_API}events/${encodeURIComponent(page.params.id)}`;
	const { data: event } = await get(path);
	const query = { eventId: event.id, from: stats_start(event) };
	const load = (if_none_match) => load_stats(page, query, if_none_match);
	const [first, orders, admission] = await Promise.all([
		load(),
		load_orders(event),
		admission_section(page, event),
	]);
	const shown = live_sections(page, event);
	const live = h("span", { class: "live" });
	const status = h("p", { class: "small soft", role: "status" }, live, "Live");
	await shown.draw(first, orders);
	poll(page, load, shown.draw, status, first.etag);
	const slug = h("code", { class: "soft" }, event.slug);
	const all_orders = link("All orders", `#/orders?eventId=${event.id}`);
	return {
		title: event.name,
		breadcrumb: [link("Events", "#/events"), " › ", status_badges(event)],
		actions: page.can_write ? actions(page, event) : null,
		el: [
			h("div", { class: "line" }, public_link(page, event), slug, status),
			shown.tiles,
			section("per-day", "Sales per day", shown.span.el, shown.sales, "card"),
			section("types", "Ticket types", null, shown.types),
			section("latest", "Latest orders", all_orders, shown.orders),
			admission,
			section("about", "Details", null, event_details(event), "card"),
		],
	};
}
