// public-api: client of the public API, which needs no key, and the state that survives a reload.
import { ApiError, fetch_method } from "../dashboard/api.js";
import { error_box, words } from "../dashboard/dom.js";
import { VISITOR, take_first_read } from "./first-read.js";
import { LANGUAGE, in_language, say, with_retry_hint } from "./language.js";

export const tickets_section = document.getElementById("tickets");
const { api, event } = tickets_section.dataset;

// sent: the promise of a response that was requested earlier.
async function request(method, path, { body, if_none_match, idempotency_key, fresh, sent } = {}) {
	const headers = { ...VISITOR.headers };
	if (fresh) delete headers["Cache-Control"];
	if (body) headers["Content-Type"] = "application/json";
	if (body) headers["Accept-Language"] = LANGUAGE; // of mail
	if (if_none_match) headers["If-None-Match"] = if_none_match;
	if (idempotency_key) headers["Idempotency-Key"] = idempotency_key;
	let response,
		json = null;
	try {
		response = await (sent ??
			fetch_method(`${api}/${path}`, {
				...VISITOR,
				method,
				headers,
				body: body && JSON.stringify(body),
				// "reload" has every cache on the way asked anew, too
				cache: fresh ? "reload" : VISITOR.cache,
			}));
	} catch {
		throw in_language(new ApiError(0, null, say("error_unreachable")));
	}
	if (response.status === 304) return null;
	try {
		json = await response.json();
	} catch {
		/* an empty body, or an error page of the web server */
	}
	if (!response.ok)
		throw Object.assign(
			in_language(
				new ApiError(
					response.status,
					json,
					say("error_status", { status: response.status }),
				),
			),
			{ retry_after: Number(response.headers.get("Retry-After")) || 0 },
		);
	return {
		data: json?.data,
		etag: response.headers.get("ETag"),
		clock_skew: clock_skew(response),
	};
}

// Server time minus local time in milliseconds. The Date header has a resolution of one second; a
// stored response may have been made Age seconds ago.
function clock_skew(response) {
	const theirs =
		Date.parse(response.headers.get("Date")) + 1000 * Number(response.headers.get("Age"));
	return Number.isNaN(theirs) ? 0 : theirs + 500 - Date.now();
}

// Resolves to null when the event has not changed. fresh: the response includes what this visitor
// has just done; otherwise it may be a cached one of about a second ago.
export const read_event = (if_none_match, fresh = false) =>
	request("GET", `events/${event}`, {
		if_none_match,
		fresh,
		sent: fresh || if_none_match ? null : take_first_read(),
	});
export const create_hold = (eventId, items, idempotency_key) =>
	request("POST", "holds", { body: { eventId, items }, idempotency_key });
export const read_hold = (id) => request("GET", `holds/${encodeURIComponent(id)}`);
export const release_hold = (id) => request("DELETE", `holds/${encodeURIComponent(id)}`);
export const create_order = (holdId, buyer, idempotency_key) =>
	request("POST", "orders", { body: { holdId, buyer }, idempotency_key });

export const find_tickets = (email) => {
	const [org, slug] = event.split("/");
	return request("POST", "lost-tickets", { body: { org, event: slug, email } });
};

// ---- state of this tab ----

const STORAGE_KEY = `ticketgate ${api} ${event}`;

export function load_state() {
	try {
		return JSON.parse(sessionStorage.getItem(STORAGE_KEY)) ?? {};
	} catch {
		// no storage, or not JSON
		return {};
	}
}

export function save_state(state) {
	try {
		sessionStorage.setItem(STORAGE_KEY, JSON.stringify(state));
	} catch {
		/* no storage: after a reload the buyer starts again, and the hold expires */
	}
}

// ---- errors ----

Object.assign(words, { request_id: say("request_id"), unexpected: say("error_unexpected") });

export const log_unexpected = (error) => error instanceof ApiError || console.error(error);

// The error for the page.
export const error_notice = (error) => error_box(with_retry_hint(error));
