// shop: what the page asks of the public API, without key or cookie, and what it keeps so that a reload finds the way back.
import { ApiError } from "../dashboard/api.js";
import { error_box } from "../dashboard/dom.js";
import { plural } from "../dashboard/format.js";

export const tickets_section = document.getElementById("tickets");
const { api, event } = tickets_section.dataset;

async function request(method, path, { body, if_none_match, idempotency_key } = {}) {
	const headers = { Accept: "application/json" };
	if (body) headers["Content-Type"] = "application/json";
	if (if_none_match) headers["If-None-Match"] = if_none_match;
	if (idempotency_key) headers["Idempotency-Key"] = idempotency_key;
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
			{ retry_after: Number(response.headers.get("Retry-After")) || 0 },
		);
	return {
		data: json?.data,
		etag: response.headers.get("ETag"),
		clock_skew: clock_skew(response),
	};
}

// How far the server's clock is ahead of this one, in milliseconds; it tells whole seconds.
function clock_skew(response) {
	const theirs = Date.parse(response.headers.get("Date"));
	return Number.isNaN(theirs) ? 0 : theirs + 500 - Date.now();
}

export const read_event = (if_none_match) => request("GET", `events/${event}`, { if_none_match }); // null: as it was
export const create_hold = (eventId, items, idempotency_key) =>
	request("POST", "holds", { body: { eventId, items }, idempotency_key });
export const read_hold = (id) => request("GET", `holds/${encodeURIComponent(id)}`);
export const release_hold = (id) => request("DELETE", `holds/${encodeURIComponent(id)}`);
export const create_order = (holdId, buyer, idempotency_key) =>
	request("POST", "orders", { body: { holdId, buyer }, idempotency_key });

// ---- what a reload finds again, in this tab alone ----

const STORAGE_KEY = `ticketgate ${api} ${event}`;

export function load_state() {
	try {
		return JSON.parse(sessionStorage.getItem(STORAGE_KEY)) ?? {};
	} catch {
		// no storage, or not ours
		return {};
	}
}

export function save_state(state) {
	try {
		sessionStorage.setItem(STORAGE_KEY, JSON.stringify(state));
	} catch {
		/* no storage: a reload begins anew, and the hold ends by itself */
	}
}

// ---- what went wrong ----

export const log_unexpected = (error) => error instanceof ApiError || console.error(error);

// Who asked too often is told in seconds what the API says of its header.
export const with_retry_hint = (error) =>
	error.retry_after
		? Object.assign(error, { hint: `Try again in ${plural(error.retry_after, "second")}.` })
		: error;

// The API's words; the button shows how long to wait.
export function error_notice(error, button) {
	if (error.retry_after && button) disable_for(button, error.retry_after);
	return error_box(with_retry_hint(error));
}

function disable_for(button, seconds) {
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
