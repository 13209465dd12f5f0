// admission: how many tickets of an event are checked in, by ticket type and gate.
import { BOX_OFFICE, get } from "./api.js";
import { h, table, time } from "./dom.js";
import { number, relative_time } from "./format.js";

// {counts, etag}, or null when they are as they were.
export async function load_admission(page, event, if_none_match) {
	const found = await get(`${BOX_OFFICE}events/${event.id}/admission`, null, {
		if_none_match,
		signal: page.signal,
	});
	return found && { counts: found.data, etag: found.etag };
}

const ratio = (inside, expected) => `${number(inside)} of ${number(expected)}`;

// A narrow screen shows rows as cards, without the head of the table: the heading says of what.
const part = (title, label, rows) => [
	h("h3", null, title),
	table(`Checked in: ${title}`, [{ label }, { label: "Checked in", number: true }], rows),
];

export function admission_tables(counts) {
	const last = counts.lastCheckInAt
		? [" Last: ", time(counts.lastCheckInAt, relative_time(counts.lastCheckInAt)), "."]
		: null;
	return [
		h(
			"p",
			null,
			h("strong", null, ratio(counts.checkedIn, counts.expected)),
			" tickets are checked in.",
			last,
		),
		counts.checkedIn
			? part(
					"By ticket type",
					"Ticket type",
					counts.ticketTypes.map((t) => [t.name, ratio(t.checkedIn, t.expected)]),
				)
			: null,
		counts.gates.length
			? part(
					"By gate",
					"Gate",
					counts.gates.map((g) => [g.gate ?? "No gate", number(g.checkedIn)]),
				)
			: null,
	];
}
