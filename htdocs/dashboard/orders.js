// orders: the list of orders, with search, filters and CSV export.
import { call, get, OPEN_API } from "./api.js";
import {
	badge,
	button,
	empty_state,
	error_box,
	h,
	link,
	replace,
	table,
	time,
	while_busy,
} from "./dom.js";
import { day_fields, field, filter_form, pager } from "./form.js";
import { day_range, format_time, LOCAL_ZONE, money, number, usable_time_zone } from "./format.js";

export const STATUS = {
	COMPLETED: ["Completed", "good"],
	PARTIALLY_REFUNDED: ["Partially refunded", "warn"],
	REFUNDED: ["Refunded", ""],
};
export const status_badge = (order) => badge(...(STATUS[order.status] ?? [order.status]));

// The search field takes an email address or an order reference.
function order_query({ q, eventId, status, ...days }, zone) {
	return {
		email: q?.includes("@") ? q : null,
		reference: q && !q.includes("@") ? q : null,
		eventId,
		status,
		...day_range(days, zone),
	};
}

// The events to filter by, and the events of these orders, by id.
export async function load_events(orders_page) {
	const known = new Map(
		(await get(`${OPEN_API}events`, { take: 100, sort: "-dateTime" })).data.map((e) => [
			e.id,
			e,
		]),
	);
	const missing = [...new Set(orders_page.map((o) => o.eventId))].filter((id) => !known.has(id));
	for (const found of await Promise.all(
		missing.map((id) => get(`${OPEN_API}events/${id}`).catch(() => null)),
	))
		if (found) known.set(found.data.id, found.data);
	return known;
}

// Downloads all matching orders as CSV and shows the progress.
async function download_csv(query, zone, pressed, status_text) {
	await while_busy(pressed, async () => {
		try {
			const response = await call("GET", `${OPEN_API}orders`, {
				query: { ...order_query(query, zone), bom: 1 },
				accept: "text/csv",
			});
			const reader = response.body.getReader();
			const pieces = [];
			let bytes = 0;
			for (let next = await reader.read(); !next.done; next = await reader.read()) {
				pieces.push(next.value);
				bytes += next.value.length;
				replace(status_text, `${number(Math.ceil(bytes / 1024))} KiB…`);
			}
			const url = URL.createObjectURL(new Blob(pieces, { type: "text/csv" }));
			h("a", {
				href: url,
				download: `orders-${new Date().toISOString().slice(0, 10)}.csv`,
			}).click();
			setTimeout(() => URL.revokeObjectURL(url), 60000);
			replace(status_text, `Downloaded ${number(Math.ceil(bytes / 1024))} KiB.`);
		} catch (error) {
			replace(status_text, error_box(error));
		}
	});
}

const HEAD = [
	{ label: "Order" },
	{ label: "Buyer" },
	{ label: "Event" },
	{ label: "Tickets", number: true },
	{ label: "Total", number: true },
	{ label: "Status" },
	{ label: "Created" },
];

function row(order, events, zone) {
	const event = events.get(order.eventId);
	return {
		class: order.status === "REFUNDED" ? "over" : null,
		cells: [
			link(order.reference, `#/orders/${order.reference}`, "mono strong"),
			[order.buyer.name, h("div", { class: "small soft" }, order.buyer.email)],
			event ? link(event.name, `#/events/${event.id}`) : "–",
			number(order.items.reduce((n, i) => n + i.quantity, 0)),
			[
				money(order.total, order.currency),
				order.refundedTotal
					? h(
							"div",
							{ class: "small soft" },
							`−${money(order.refundedTotal, order.currency)}`,
						)
					: null,
			],
			status_badge(order),
			time(order.createdAt, format_time(order.createdAt, zone)),
		],
	};
}

// The zone of the times and days of the page: of the event when there is one, else of this browser.
async function zone_of(event_id) {
	if (!event_id) return LOCAL_ZONE;
	const found = await get(`${OPEN_API}events/${event_id}`).catch(() => null);
	return found ? usable_time_zone(found.data.timezone) : LOCAL_ZONE;
}

export default async function orders_page(page) {
	const { q, eventId, status } = page.query;
	const zone = await zone_of(eventId);
	const { data, meta } = await get(`${OPEN_API}orders`, {
		...order_query(page.query, zone),
		take: 20,
		page: page.query.page,
		sort: "-createdAt",
	});
	const events = await load_events(data);
	const fields = [
		field({
			name: "q",
			label: "Search",
			type: "search",
			value: q,
			attrs: { placeholder: "Email or TN-…" },
		}),
		field({
			name: "eventId",
			label: "Event",
			type: "select",
			value: eventId ?? "",
			options: [["", "All"], ...[...events.values()].map((e) => [e.id, e.name])],
		}),
		field({
			name: "status",
			label: "Status",
			type: "select",
			value: status ?? "",
			options: [["", "All"], ...Object.entries(STATUS).map(([v, [label]]) => [v, label])],
		}),
		...day_fields(page.query, zone),
	];
	const searched = Object.keys(page.query).length > 0;
	const status_text = h("span", { class: "small soft", role: "status" });
	const csv = data.length
		? button("Download CSV", (e) =>
				download_csv(page.query, zone, e.currentTarget, status_text),
			)
		: null;
	const nothing = searched
		? empty_state(
				"No matching orders",
				"Search by a complete email address or order reference, or clear the filters.",
			)
		: empty_state(
				"No orders yet",
				"Orders from public event pages and from the box office API appear here.",
				link("Events", "#/events", "button"),
				link("Guide: selling tickets", "../docs/selling.html"),
			);
	return {
		title: "Orders",
		actions: [status_text, csv],
		el: [
			data.length || searched ? filter_form(fields, page.query, page.filter) : null,
			data.length
				? table(
						"Orders",
						HEAD,
						data.map((o) => row(o, events, zone)),
					)
				: nothing,
			pager(meta, page.query, page.filter),
		],
	};
}
