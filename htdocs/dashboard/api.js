// api: client of the same API that integrations use. The session cookie and a CSRF token replace
// the API key.

export const BASE_URL = new URL("../", import.meta.url); // includes any base_path
export const OPEN_API = "open-api/v1/",
	DASHBOARD = "dashboard/v1/",
	BOX_OFFICE = "box-office/v1/";

let csrf_token = "";
let reauthenticate = async () => false; // resolves to true when the call can be retried

export function configure_session(token, on_signed_out) {
	csrf_token = token;
	if (on_signed_out) reauthenticate = on_signed_out;
}

export class ApiError extends Error {
	constructor(status, body, fallback) {
		const error = body?.error ?? {};
		super(error.message ?? fallback);
		this.status = status;
		this.code = error.code ?? "UNREACHABLE";
		this.hint = error.hint ?? "Check your connection and try again.";
		this.details = error.details ?? [];
		this.request_id = body?.requestId;
	}
}

function build_url(path, query) {
	const url = new URL(path, BASE_URL);
	for (const [name, value] of Object.entries(query ?? {}))
		if (value !== undefined && value !== null && value !== "")
			url.searchParams.set(name, value);
	return url;
}

// A firewall before the server may refuse PATCH and DELETE, as on some shared hosting: they are
// then sent as POST.
const REFUSED = [403, 405, 501];
let refused = false; // they do not get through here

// Whether the API has answered, not something before it.
async function is_from_api(response) {
	try {
		return typeof (await response.clone().json()).error.code === "string";
	} catch {
		return false;
	}
}

const as_post = (url, options) =>
	fetch(url, {
		...options,
		method: "POST",
		headers: { ...options.headers, "X-HTTP-Method-Override": options.method },
	});

// fetch(url, options), whose headers are a plain object.
export async function fetch_method(url, options) {
	if (options.method !== "PATCH" && options.method !== "DELETE") return fetch(url, options);
	if (refused) return as_post(url, options);
	const response = await fetch(url, options);
	if (!REFUSED.includes(response.status) || (await is_from_api(response))) return response;
	const again = await as_post(url, options);
	refused = again.ok || (await is_from_api(again));
	return refused ? again : response;
}

async function send(
	method,
	path,
	{ query, body, etag, if_none_match, idempotency_key, accept, signal } = {},
) {
	const headers = { Accept: accept ?? "application/json" };
	if (method !== "GET") {
		headers["X-CSRF-Token"] = csrf_token;
		headers["Content-Type"] = "application/json";
		body = JSON.stringify(body ?? {});
	}
	if (etag) headers["If-Match"] = etag;
	if (if_none_match) headers["If-None-Match"] = if_none_match;
	if (idempotency_key) headers["Idempotency-Key"] = idempotency_key;
	try {
		return await fetch_method(build_url(path, query), {
			method,
			headers,
			body,
			signal,
			credentials: "same-origin",
			cache: "no-store",
		});
	} catch (error) {
		if (error.name === "AbortError") throw error;
		throw new ApiError(0, null, "Cannot reach the server.");
	}
}

async function read_error(response) {
	let body = null;
	try {
		body = await response.json();
	} catch {
		/* not JSON: an error page of the web server */
	}
	return Object.assign(
		new ApiError(response.status, body, `The server returned ${response.status}.`),
		{ retry_after: Number(response.headers.get("Retry-After")) || 0 },
	);
}

async function refresh_csrf_token() {
	const response = await send("GET", `${DASHBOARD}session`);
	const token = response.ok ? (await response.json()).data.csrfToken : csrf_token;
	const changed = token !== csrf_token;
	csrf_token = token;
	return changed;
}

// Sends a request and returns {data, meta, etag, response}, or null for 304. Throws ApiError when
// the API rejects it. Renews an expired session in place, so that no input is lost.
export async function call(method, path, options = {}) {
	let response = await send(method, path, options);
	if (response.status === 401 && !options.no_sign_in && (await reauthenticate()))
		response = await send(method, path, options);
	// Another tab may have signed in and replaced the token.
	else if (response.status === 403 && method !== "GET" && (await refresh_csrf_token()))
		response = await send(method, path, options);
	if (response.status === 304) return null;
	if (!response.ok) throw await read_error(response);
	if (options.accept) return response;
	const { data, meta } = await response.json();
	return { data, meta, etag: response.headers.get("ETag"), response };
}

export const get = (path, query, options) => call("GET", path, { query, ...options });
export const post = (path, body, options) => call("POST", path, { body, ...options });
export const patch = (path, body, etag) => call("PATCH", path, { body, etag });

// The server runs a POST once for each idempotency key, even when it is sent again.
export const new_idempotency_key = () =>
	Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) =>
		b.toString(16).padStart(2, "0"),
	).join("");
