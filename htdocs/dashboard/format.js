// format: formats numbers, money and times, and parses local times.

import { CURRENCIES } from "../currencies.js";

const languages = (globalThis.navigator?.languages ?? []).filter((l) => /^en\b/i.test(l));
const LOCALE = languages.length ? languages : "en"; // the pages are in English
const formatters = new Map();

function formatter(Kind, options) {
	const key = Kind.name + JSON.stringify(options);
	if (!formatters.has(key)) formatters.set(key, new Kind(LOCALE, options));
	return formatters.get(key);
}

// ---- numbers ----

export const number = (n) => formatter(Intl.NumberFormat, {}).format(n);
// "1500", "1,500", "1 500" and "1,500.50", as people write numbers; NaN for anything else, such as
// "1e3" and "0x10", which Number takes.
const NUMBER = /^-?(?=\.?\d)(\d+|\d{1,3}([, \u00a0\u202f]\d{3})+)?(\.\d*)?$/;
export const parse_number = (text) =>
	NUMBER.test(text) ? Number(text.replace(/[^-.\d]/g, "")) : NaN;
// The same without a fraction: "1.500" is 1500 to some and 1.5 to others.
export const parse_whole_number = (text) => (text.includes(".") ? NaN : parse_number(text));

export const percent = (part, whole) =>
	whole
		? formatter(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 0 }).format(
				part / whole,
			)
		: "–";

// ---- money: decimals and signs as the server shows them, not as the browser knows them ----

const decimals_of = (currency) => CURRENCIES[currency]?.[0] ?? 2;
// The integer that the server stores: sums and products of amounts are exact in it.
const stored_unit = (currency) => 10 ** Math.max(decimals_of(currency), 2);
const to_stored = (amount, currency) => Math.round(amount * stored_unit(currency));

// n times the amount
export const multiply = (amount, n, currency) =>
	(to_stored(amount, currency) * n) / stored_unit(currency);
export const add = (amounts, currency) =>
	amounts.reduce((sum, amount) => sum + to_stored(amount, currency), 0) / stored_unit(currency);

export function money(amount, currency) {
	if (amount === null || amount === undefined) return "–";
	const stored = to_stored(Math.abs(amount), currency),
		unit = stored_unit(currency),
		decimals = decimals_of(currency);
	const exact = (stored * 10 ** decimals) % unit === 0 ? decimals : Math.log10(unit);
	const [whole, fraction] = (stored / unit).toFixed(exact).split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
	const sign = CURRENCIES[currency]?.[1] ?? `${currency}\u00a0`;
	return `${amount < 0 ? "−" : ""}${sign}${grouped}${fraction ? `.${fraction}` : ""}`;
}

export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

// ---- times ----

const DAY_MS = 86400000;
export const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const TIME_STYLES = {
	full: {
		weekday: "short",
		year: "numeric",
		month: "short",
		day: "numeric",
		hour: "numeric",
		minute: "2-digit",
		timeZoneName: "short",
	},
	short: { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" },
	date: { year: "numeric", month: "short", day: "numeric" },
	exact: {
		year: "numeric",
		month: "short",
		day: "numeric",
		hour: "numeric",
		minute: "2-digit",
		second: "2-digit",
		timeZoneName: "short",
	},
};

export function format_time(iso, zone = LOCAL_ZONE, style = "short") {
	if (!iso) return "–";
	try {
		return formatter(Intl.DateTimeFormat, { ...TIME_STYLES[style], timeZone: zone }).format(
			new Date(iso),
		);
	} catch {
		// a time zone that this browser does not know
		return formatter(Intl.DateTimeFormat, {
			...TIME_STYLES[style],
			timeZone: "UTC",
			timeZoneName: "short",
		}).format(new Date(iso));
	}
}

// The instants of a range of days ("2026-11-14") of a zone, both included, as the API's from and
// to: the last millisecond of a day is the one before the next day begins.
export function day_range({ from, to }, zone) {
	const after = to && new Date(Date.parse(`${to}T00:00Z`) + DAY_MS).toISOString().slice(0, 10);
	return {
		from: from && from_local(from, zone),
		to: to && new Date(Date.parse(from_local(after, zone)) - 1).toISOString(),
	};
}

export function format_day(date) {
	// "2026-11-14", a day in the event's time zone
	return formatter(Intl.DateTimeFormat, {
		month: "short",
		day: "numeric",
		timeZone: "UTC",
	}).format(new Date(`${date}T00:00:00Z`));
}

const UNITS = [
	["year", 31536000],
	["month", 2592000],
	["day", 86400],
	["hour", 3600],
	["minute", 60],
	["second", 1],
];

export function relative_time(iso) {
	if (!iso) return "never";
	const seconds = (new Date(iso) - Date.now()) / 1000;
	const [unit, size] = UNITS.find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
	return Math.abs(seconds) < 10
		? "just now"
		: formatter(Intl.RelativeTimeFormat, { numeric: "auto" }).format(
				Math.round(seconds / size),
				unit,
			);
}

// Text and title of dom.js's time(): how long ago, and exactly when.
export const time_ago = (iso, zone) => [relative_time(iso), format_time(iso, zone, "exact")];

// UTC offset of a time zone at an instant, in milliseconds.
function utc_offset(instant, zone) {
	const parts = {};
	const options = {
		timeZone: zone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	};
	for (const { type, value } of new Intl.DateTimeFormat("en-US", options).formatToParts(instant))
		parts[type] = Number(value);
	return (
		Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) -
		Math.floor(instant / 1000) * 1000
	);
}

// Local time as the value of a datetime-local input: "2026-11-14T19:00".
export function to_local(iso, zone) {
	if (!iso) return "";
	const instant = new Date(iso).getTime();
	return new Date(instant + utc_offset(instant, zone)).toISOString().slice(0, 16);
}

const wall_clock = (text) => Date.parse(`${text.length === 10 ? `${text}T00:00` : text}Z`);
// What a local time would be with the offset of the day before, and with that of the day after.
const candidates = (wall, zone) =>
	[-DAY_MS, DAY_MS].map((by) => wall - utc_offset(wall + by, zone));

// The instants at which clocks of a zone show a local time: two when they are put back to it, none
// when they are put forward past it.
export function local_instants(text, zone) {
	const wall = wall_clock(text);
	return [...new Set(candidates(wall, zone))]
		.filter((instant) => instant + utc_offset(instant, zone) === wall)
		.map((instant) => new Date(instant).toISOString());
}

// The instant of a local time. An ambiguous time gives the first instant; a skipped time is moved
// forward by the length of the gap.
export function from_local(text, zone) {
	if (!text) return null;
	const [first] = local_instants(text, zone);
	return first ?? new Date(candidates(wall_clock(text), zone)[0]).toISOString();
}

export function is_time_zone(zone) {
	try {
		return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
	} catch {
		return false;
	}
}

// The zone in which times are shown and entered: UTC for one that only the server knows.
export const usable_time_zone = (zone) => (is_time_zone(zone) ? zone : "UTC");

// Roles of users, in the order in which they are offered.
export const ROLES = {
	viewer: "Viewer (read-only)",
	owner: "Owner",
	door: "Door (check-in)",
};
