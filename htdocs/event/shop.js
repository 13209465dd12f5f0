// shop: what the page asks of the public API, without key or cookie, and what it keeps so that a reload finds the way back.
import { ApiError } from "../dashboard/api.js";
import { error_box } from "../dashboard/dom.js";
import { plural } from "../dashboard/format.js";

export const place = document.getElementById("tickets");
const { api, event } = place.dataset;

async function ask(method, path, { body, known, once } = {}) {
	const headers = { Accept: "application/json" };
	if (body) headers["Content-Type"] = "application/json";
	if (known) headers["If-None-Match"] = known;
	if (once) headers["Idempotency-Key"] = once;
	let response,
		json = null;
	try {
		response = await fetch(`${api}/${path}`, {
			method,
			headers,
			body: body && JSON.stringify(body),
			credentials: "omit",
			cache: "no-store",
		});
	} catch {
		throw new ApiError(0, null, "The server could not be reached.");
	}
	if (response.status === 304) return null;
	try {
		json = await response.json();
	} catch {
		/* nothing to say, or the web server's own words */
	}
	if (!response.ok)
		throw Object.assign(
			new ApiError(response.status, json, `The server answered ${response.status}.`),
			{ wait: Number(response.headers.get("Retry-After")) || 0 },
		);
	return { data: json?.data, etag: response.headers.get("ETag"), ahead: ahead_of_us(response) };
}

// How far the server's clock is ahead of this one, in milliseconds; it tells whole seconds.
function ahead_of_us(response) {
	const theirs = Date.parse(response.headers.get("Date"));
	return Number.isNaN(theirs) ? 0 : theirs + 500 - Date.now();
}

export const read_event = (known) => ask("GET", `events/${event}`, { known }); // null: as it was
export const make_hold = (eventId, items, once) =>
	ask("POST", "holds", { body: { eventId, items }, once });
export const read_hold = (id) => ask("GET", `holds/${encodeURIComponent(id)}`);
export const release_hold = (id) => ask("DELETE", `holds/${encodeURIComponent(id)}`);
export const make_order = (holdId, buyer, once) =>
	ask("POST", "orders", { body: { holdId, buyer }, once });

// ---- what a reload finds again, in this tab alone ----

const KEPT = `ticketgate ${api} ${event}`;

export function kept() {
	try {
		return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
	} catch {
		// no storage, or not ours
		return {};
	}
}

export function keep(what) {
	try {
		sessionStorage.setItem(KEPT, JSON.stringify(what));
	} catch {
		/* no storage: a reload begins anew, and the hold ends by itself */
	}
}

// ---- what went wrong ----

export const unforeseen = (error) => error instanceof ApiError || console.error(error);

// Who asked too often is told in seconds what the API says of its header.
export const wait_words = (error) =>
	error.wait
		? Object.assign(error, { hint: `Try again in ${plural(error.wait, "second")}.` })
		: error;

// The API's words; the button shows how long to wait.
export function problem(error, button) {
	if (error.wait && button) hold_back(button, error.wait);
	return error_box(wait_words(error));
}

function hold_back(button, seconds) {
	const label = button.textContent;
	const end = Date.now() + seconds * 1000;
	const tick = () => {
		const left = Math.ceil((end - Date.now()) / 1000);
		button.textContent = left > 0 ? `${label} in ${left} s` : label;
		button.toggleAttribute("disabled", left > 0);
		if (left <= 0) clearInterval(timer);
	};
	const timer = setInterval(tick, 250);
	tick();
}
