// api: the dashboard is a client of the same API as everybody else; only the session's cookie and its CSRF token come in place of a key.

export const ROOT = new URL("../", import.meta.url); // of the whole suite: right below any base_path
export const OPEN = "open-api/v1/",
	DASHBOARD = "dashboard/v1/",
	BOX_OFFICE = "box-office/v1/";

let csrf = "";
let signed_out = async () => false; // asks for the password again; true: the call may be tried once more

export function keep_session(token, when_signed_out) {
	csrf = token;
	if (when_signed_out) signed_out = when_signed_out;
}

export class ApiError extends Error {
	constructor(status, body, fallback) {
		const error = body?.error ?? {};
		super(error.message ?? fallback);
		this.status = status;
		this.code = error.code ?? "UNREACHABLE";
		this.hint = error.hint ?? "Check the connection, then try again.";
		this.details = error.details ?? [];
		this.request_id = body?.requestId;
	}
}

function address(path, query) {
	const url = new URL(path, ROOT);
	for (const [name, value] of Object.entries(query ?? {}))
		if (value !== undefined && value !== null && value !== "")
			url.searchParams.set(name, value);
	return url;
}

async function send(method, path, { query, body, etag, known, once, accept, signal } = {}) {
	const headers = { Accept: accept ?? "application/json" };
	if (method !== "GET") {
		headers["X-CSRF-Token"] = csrf;
		headers["Content-Type"] = "application/json";
		body = JSON.stringify(body ?? {});
	}
	if (etag) headers["If-Match"] = etag;
	if (known) headers["If-None-Match"] = known;
	if (once) headers["Idempotency-Key"] = once;
	try {
		return await fetch(address(path, query), {
			method,
			headers,
			body,
			signal,
			credentials: "same-origin",
			cache: "no-store",
		});
	} catch (error) {
		if (error.name === "AbortError") throw error;
		throw new ApiError(0, null, "The server could not be reached.");
	}
}

async function refused(response) {
	let body = null;
	try {
		body = await response.json();
	} catch {
		/* no JSON: the web server's own words */
	}
	return new ApiError(response.status, body, `The server answered ${response.status}.`);
}

async function token_changed() {
	const response = await send("GET", `${DASHBOARD}session`);
	const token = response.ok ? (await response.json()).data.csrfToken : csrf;
	const changed = token !== csrf;
	csrf = token;
	return changed;
}

// The answer of a call, refused ones thrown as ApiError. A session that ran out is renewed in place, so that nothing typed is lost.
export async function call(method, path, options = {}) {
	let response = await send(method, path, options);
	if (response.status === 401 && !options.quiet && (await signed_out()))
		response = await send(method, path, options);
	else if (response.status === 403 && method !== "GET" && (await token_changed()))
		// signed in anew in another tab
		response = await send(method, path, options);
	if (response.status === 304)
		// what options.known names is still so
		return null;
	if (!response.ok) throw await refused(response);
	if (options.accept) return response;
	const { data, meta } = await response.json();
	return { data, meta, etag: response.headers.get("ETag"), response };
}

export const get = (path, query, options) => call("GET", path, { query, ...options });
export const post = (path, body, options) => call("POST", path, { body, ...options });
export const patch = (path, body, etag) => call("PATCH", path, { body, etag });
export const remove = (path, etag) => call("DELETE", path, { etag });

// A POST with this is done once, however often it is sent.
export const new_once = () =>
	Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) =>
		b.toString(16).padStart(2, "0"),
	).join("");

// Every row of a list, page by page.
export async function all(path, query) {
	const rows = [];
	let cursor;
	do {
		const { data, meta } = await get(path, { ...query, take: 100, cursor });
		rows.push(...data);
		cursor = meta.nextCursor;
	} while (cursor);
	return rows;
}
