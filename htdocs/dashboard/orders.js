// orders: the list of orders, with search, filters and CSV export.
import { get, OPEN_API } from "./api.js";
import { download_csv } from "./csv-download.js";
import { badge, button, empty_state, h, link, table, time } from "./dom.js";
import { day_fields, field, filter_form, pager, status_field } from "./form.js";
import { day_range, format_time, LOCAL_ZONE, money, number, usable_time_zone } from "./format.js";

export const STATUS = {
	COMPLETED: ["Completed", "good"],
	PARTIALLY_REFUNDED: ["Partially refunded", "warn"],
	REFUNDED: ["Refunded", ""],
};
export const status_badge = (order) => badge(...(STATUS[order.status] ?? [order.status]));

const order_query = ({ q, eventId, status, ...days }, zone) => ({
	q,
	eventId,
	status,
	...day_range(days, zone),
});

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
		sort: q ? "-relevance" : "-createdAt",
	});
	const events = await load_events(data);
	const fields = [
		field({
			name: "q",
			label: "Search",
			type: "search",
			value: q,
			attrs: { placeholder: "Name, email or TN-…" },
		}),
		field({
			name: "eventId",
			label: "Event",
			type: "select",
			value: eventId ?? "",
			options: [["", "All"], ...[...events.values()].map((e) => [e.id, e.name])],
		}),
		status_field(STATUS, status),
		...day_fields(page.query, zone),
	];
	const searched = Object.keys(page.query).length > 0;
	const status_text = h("span", { class: "small soft", role: "status" });
	const csv = data.length
		? button("Download CSV", (e) =>
				download_csv(
					{
						path: `${OPEN_API}orders`,
						query: order_query(page.query, zone),
						name: "orders",
					},
					e.currentTarget,
					status_text,
				),
			)
		: null;
	const nothing = searched
		? empty_state(
				"No matching orders",
				"Search by name, email, reference or ticket code, or clear the filters.",
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
