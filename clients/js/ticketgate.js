// ticketgate: a client of the Ticketnation Open API, the box office and the public pages' API, and
// the verification of webhooks. One ES module without dependencies, for browsers (the public
// operations: an API key belongs on a server) and for Node.js from version 18 on.
//
//     import { Ticketgate } from "./ticketgate.js";
//     const api = new Ticketgate({ baseUrl: "https://tickets.example.com", key: "tn_live_…" });
//     for await (const event of (await api.listEvents({ status: "PUBLISHED" })).all())
//         console.log(event.name);
//
// Every operation is a method. Its arguments: the parameters of the path, the body, and last the
// query of a list or the options. ticketgate.d.ts has the types. Amounts are strings of whole
// currency units, "1500.50", in both directions: none passes through floating point arithmetic.

const webcrypto = globalThis.crypto ?? (await import("node:crypto")).webcrypto; // Node.js 18

export const VERSION = "1.0.0";

// Attempts per request, the first included; seconds per attempt, and for all attempts and waits.
const DEFAULTS = { maxAttempts: 5, timeout: 30, totalTimeout: 90 };
// Seconds before the second attempt and at most; they double from attempt to attempt.
const BACKOFF = 0.5;
const MAX_BACKOFF = 8;
// Characters of a response, at most.
const MAX_RESPONSE = 32 * 1024 * 1024;
// What a proxy or a busy server answers in passing.
const TEMPORARY = [429, 500, 502, 503, 504];
// Node.js: errors after which the server has received nothing. Browsers do not tell.
const NOTHING_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];
const BAD_CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|SSL/;

// ---- operations ----

const EVENT = "/open-api/v1/events/{idOrSlug}";
const WEBHOOK = "/open-api/v1/webhooks/{id}";
const HOLD = "/box-office/v1/holds/{id}";

// Method and path. "+": the second last argument is the body. "?": the last one is the query.
const OPERATIONS = {
	listEvents: "GET /open-api/v1/events ?",
	createEvent: "POST /open-api/v1/events +",
	getEvent: `GET ${EVENT}`,
	updateEvent: `PATCH ${EVENT} +`,
	deleteEvent: `DELETE ${EVENT}`,
	publishEvent: `POST ${EVENT}/publish`,
	unpublishEvent: `POST ${EVENT}/unpublish`,
	archiveEvent: `POST ${EVENT}/archive`,
	restoreEvent: `POST ${EVENT}/restore`,
	listPerformers: `GET ${EVENT}/performers ?`,
	createPerformer: `POST ${EVENT}/performers +`,
	getPerformer: `GET ${EVENT}/performers/{id}`,
	updatePerformer: `PATCH ${EVENT}/performers/{id} +`,
	deletePerformer: `DELETE ${EVENT}/performers/{id}`,
	listSchedules: `GET ${EVENT}/schedules ?`,
	createSchedule: `POST ${EVENT}/schedules +`,
	getSchedule: `GET ${EVENT}/schedules/{id}`,
	updateSchedule: `PATCH ${EVENT}/schedules/{id} +`,
	deleteSchedule: `DELETE ${EVENT}/schedules/{id}`,
	listBrands: `GET ${EVENT}/brands ?`,
	createBrand: `POST ${EVENT}/brands +`,
	getBrand: `GET ${EVENT}/brands/{id}`,
	updateBrand: `PATCH ${EVENT}/brands/{id} +`,
	deleteBrand: `DELETE ${EVENT}/brands/{id}`,
	getAccount: "GET /open-api/v1/me",
	listOrders: "GET /open-api/v1/orders ?",
	getOrder: "GET /open-api/v1/orders/{idOrReference}",
	listEventOrders: `GET ${EVENT}/orders ?`,
	listOrderMessages: "GET /open-api/v1/orders/{idOrReference}/mail ?",
	listOrderRefunds: "GET /open-api/v1/orders/{idOrReference}/refunds ?",
	listEventIssuedTickets: `GET ${EVENT}/issued-tickets ?`,
	listOrderIssuedTickets: "GET /open-api/v1/orders/{idOrReference}/issued-tickets ?",
	listEventAttendees: `GET ${EVENT}/attendees ?`,
	getIssuedTicket: "GET /open-api/v1/issued-tickets/{code}",
	listTickets: `GET ${EVENT}/tickets ?`,
	createTicket: `POST ${EVENT}/tickets +`,
	getEventTicket: `GET ${EVENT}/tickets/{id}`,
	updateEventTicket: `PATCH ${EVENT}/tickets/{id} +`,
	deleteEventTicket: `DELETE ${EVENT}/tickets/{id}`,
	publishEventTicket: `POST ${EVENT}/tickets/{id}/publish`,
	unpublishEventTicket: `POST ${EVENT}/tickets/{id}/unpublish`,
	markSoldOutEventTicket: `POST ${EVENT}/tickets/{id}/sold-out`,
	putOnSaleEventTicket: `POST ${EVENT}/tickets/{id}/on-sale`,
	getTicket: "GET /open-api/v1/tickets/{id}",
	updateTicket: "PATCH /open-api/v1/tickets/{id} +",
	deleteTicket: "DELETE /open-api/v1/tickets/{id}",
	publishTicket: "POST /open-api/v1/tickets/{id}/publish",
	unpublishTicket: "POST /open-api/v1/tickets/{id}/unpublish",
	markSoldOutTicket: "POST /open-api/v1/tickets/{id}/sold-out",
	putOnSaleTicket: "POST /open-api/v1/tickets/{id}/on-sale",
	searchVenues: "GET /open-api/v1/venues ?",
	getVenue: "GET /open-api/v1/venues/{id}",
	listWebhooks: "GET /open-api/v1/webhooks ?",
	createWebhook: "POST /open-api/v1/webhooks +",
	getWebhook: `GET ${WEBHOOK}`,
	updateWebhook: `PATCH ${WEBHOOK} +`,
	deleteWebhook: `DELETE ${WEBHOOK}`,
	rotateWebhookSecret: `POST ${WEBHOOK}/rotate-secret +`,
	listWebhookDeliveries: `GET ${WEBHOOK}/deliveries ?`,
	getWebhookDelivery: `GET ${WEBHOOK}/deliveries/{deliveryId}`,
	redeliverWebhookDelivery: `POST ${WEBHOOK}/deliveries/{deliveryId}/redeliver`,
	recoverWebhook: `POST ${WEBHOOK}/recover +`,
	testWebhook: `POST ${WEBHOOK}/test +`,
	createHold: "POST /box-office/v1/holds +",
	getHold: `GET ${HOLD}`,
	releaseHold: `DELETE ${HOLD}`,
	extendHold: `POST ${HOLD}/extend`,
	createSale: "POST /box-office/v1/orders +",
	refundSale: "POST /box-office/v1/orders/{id}/refund +",
	resendSale: "POST /box-office/v1/orders/{id}/resend",
	reissueTicket: "POST /box-office/v1/orders/{idOrReference}/issued-tickets/{unit}/reissue",
	createCheckIn: "POST /box-office/v1/check-ins +",
	batchCheckIn: "POST /box-office/v1/check-ins/batch +",
	undoCheckIn: "DELETE /box-office/v1/check-ins/{id}",
	getDoor: "GET /box-office/v1/door",
	getAdmissionList: "GET /box-office/v1/events/{idOrSlug}/admission-list",
	getAdmission: "GET /box-office/v1/events/{idOrSlug}/admission",
	getPublicEvent: "GET /public/v1/events/{orgSlug}/{eventSlug}",
	createPublicHold: "POST /public/v1/holds +",
	getPublicHold: "GET /public/v1/holds/{id}",
	releasePublicHold: "DELETE /public/v1/holds/{id}",
	createPublicOrder: "POST /public/v1/orders +",
	renamePublicTicket: "POST /public/v1/ticket-names +",
	findPublicTickets: "POST /public/v1/lost-tickets +",
};

const path_argument = (value) => {
	const text = String(value ?? "");
	if (["", ".", ".."].includes(text))
		// would be another path
		throw new TypeError("an id, slug or reference is missing");
	return encodeURIComponent(text);
};

// The method of an operation. Its body may be left out where the API allows it.
function operation(line) {
	const [method, path, kind] = line.split(" ");
	const parameters = path.match(/\{\w+\}/g) ?? [];
	return function (...given) {
		const values = given.splice(0, parameters.length);
		const full = path.replace(/\{\w+\}/g, () => path_argument(values.shift()));
		if (kind === "?") return this.call(method, full, { query: given[0] });
		const body = kind === "+" ? (given.shift() ?? {}) : undefined;
		return this.call(method, full, { body, ...given[0] });
	};
}

// ---- JSON ----

const AMOUNTS = "amount fee fees price refundedTotal subtotal total unitPrice".split(" ");

// A quote after { or , begins a member name, because quotes within JSON strings are escaped.
const MEMBER = `([{,]\\s*"(?:${AMOUNTS.join("|")})"\\s*:\\s*)`;
const NUMBER = "(-?(?:0|[1-9]\\d*)(?:\\.\\d+)?)";
const NUMBERS = new RegExp(`${MEMBER}${NUMBER}(?=\\s*[,}])`, "g");
const TEXTS = new RegExp(`${MEMBER}"${NUMBER}"(?=\\s*[,}])`, "g");

// Amounts become strings. null for what is not JSON.
function parse(text) {
	try {
		return JSON.parse(text.replace(NUMBERS, '$1"$2"'));
	} catch {
		return null;
	}
}

// Amounts become numbers.
const serialize = (body) => JSON.stringify(body).replace(TEXTS, "$1$2");

// ---- errors, pages, versions ----

export class TicketgateError extends Error {
	// reply: see send(); attempts: how many were made; uncertain: one of them may have changed
	// something although its response was lost.
	constructor(reply, attempts, uncertain) {
		const error = reply.json?.error ?? unexpected(reply);
		super(error.message, { cause: reply.cause });
		this.name = "TicketgateError";
		this.code = error.code;
		this.status = reply.status;
		this.hint = error.hint ?? "";
		this.details = error.details ?? [];
		this.requestId = reply.json?.requestId ?? reply.headers?.get("x-request-id") ?? "";
		this.retryAfter = reply.retryAfter;
		this.attempts = attempts;
		this.uncertain = uncertain;
	}
}

function unexpected({ status, cause }) {
	if (cause)
		return {
			code: "NETWORK_ERROR",
			message: cause.cause?.message ?? cause.message,
			hint: "Check the base URL, the network and the certificate, then try again.",
		};
	return {
		code: "UNEXPECTED_RESPONSE",
		message: `Status ${status} without a response of the API.`,
		hint: "Check the base URL, and the proxies and firewalls on the way.",
	};
}

// A page of a list. Iterating yields its rows.
export class Page {
	#follow;
	constructor({ data, meta }, follow) {
		this.data = data;
		this.meta = { ...meta, total: Number(meta.total) }; // a number of rows, not an amount
		this.#follow = follow;
	}
	[Symbol.iterator]() {
		return this.data[Symbol.iterator]();
	}
	// The next page; null after the last one.
	async next() {
		const cursor = this.meta.nextCursor;
		return cursor === null || cursor === undefined ? null : this.#follow(cursor);
	}
	// The rows of all pages from this one on, by cursor. Every row that exists throughout the walk
	// comes once.
	async *all() {
		for (let page = this; page; page = await page.next()) yield* page.data;
	}
}

const versions = new WeakMap();

// The version of a resource that a method returned, for ifMatch and ifNoneMatch.
export const etagOf = (resource) => versions.get(resource) ?? null;

const version = (given) => (typeof given === "object" && given ? etagOf(given) : given);

// ---- requests ----

function uuid() {
	const bytes = webcrypto.getRandomValues(new Uint8Array(16));
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function query_text(query = {}) {
	const pairs = Object.entries(query).filter(
		([, value]) => value !== undefined && value !== null,
	);
	const text = (value) => (value instanceof Date ? value.toISOString() : String(value));
	const search = new URLSearchParams(pairs.map(([name, value]) => [name, text(value)]));
	return pairs.length ? `?${search}` : "";
}

function request_headers(method, path, key, options) {
	const headers = { accept: "application/json" };
	const set = (name, value) => {
		if (value !== undefined && value !== null) headers[name] = value;
	};
	if (!path.startsWith("/public/")) set("api-key", key);
	if (options.body !== undefined) set("content-type", "application/json");
	if (method === "POST" && options.idempotencyKey !== false)
		set("idempotency-key", options.idempotencyKey ?? uuid());
	set("if-match", version(options.ifMatch));
	set("if-none-match", version(options.ifNoneMatch));
	if (options.strict) set("prefer", "handling=strict");
	return headers;
}

// Seconds of a Retry-After, a number or a date (RFC 9110, section 10.2.3); null without one.
function retry_after(value) {
	if (/^\d{1,9}$/.test(value ?? "")) return Number(value);
	const time = Date.parse(value ?? "");
	return Number.isNaN(time) ? null : Math.max(0, Math.ceil((time - Date.now()) / 1000));
}

const cause_code = (cause) => String(cause?.cause?.code ?? cause?.code ?? "");

function may_have_changed({ status, ours, cause }) {
	if (cause)
		return (
			!NOTHING_SENT.includes(cause_code(cause)) && !BAD_CERTIFICATE.test(cause_code(cause))
		);
	return [502, 503, 504].includes(status) || (status < 300 && !ours);
}

// Whether the same request may be sent again and may then succeed. A POST without an
// Idempotency-Key is never repeated. A PATCH or DELETE with If-Match is not when the first one may
// have been executed: the second one would be told 412.
function repeatable(method, headers, reply) {
	const keyed = "idempotency-key" in headers;
	if (method === "POST" && !keyed) return false;
	if (reply.aborted || BAD_CERTIFICATE.test(cause_code(reply.cause))) return false;
	if (reply.status === 409) return keyed && reply.retryAfter !== null; // the first one is running
	if (!reply.cause && !TEMPORARY.includes(reply.status)) return false;
	return !("if-match" in headers) || keyed || !may_have_changed(reply);
}

// Seconds before an attempt: those that the server asked for, or longer from time to time.
function wait_before(attempt, retryAfter) {
	const backoff = Math.min(MAX_BACKOFF, BACKOFF * 2 ** (attempt - 2));
	return (retryAfter ?? 0) + backoff * (0.5 + Math.random() / 2); // jitter: not all at once
}

// An aborted signal after `seconds`, or when the caller's signal is.
function deadline(seconds, signal) {
	const controller = new AbortController();
	const abort = () => controller.abort(signal?.reason);
	const timer = setTimeout(
		() => controller.abort(new Error(`no response within ${seconds} s`)),
		Math.max(1, seconds * 1000),
	);
	if (signal?.aborted) abort();
	signal?.addEventListener("abort", abort);
	const end = () => {
		clearTimeout(timer);
		signal?.removeEventListener("abort", abort);
	};
	return { signal: controller.signal, end };
}

async function read_text(response) {
	const reader = response.body?.getReader();
	const decoder = new TextDecoder();
	let text = "";
	for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
		text += decoder.decode(part.value, { stream: true });
		if (text.length > MAX_RESPONSE) {
			await reader.cancel();
			throw new Error("the response is too large");
		}
	}
	return text + decoder.decode();
}

// Whether a body is one of this API: an error, or data.
const is_ours = (status, json) =>
	status === 304 ||
	Boolean(json?.error?.code && json.requestId) ||
	(status < 300 && typeof json?.data === "object" && json.data !== null);

export class Ticketgate {
	#base;
	#key;
	#settings;
	#override = false; // PATCH and DELETE are sent as POST: something on the way refuses them

	constructor({ baseUrl, key = null, ...settings }) {
		if (!/^(https?:\/\/[^?#\s]+|\/[^?#\s]*)?$/i.test(baseUrl))
			throw new TypeError("baseUrl must be http(s)://HOST[/PATH], or a path in a browser");
		this.#base = baseUrl.replace(/\/+$/, "");
		this.#key = key;
		this.#settings = {
			fetch: (...args) => globalThis.fetch(...args),
			sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
			...DEFAULTS,
			...settings,
		};
	}

	// Calls an operation that has no method; the path begins with a mount point. Returns a Page for
	// lists, null for ifNoneMatch when the version is unchanged, else the resource.
	async call(method, path, options = {}) {
		const headers = request_headers(method, path, this.#key, options);
		const reply = await this.#repeat(method, path, headers, options);
		if (reply.status === 304) return null;
		if (reply.json.meta) {
			const { page, ...query } = options.query ?? {};
			return new Page(reply.json, (cursor) =>
				this.call(method, path, { ...options, query: { ...query, cursor } }),
			);
		}
		const etag = reply.headers.get("etag");
		if (etag) versions.set(reply.json.data, etag);
		return reply.json.data;
	}

	// Repeats the request until it succeeds, cannot succeed, or the time is over.
	async #repeat(method, path, headers, options) {
		const { maxAttempts, totalTimeout, sleep } = this.#settings;
		let spent = 0; // seconds in attempts and waits
		let uncertain = false;
		for (let attempt = 1; ; attempt++) {
			const start = Date.now();
			const reply = await this.#attempt(method, path, headers, options, totalTimeout - spent);
			spent += Math.max(0, (Date.now() - start) / 1000);
			if (reply.ours && (reply.status < 300 || reply.status === 304)) return reply;
			uncertain ||= method !== "GET" && may_have_changed(reply);
			const wait = wait_before(attempt + 1, reply.retryAfter);
			const late = attempt >= maxAttempts || spent + wait >= totalTimeout;
			if (late || !repeatable(method, headers, reply))
				throw new TicketgateError(reply, attempt, uncertain);
			await sleep(wait);
			spent += wait;
		}
	}

	// One attempt. A PATCH or DELETE that something before the server refuses, such as a firewall
	// of the host, is sent again as POST with X-HTTP-Method-Override, and so are all later ones.
	async #attempt(method, path, headers, options, left) {
		const overridable = ["PATCH", "PUT", "DELETE"].includes(method);
		if (!overridable || !this.#override) {
			const reply = await this.#send(method, path, headers, options, left);
			const refused = !reply.ours && [403, 405, 501].includes(reply.status);
			if (!overridable || !refused) return reply;
		}
		const more = { ...headers, "x-http-method-override": method };
		const reply = await this.#send("POST", path, more, options, left);
		this.#override = reply.ours;
		return reply;
	}

	// {status (0: no response), headers, json, ours, retryAfter, cause, aborted}
	async #send(method, path, headers, { query, body, signal }, left) {
		const limit = deadline(Math.min(this.#settings.timeout, left), signal);
		try {
			const response = await this.#settings.fetch(this.#base + path + query_text(query), {
				method,
				headers,
				body: body === undefined ? undefined : serialize(body),
				redirect: "manual", // the key goes to this host only
				credentials: "omit",
				signal: limit.signal,
			});
			const json = parse(await read_text(response));
			const ours = is_ours(response.status, json);
			return {
				status: response.status,
				headers: response.headers,
				json: ours ? json : null,
				ours,
				retryAfter: retry_after(response.headers.get("retry-after")),
			};
		} catch (cause) {
			return { status: 0, ours: false, retryAfter: null, cause, aborted: signal?.aborted };
		} finally {
			limit.end();
		}
	}
}

for (const [name, line] of Object.entries(OPERATIONS))
	Object.defineProperty(Ticketgate.prototype, name, {
		value: operation(line),
		writable: true,
		configurable: true,
	});

// ---- webhooks ----

export class WebhookError extends Error {
	name = "WebhookError";
}

function header(headers, name) {
	if (typeof headers.get === "function") return headers.get(name) ?? "";
	const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
	return typeof found?.[1] === "string" ? found[1] : "";
}

const from_base64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function signature(secret, content) {
	if (!/^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(secret))
		// also "": anyone could sign with it
		throw new TypeError("a webhook secret is whsec_ and base64");
	const algorithm = { name: "HMAC", hash: "SHA-256" };
	const raw = from_base64(secret.slice(6));
	const key = await webcrypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
	const code = new Uint8Array(await webcrypto.subtle.sign("HMAC", key, content));
	return `v1,${btoa(String.fromCharCode(...code))}`;
}

// In constant time for texts of the same length.
function equal(a, b) {
	let difference = a.length ^ b.length;
	for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
	return difference === 0;
}

// Returns the event of a request whose signature is valid. body: the raw text or bytes; secrets:
// one, or several while a secret is being replaced. Deliveries can repeat: store the event's id
// under a unique key together with its effects. See doc/webhooks.md.
export async function verifyWebhook(body, headers, secrets, { tolerance = 300, now } = {}) {
	const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
	const id = header(headers, "webhook-id");
	const stamp = header(headers, "webhook-timestamp");
	if (!id || !/^\d{1,15}$/.test(stamp))
		throw new WebhookError("webhook-id or webhook-timestamp is missing or invalid");
	if (Math.abs((now ?? Date.now() / 1000) - Number(stamp)) > tolerance)
		throw new WebhookError("webhook-timestamp is out of tolerance");
	const prefix = new TextEncoder().encode(`${id}.${stamp}.`);
	const content = new Uint8Array([...prefix, ...bytes]);
	const given = header(headers, "webhook-signature").split(" ");
	let matches = false;
	for (const secret of [secrets].flat()) {
		const want = await signature(secret, content);
		for (const one of given) matches = equal(want, one) || matches;
	}
	if (!matches) throw new WebhookError("no signature matches");
	const event = parse(new TextDecoder().decode(bytes));
	if (typeof event !== "object" || !event) throw new WebhookError("the body is not JSON");
	return event;
}
