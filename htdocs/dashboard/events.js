// events: the organization's events, with search and filters.
import { get, OPEN_API } from "./api.js";
import { badge, empty_state, h, link, table, time } from "./dom.js";
import { day_fields, field, filter_form, pager } from "./form.js";
import { day_range, format_time, LOCAL_ZONE, number, percent } from "./format.js";

export const STATUS = {
	DRAFT: ["Draft", ""],
	PUBLISHED: ["Published", "good"],
	ARCHIVED: ["Archived", ""],
};

export function status_badges(event) {
	return [
		badge(...(STATUS[event.status] ?? [event.status])),
		event.soldOut ? [" ", badge("Sold out", "warn")] : null,
		event.visibility === "PRIVATE" ? [" ", badge("Private")] : null,
	];
}

// A bar that repeats the number beside it.
export function meter(part, whole, label) {
	return h("progress", { max: whole || 1, value: part, "aria-label": label });
}

function sold_cell(event) {
	const { ticketsSold, eventCapacity } = event;
	const share = percent(ticketsSold, eventCapacity);
	return eventCapacity
		? [
				h("span", null, `${number(ticketsSold)} of ${number(eventCapacity)} (${share})`),
				meter(ticketsSold, eventCapacity, `Tickets sold: ${event.name}`),
			]
		: number(ticketsSold);
}

const row = (event) => ({
	class: event.status === "ARCHIVED" ? "over" : null,
	cells: [
		[
			link(event.name, `#/events/${event.id}`, "strong"),
			h("div", { class: "small soft mono" }, event.slug),
		],
		time(event.dateTime, format_time(event.dateTime, event.timezone, "full")),
		h("span", null, status_badges(event)),
		sold_cell(event),
	],
});

const HEAD = [
	{ label: "Event" },
	{ label: "Starts" },
	{ label: "Status" },
	{ label: "Sold", number: true },
];

export default async function events_page(page) {
	const { q, status, visibility, from, to, sort } = page.query;
	const { data, meta } = await get(`${OPEN_API}events`, {
		q,
		status,
		visibility,
		sort: sort ?? "-createdAt",
		take: 20,
		page: page.query.page,
		...day_range({ from, to }, LOCAL_ZONE),
	});
	const fields = [
		field({
			name: "q",
			label: "Search",
			type: "search",
			value: q,
			attrs: { placeholder: "Event name", maxlength: 200 },
		}),
		field({
			name: "status",
			label: "Status",
			type: "select",
			value: status ?? "",
			options: [
				["", "All"],
				["DRAFT", "Draft"],
				["PUBLISHED", "Published"],
				["ARCHIVED", "Archived"],
			],
		}),
		field({
			name: "visibility",
			label: "Visibility",
			type: "select",
			value: visibility ?? "",
			options: [
				["", "All"],
				["PUBLIC", "Public"],
				["PRIVATE", "Private"],
			],
		}),
		...day_fields({ from, to }, LOCAL_ZONE),
		field({
			name: "sort",
			label: "Sort by",
			type: "select",
			value: sort ?? "",
			options: [
				["", "Date created"],
				["dateTime", "Start date, earliest first"],
				["-dateTime", "Start date, latest first"],
				["name", "Name"],
			],
		}),
	];
	const searched = Object.keys(page.query).length > 0;
	const create = page.can_write ? link("New event", "#/events/new", "button primary") : null;
	const nothing = searched
		? empty_state("No matching events", "Change or clear the filters.")
		: empty_state(
				"No events yet",
				"Create an event with a name and a date. It is a draft until you publish it.",
				create,
				link("Guide: selling tickets", "../docs/selling.html"),
			);
	return {
		title: "Events",
		actions: create,
		el: [
			data.length || searched ? filter_form(fields, page.query, page.filter) : null,
			data.length ? table("Events", HEAD, data.map(row)) : nothing,
			pager(meta, page.query, page.filter),
		],
	};
}
