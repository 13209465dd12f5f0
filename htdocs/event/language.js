// language: the sentences of the page in the visitor's language, times as that language writes
// them, and the language that the visitor has chosen, which outlives the visit.

const root = document.documentElement;
export const LANGUAGE = root.lang;

// ---- the choice ----

const STORAGE_KEY = "ticketgate language";

function stored_language() {
	try {
		return localStorage.getItem(STORAGE_KEY);
	} catch {
		return null; // no storage
	}
}

// A page whose address names no language is in that of the browser, not in the chosen one.
const chosen = stored_language();
const url = new URL(location.href);
const offered = [...document.querySelectorAll(".languages a")].map((a) => a.lang);
if (!url.searchParams.has("lang") && chosen !== LANGUAGE && offered.includes(chosen)) {
	url.searchParams.set("lang", chosen);
	location.replace(url);
}
document.querySelector(".languages")?.addEventListener("click", ({ target }) => {
	try {
		if (target.lang) localStorage.setItem(STORAGE_KEY, target.lang);
	} catch {
		/* no storage: only the address remembers it */
	}
});

// ---- sentences ----

// The page names the file with the sentences of its language, if its scripts need any.
const source = document.querySelector('link[rel="modulepreload"][href*="/messages-"]');
const MESSAGES = source ? (await import(source.href)).default : {};

const expand = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// say("type_left", {count: "12"})
export const say = (name, values = {}) => expand(MESSAGES[name], values);

// The same with nodes as values: an array of texts and nodes.
export const say_with = (name, nodes) =>
	MESSAGES[name].split(/\{(\w+)\}/).map((part, i) => (i % 2 ? nodes[part] : part));

const number = new Intl.NumberFormat(LANGUAGE);

// A sentence that has one form for 1 and another for all other numbers.
export const count = (name, n) =>
	expand(MESSAGES[name][n === 1 ? 0 : 1], { count: number.format(n) });

// ---- errors of the API ----

const MEANINGS = {
	0: "error_unreachable",
	400: "error_invalid",
	404: "error_not_found",
	409: "error_conflict",
	422: "error_invalid",
	429: "error_rate",
};

// The API says what is wrong in English. Visitors who read another language get what it means, by
// the status; `own` has what it means for one request.
export function in_language(error, own = {}) {
	if (error.status === 0) error.hint = say("error_unreachable_hint");
	if (LANGUAGE === "en") return error;
	const name =
		own[error.status] ??
		MEANINGS[error.status] ??
		(error.status >= 500 ? "error_internal" : null);
	if (!name) return error;
	if (error.status !== 0) error.hint = null;
	error.message = say(name);
	return error;
}

// Replaces the hint, which refers to the Retry-After header, with the number of seconds.
export const with_retry_hint = (error) =>
	error.retry_after
		? Object.assign(error, { hint: count("error_retry_in", error.retry_after) })
		: error;

// ---- times ----

const STYLE = {
	weekday: "short",
	day: "numeric",
	month: "numeric",
	year: "numeric",
	hour: "2-digit",
	minute: "2-digit",
	hourCycle: "h23",
};
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function format_in(zone, style) {
	return new Intl.DateTimeFormat("en-GB", { ...STYLE, ...style, timeZone: zone });
}

// As the server does: "Sat 5 December 2026, 19:00", in the event's zone.
export function format_event_time(iso, zone) {
	let format;
	try {
		format = format_in(zone, {});
	} catch {
		// a time zone that this browser does not know
		format = format_in("UTC", { timeZoneName: "short" });
	}
	const part = Object.fromEntries(
		format.formatToParts(new Date(iso)).map((p) => [p.type, p.value]),
	);
	const zone_name = part.timeZoneName ? ` ${part.timeZoneName}` : "";
	return say("date_time", {
		weekday: MESSAGES.days[WEEKDAYS.indexOf(part.weekday)],
		day: String(Number(part.day)),
		month: MESSAGES.months[Number(part.month) - 1],
		year: part.year,
		clock: `${part.hour}:${part.minute}${zone_name}`,
	});
}
