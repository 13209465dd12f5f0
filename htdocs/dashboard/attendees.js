// attendees: who has a ticket for an event, with search, the state of admission and CSV export.
import { get, OPEN_API } from "./api.js";
import { badge, button, empty_state, h, link, table, time } from "./dom.js";
import { download_csv } from "./csv-download.js";
import { field, filter_form, pager, status_field } from "./form.js";
import { format_time, usable_time_zone } from "./format.js";

const STATUS = {
	ISSUED: ["Not checked in", ""],
	CHECKED_IN: ["Checked in", "good"],
	REFUNDED: ["Refunded", "warn"],
};

const HEAD = [{ label: "Name" }, { label: "Ticket" }, { label: "Order" }, { label: "Admission" }];

function admission(attendee, zone) {
	const [label, kind] = STATUS[attendee.status];
	if (!attendee.checkedInAt) return badge(label, kind);
	const when = time(attendee.checkedInAt, format_time(attendee.checkedInAt, zone));
	const gate = attendee.gate ? `, ${attendee.gate}` : null;
	return [badge(label, kind), h("div", { class: "small soft" }, when, gate)];
}

const row = (attendee, zone) => [
	h("span", { class: "strong" }, attendee.name),
	attendee.ticket.name,
	link(attendee.reference, `#/orders/${attendee.reference}`, "mono"),
	admission(attendee, zone),
];

function filters(page) {
	const { q, status } = page.query;
	return [
		field({
			name: "q",
			label: "Search",
			type: "search",
			value: q,
			attrs: { placeholder: "Name, email, TN-… or code" },
		}),
		status_field(STATUS, status),
	];
}

export default async function attendees_page(page) {
	const { data: event } = await get(`${OPEN_API}events/${encodeURIComponent(page.params.id)}`);
	const zone = usable_time_zone(event.timezone);
	const { q, status } = page.query;
	const { data, meta } = await get(`${OPEN_API}events/${event.id}/attendees`, {
		q,
		status,
		take: 50,
		page: page.query.page,
	});
	const status_text = h("span", { class: "small soft", role: "status" });
	const file = {
		path: `${OPEN_API}events/${event.id}/issued-tickets`,
		query: { q, status },
		name: `tickets-${event.slug}`,
	};
	const nothing = empty_state(
		q || status ? "No matching attendees" : "No attendees yet",
		q || status
			? "Search by name, email address, order reference or ticket code, or clear the filters."
			: "Everybody who has a ticket appears here.",
	);
	return {
		title: `Attendees of ${event.name}`,
		breadcrumb: [link("Events", "#/events"), " › ", link(event.name, `#/events/${event.id}`)],
		actions: [
			status_text,
			data.length
				? button("Download CSV", (e) => download_csv(file, e.currentTarget, status_text))
				: null,
		],
		el: [
			filter_form(filters(page), page.query, page.filter),
			data.length
				? table(
						"Attendees",
						HEAD,
						data.map((a) => row(a, zone)),
					)
				: nothing,
			pager(meta, page.query, page.filter),
		],
	};
}
