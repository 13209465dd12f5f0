// poll-interval: the time until a page asks for its data again. Without the DOM and without a clock
// of its own, so that tests need neither.
const SECOND = 1000,
	MINUTE = 60 * SECOND;
const FIRST = 10 * SECOND, // after a change
	HURRIED = 5 * SECOND, // while few tickets are left, or sales have just begun or ended
	DUE = 2 * SECOND, // sales must have begun, but a response was older than that
	JUST = 2 * MINUTE,
	FEW_TICKETS = 20,
	GROWTH = 1.5; // with each response without a change
const LONGEST_AFTER_ERRORS = 5 * MINUTE,
	LONGEST_TOLD = 60 * MINUTE;
const LONGEST = {
	ON_SALE: MINUTE,
	SOLD_OUT: 2 * MINUTE, // unclaimed tickets may return
	NOT_YET: 10 * MINUTE,
	CLOSED: 10 * MINUTE,
	OVER: 60 * MINUTE,
};

// The instants at which the server's answer changes by itself.
const instants = ({ sale, tickets }) =>
	[sale.opensAt, sale.closesAt, ...tickets.flatMap((t) => [t.salesStart, t.salesEnd])]
		.filter(Boolean)
		.map((t) => Date.parse(t));

function first_delay({ sale, tickets }, just) {
	if (sale.state === "NOT_YET" && just) return DUE;
	const left = tickets.reduce((n, t) => n + t.remaining, 0);
	return just || (sale.state === "ON_SALE" && left <= FEW_TICKETS) ? HURRIED : FIRST;
}

function delay_without_errors(event, now, unchanged) {
	const { state, opensAt } = event.sale;
	const longest = LONGEST[state] ?? MINUTE;
	const just = instants(event).some((t) => t <= now && now - t < JUST);
	const ahead = state === "NOT_YET" && opensAt ? Date.parse(opensAt) - now : 0;
	if (ahead > 0) return Math.min(Math.max(ahead / 2, MINUTE / 2), longest);
	if (!just && (state === "CLOSED" || state === "OVER")) return longest;
	return Math.min(first_delay(event, just) * GROWTH ** unchanged, just ? FIRST : longest);
}

// After an error, in milliseconds. failures: errors in a row, from 1. retry_after: what the server
// has told, in seconds; the delay is never shorter.
export function retry_delay(failures, retry_after = 0, random = Math.random()) {
	const own = Math.min(HURRIED * 2 ** (failures - 1), LONGEST_AFTER_ERRORS);
	const told = Math.min(retry_after * SECOND, LONGEST_TOLD);
	return Math.max(own * (0.5 + random / 2), told + random * Math.min(own, told));
}

// After a response. event: its data; now: the server's time; unchanged: responses in a row that
// were the same. The page asks at the moment when sales begin or end.
export function poll_delay(event, now, unchanged, random = Math.random()) {
	const delay = delay_without_errors(event, now, unchanged);
	const next = Math.min(...instants(event).filter((t) => t > now)) - now;
	return next <= delay ? next + random * SECOND : delay * (1 + random / 5);
}
