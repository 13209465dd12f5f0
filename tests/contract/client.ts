// client: calls every operation of the API by openapi-fetch with default options; its types are
// those that openapi-typescript makes of htdocs/openapi.json with default options. Prints what was
// called, as JSON: "METHOD path status" each.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths, webhooks } from "./schema.js";

declare const process: { env: Record<string, string | undefined>; exitCode: number };

const { baseUrl, key, email, password, hook, venue, org } = JSON.parse(
	process.env["TG_CLIENT"] ?? "{}",
) as Record<"baseUrl" | "key" | "email" | "password" | "hook" | "venue" | "org", string>;

const called: string[] = [];
const record: Middleware = {
	onResponse({ request, schemaPath, response }) {
		called.push(`${request.method} ${schemaPath} ${response.status}`);
	},
};
const api = createClient<paths>({ baseUrl, headers: { "api-key": key } });
const visitor = createClient<paths>({ baseUrl });
api.use(record);
visitor.use(record);

function assert(truth: boolean, words: string): asserts truth {
	if (!truth) throw new Error(words);
}

// Fails to compile unless A and B are the same type.
type Same<A, B> =
	(<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(...yes: T[]) => yes;

// The body of a success; what is refused ends the program with its message.
async function ok<T extends { data?: unknown; error?: ErrorBody; response: Response }>(
	call: Promise<T>,
): Promise<NonNullable<T["data"]>> {
	const { data, error, response } = await call;
	if (error)
		throw new Error(
			`${response.url}: ${response.status} ${error.error.code}: ${error.error.message} ` +
				error.error.details.map((d) => d.message).join("; "),
		);
	assert(data !== undefined && data !== null, `${response.url}: no body`);
	return data;
}

type ErrorBody = components["schemas"]["ErrorEnvelope"];
type Code = ErrorBody["error"]["code"];

async function refused(call: Promise<{ error?: ErrorBody }>, code: Code) {
	const { error } = await call;
	assert(error?.error.code === code, `${code} expected, not ${error?.error.code}`);
	assert(error.requestId.startsWith("req_") && error.error.hint !== "", "no request id, no hint");
}

const dateTime = "2040-11-14T19:00:00+08:00";

async function check_account() {
	const { data } = await ok(api.GET("/open-api/v1/me"));
	assert(data.organization.slug === org && data.apiKey?.scopes.length !== 0, "another account");
	// @ts-expect-error paths have their mount
	void (() => api.GET("/me"));
	await refused(visitor.GET("/open-api/v1/me"), "UNAUTHORIZED");
}

async function check_events() {
	const made = await ok(
		api.POST("/open-api/v1/events", { body: { name: "Typed", dateTime, venueId: venue } }),
	);
	const event = made.data;
	const tickets: components["schemas"]["Ticket"][] = event.tickets;
	assert(event.type === "PAID" && tickets.length === 0, "defaults are the server's");
	const path = { idOrSlug: event.slug };
	const one = { params: { path } };
	const list = await ok(
		api.GET("/open-api/v1/events", { params: { query: { take: 5, sort: "-dateTime" } } }),
	);
	same<Same<typeof list.meta.nextCursor, string | null>>(true);
	assert(list.meta.total >= 1 && list.data.some((e) => e.id === event.id), "not in the list");
	// @ts-expect-error lists are without what lies inside an event
	void list.data[0]?.tickets;
	const shown = await ok(api.GET("/open-api/v1/events/{idOrSlug}", one));
	assert(shown.data.venue?.name !== undefined, "no venue");
	const changed = await ok(
		api.PATCH("/open-api/v1/events/{idOrSlug}", { ...one, body: { eventCapacity: 500 } }),
	);
	assert(changed.data.eventCapacity === 500, "not changed");
	await refused(
		api.POST("/open-api/v1/events", { body: { name: "", dateTime } }),
		"VALIDATION_ERROR",
	);
	await refused(
		api.GET("/open-api/v1/events/{idOrSlug}", { params: { path: { idOrSlug: "nothing" } } }),
		"NOT_FOUND",
	);
	// @ts-expect-error the name is required
	void (() => api.POST("/open-api/v1/events", { body: { dateTime } }));
	await check_parts(event.id);
	await check_event_tickets(event.id);
	const publish = await ok(api.POST("/open-api/v1/events/{idOrSlug}/publish", one));
	same<Same<typeof publish.data.status, "DRAFT" | "PUBLISHED" | "ARCHIVED">>(true);
	await ok(api.POST("/open-api/v1/events/{idOrSlug}/unpublish", one));
	await ok(api.POST("/open-api/v1/events/{idOrSlug}/archive", one));
	await ok(api.POST("/open-api/v1/events/{idOrSlug}/restore", one));
	const gone = await ok(api.DELETE("/open-api/v1/events/{idOrSlug}", one));
	same<Same<typeof gone.data.deleted, true>>(true);
}

async function check_parts(idOrSlug: string) {
	const all = { params: { path: { idOrSlug } } };
	const at = (id: string) => ({ params: { path: { idOrSlug, id } } });

	const performers = "/open-api/v1/events/{idOrSlug}/performers";
	const performer = await ok(api.POST(performers, { ...all, body: { name: "Ana" } }));
	const who = at(performer.data.id);
	assert((await ok(api.GET(performers, all))).meta.total === 1, "one performer");
	await ok(api.GET(`${performers}/{id}`, who));
	await ok(api.PATCH(`${performers}/{id}`, { ...who, body: { role: "HEADLINER" } }));

	const schedules = "/open-api/v1/events/{idOrSlug}/schedules";
	const body = { title: "Doors", startsAt: dateTime, performerIds: [performer.data.id] };
	const schedule = await ok(api.POST(schedules, { ...all, body }));
	const what = at(schedule.data.id);
	assert((await ok(api.GET(schedules, all))).data[0]?.title === "Doors", "one item");
	await ok(api.GET(`${schedules}/{id}`, what));
	await ok(api.PATCH(`${schedules}/{id}`, { ...what, body: { stage: "Main" } }));
	await ok(api.DELETE(`${schedules}/{id}`, what));
	await ok(api.DELETE(`${performers}/{id}`, who));

	const brands = "/open-api/v1/events/{idOrSlug}/brands";
	const brand = await ok(api.POST(brands, { ...all, body: { name: "Kape" } }));
	assert(brand.data.role === "SPONSOR", "the default role");
	const which = at(brand.data.id);
	await ok(api.GET(brands, all));
	await ok(api.GET(`${brands}/{id}`, which));
	await ok(api.PATCH(`${brands}/{id}`, { ...which, body: { logoUrl: null } }));
	await ok(api.DELETE(`${brands}/{id}`, which));
}

async function check_event_tickets(idOrSlug: string) {
	const tickets = "/open-api/v1/events/{idOrSlug}/tickets";
	const all = { params: { path: { idOrSlug } } };
	const make = async () =>
		(await ok(api.POST(tickets, { ...all, body: { name: "GA", price: 10.5, quantity: 5 } })))
			.data.id;

	const nested = { params: { path: { idOrSlug, id: await make() } } };
	const listed = await ok(api.GET(tickets, all));
	assert(listed.data[0]?.price === 10.5 && listed.meta.total === 1, "one ticket type");
	await ok(api.GET(`${tickets}/{id}`, nested));
	await ok(api.PATCH(`${tickets}/{id}`, { ...nested, body: { quantity: 6 } }));
	await ok(api.POST(`${tickets}/{id}/publish`, nested));
	await ok(api.POST(`${tickets}/{id}/sold-out`, nested));
	await ok(api.POST(`${tickets}/{id}/on-sale`, nested));
	await ok(api.POST(`${tickets}/{id}/unpublish`, nested));
	await ok(api.DELETE(`${tickets}/{id}`, nested));

	const direct = { params: { path: { id: await make() } } };
	const ticket = "/open-api/v1/tickets/{id}";
	await ok(api.GET(ticket, direct));
	await ok(api.PATCH(ticket, { ...direct, body: { description: null } }));
	await ok(api.POST(`${ticket}/publish`, direct));
	const sold_out = await ok(api.POST(`${ticket}/sold-out`, direct));
	assert(sold_out.data.soldOut && sold_out.data.status === "SOLD_OUT", "sold out");
	await ok(api.POST(`${ticket}/on-sale`, direct));
	await ok(api.POST(`${ticket}/unpublish`, direct));
	await ok(api.DELETE(ticket, direct));
}

async function check_venues() {
	const found = await ok(
		api.GET("/open-api/v1/venues", { params: { query: { search: "hall", country: "PH" } } }),
	);
	assert(found.data[0]?.id === venue, "another venue");
	const one = await ok(api.GET("/open-api/v1/venues/{id}", { params: { path: { id: venue } } }));
	same<Same<typeof one.data.latitude, number | null>>(true);
}

async function check_sales() {
	const { data: event } = await ok(
		api.POST("/open-api/v1/events", {
			body: {
				name: "On sale",
				dateTime,
				tickets: [
					{ name: "GA", price: 100, quantity: 50, published: true },
					{ name: "Free", price: 0, quantity: 50, published: true },
				],
			},
		}),
	);
	await ok(
		api.POST("/open-api/v1/events/{idOrSlug}/publish", {
			params: { path: { idOrSlug: event.id } },
		}),
	);
	const wish = (name: string) => ({
		eventId: event.id,
		items: event.tickets
			.filter((t) => t.name === name)
			.map((t) => ({ ticketId: t.id, quantity: 2 })),
	});
	const buyer = { name: "Ana Ramos", email: "ana@example.com" };
	await check_box_office(wish("GA"), buyer);
	await check_orders(event.id);
	const { data: order } = await ok(
		api.POST("/box-office/v1/orders", { body: { ...wish("GA"), buyer } }),
	);
	await check_tickets(event.id, event.slug, order);
	await check_public(event.slug, wish("Free"), buyer);
	await check_webhooks(() =>
		ok(api.POST("/box-office/v1/orders", { body: { ...wish("GA"), buyer } })),
	);
}

type Wish = components["schemas"]["HoldCreate"];
type Buyer = components["schemas"]["OrderBuyerCreate"];

async function check_box_office(wish: Wish, buyer: Buyer) {
	const hold_of = async () => (await ok(api.POST("/box-office/v1/holds", { body: wish }))).data;
	const at = async () => ({ params: { path: { id: (await hold_of()).id } } });
	const first = await at();
	await ok(api.GET("/box-office/v1/holds/{id}", first));
	const { data: hold } = await ok(api.POST("/box-office/v1/holds/{id}/extend", first));
	assert(hold.extended && hold.total === 200, "not extended");
	await ok(api.DELETE("/box-office/v1/holds/{id}", await at()));
	const { data: order } = await ok(
		api.POST("/box-office/v1/orders", {
			params: { header: { "Idempotency-Key": `typed-${hold.id}` } },
			body: { holdId: hold.id, buyer, payment: { provider: "cash" } },
		}),
	);
	const [item] = order.items;
	assert(item !== undefined && order.payment?.provider === "cash", "no items, no payment");
	const { data: back } = await ok(
		api.POST("/box-office/v1/orders/{id}/refund", {
			params: { path: { id: order.id } },
			body: { items: [{ itemId: item.id, quantity: 1 }] },
		}),
	);
	assert(back.status === "PARTIALLY_REFUNDED", "not refunded");
	await refused(
		api.POST("/box-office/v1/holds", {
			body: { ...wish, items: wish.items.map((i) => ({ ...i, quantity: 51 })) },
		}),
		"CONFLICT",
	);
}

async function check_orders(eventId: string) {
	const list = await ok(
		api.GET("/open-api/v1/orders", { params: { query: { eventId, take: 1 } } }),
	);
	same<Same<typeof list, components["schemas"]["OrderListResponse"]>>(true);
	const [order] = list.data;
	assert(order !== undefined && list.meta.total === 1, "one order");
	const path = { idOrReference: order.reference };
	await ok(api.GET("/open-api/v1/orders/{idOrReference}", { params: { path } }));
	const refunds = await ok(
		api.GET("/open-api/v1/orders/{idOrReference}/refunds", { params: { path } }),
	);
	same<Same<typeof refunds.data, components["schemas"]["Refund"][]>>(true);
	const of_event = { params: { path: { idOrSlug: eventId } } };
	const below = await ok(api.GET("/open-api/v1/events/{idOrSlug}/orders", of_event));
	same<Same<typeof below.data, components["schemas"]["OrderListItem"][]>>(true);
	const file = await ok(
		api.GET("/open-api/v1/orders", { headers: { Accept: "text/csv" }, parseAs: "text" }),
	);
	same<Same<typeof file, string>>(true);
	assert(file.startsWith("id,reference,"), "no CSV");
}

async function check_tickets(
	eventId: string,
	eventSlug: string,
	order: components["schemas"]["Order"],
) {
	const of_event = { params: { path: { idOrSlug: eventId } } };
	const of_order = { params: { path: { idOrReference: order.reference } } };
	const [first, second] = order.issuedTickets;
	assert(first !== undefined && second !== undefined, "no issued tickets");
	const listed = await ok(api.GET("/open-api/v1/events/{idOrSlug}/issued-tickets", of_event));
	same<Same<typeof listed.data, components["schemas"]["IssuedTicket"][]>>(true);
	const own = await ok(api.GET("/open-api/v1/orders/{idOrReference}/issued-tickets", of_order));
	assert(own.meta.total === 2 && listed.meta.total > 2, "other tickets");
	await ok(api.GET("/open-api/v1/events/{idOrSlug}/attendees", of_event));
	const name = "Ben Ramos";
	await ok(visitor.POST("/public/v1/ticket-names", { body: { code: first.code, name } }));
	const { data: ticket } = await ok(
		api.GET("/open-api/v1/issued-tickets/{code}", { params: { path: { code: first.code } } }),
	);
	assert(ticket.holderName === name, "not renamed");
	await ok(api.POST("/box-office/v1/orders/{id}/resend", { params: { path: { id: order.id } } }));
	await ok(api.GET("/open-api/v1/orders/{idOrReference}/mail", of_order));
	const lost = { org, event: eventSlug, email: order.buyer.email };
	await ok(visitor.POST("/public/v1/lost-tickets", { body: lost }));
	await check_door(eventId, order.reference, first.code, second.code);
}

async function check_door(eventId: string, reference: string, first: string, second: string) {
	const of_event = { params: { path: { idOrSlug: eventId } } };
	const { data: door } = await ok(api.GET("/box-office/v1/door"));
	assert(door.events.length > 0, "no events at the door");
	const { data: list } = await ok(
		api.GET("/box-office/v1/events/{idOrSlug}/admission-list", of_event),
	);
	assert(list.tickets.length > 1 && list.after === null, "no list of admission");
	const { data: entered } = await ok(
		api.POST("/box-office/v1/check-ins", { body: { eventId, code: first, gate: "North" } }),
	);
	await refused(
		api.POST("/box-office/v1/check-ins", { body: { eventId, code: first } }),
		"ALREADY_CHECKED_IN",
	);
	assert(entered.checkInId !== null, "no id of the check-in");
	const { data: batch } = await ok(
		api.POST("/box-office/v1/check-ins/batch", {
			body: {
				eventId,
				scans: [{ id: crypto.randomUUID(), code: second, at: new Date().toISOString() }],
			},
		}),
	);
	assert(batch.results[0]?.result === "ADMITTED", "not admitted");
	const { data: admission } = await ok(
		api.GET("/box-office/v1/events/{idOrSlug}/admission", of_event),
	);
	assert(admission.checkedIn === 2, "other numbers");
	const path = { id: entered.checkInId };
	await ok(api.DELETE("/box-office/v1/check-ins/{id}", { params: { path } }));
	const unit = { idOrReference: reference, unit: first.split("-").at(-2) ?? "" };
	await ok(
		api.POST("/box-office/v1/orders/{idOrReference}/issued-tickets/{unit}/reissue", {
			params: { path: unit },
		}),
	);
}

async function check_public(eventSlug: string, wish: Wish, buyer: Buyer) {
	const { data: event } = await ok(
		visitor.GET("/public/v1/events/{orgSlug}/{eventSlug}", {
			params: { path: { orgSlug: org, eventSlug } },
		}),
	);
	assert(event.tickets.length === 2 && event.venue === null, "another event");
	const hold_of = async () => {
		const { data } = await ok(visitor.POST("/public/v1/holds", { body: wish }));
		return { params: { path: { id: data.id } } };
	};
	const first = await hold_of();
	const { data: hold } = await ok(visitor.GET("/public/v1/holds/{id}", first));
	same<Same<typeof hold.checkoutUrl, string | null>>(true);
	const { data: order } = await ok(
		visitor.POST("/public/v1/orders", { body: { holdId: hold.id, buyer } }),
	);
	assert(order.event.id === event.id && order.items.length === 1, "another order");
	await ok(visitor.DELETE("/public/v1/holds/{id}", await hold_of()));
}

async function check_webhooks(sell: () => Promise<unknown>) {
	const { data: made } = await ok(
		api.POST("/open-api/v1/webhooks", { body: { url: hook, events: ["order.completed"] } }),
	);
	assert(made.isActive && made.secret.startsWith("whsec_"), "no secret");
	const path = { id: made.id };
	const one = { params: { path } };
	await ok(api.GET("/open-api/v1/webhooks"));
	await ok(api.GET("/open-api/v1/webhooks/{id}", one));
	await ok(api.PATCH("/open-api/v1/webhooks/{id}", { ...one, body: { description: "Shop" } }));
	await ok(api.POST("/open-api/v1/webhooks/{id}/rotate-secret", one));
	const { data: tried } = await ok(api.POST("/open-api/v1/webhooks/{id}/test", one));
	same<Same<typeof tried.delivered, boolean>>(true);
	const delivery = { params: { path: { ...path, deliveryId: tried.deliveryId } } };
	const { data: shown } = await ok(
		api.GET("/open-api/v1/webhooks/{id}/deliveries/{deliveryId}", delivery),
	);
	assert(shown.attempts.length > 0 && shown.isTest, "no attempts");
	read_event(JSON.parse(shown.body ?? ""));
	const since = new Date().toISOString();
	await ok(api.POST("/open-api/v1/webhooks/{id}/recover", { ...one, body: { since } }));
	await sell();
	delivery.params.path.deliveryId = await delivered(made.id);
	await ok(api.POST("/open-api/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", delivery));
	await ok(api.DELETE("/open-api/v1/webhooks/{id}", one));
}

// The id of an event's delivery, once the sender has made one.
async function delivered(id: string) {
	for (const end = Date.now() + 60e3; Date.now() < end;) {
		const { data } = await ok(
			api.GET("/open-api/v1/webhooks/{id}/deliveries", {
				params: { path: { id }, query: { status: "DELIVERED" } },
			}),
		);
		const real = data.find((d) => !d.isTest);
		if (real) return real.id;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error("nothing was delivered");
}

type Delivered = {
	[Name in keyof webhooks]: webhooks[Name]["post"]["requestBody"]["content"]["application/json"];
}[keyof webhooks];

// A receiver: the name of the event decides what `data` is.
function read_event(sent: Delivered): string {
	switch (sent.event) {
		case "order.completed":
		case "order.refunded":
			return `${sent.data.reference} ${sent.data.items.length}`;
		case "event.sold_out":
			return `${sent.data.slug} ${sent.data.ticketsSold}`;
		case "ticket.inventory_low":
			return `${sent.data.name} ${sent.data.remaining}`;
		case "ticket.checked_in":
			return `${sent.data.code} ${sent.data.status}`;
	}
}

async function sign_in(with_password: string) {
	const { data, response } = await visitor.POST("/dashboard/v1/session", {
		body: { email, password: with_password },
	});
	const cookies = response.headers.getSetCookie().map((one) => one.split(";")[0]);
	const headers = { cookie: cookies.join("; "), "x-csrf-token": data?.data.csrfToken };
	const user = createClient<paths>({ baseUrl, headers });
	user.use(record);
	return user;
}

async function check_dashboard() {
	const user = await sign_in(password);
	const { data: session } = await ok(user.GET("/dashboard/v1/session"));
	same<Same<typeof session.user.role, "owner" | "viewer" | "door">>(true);
	const audit = await ok(user.GET("/dashboard/v1/audit", { params: { query: { take: 5 } } }));
	assert(audit.meta.take === 5 && audit.data.length > 0, "no audit log");
	const stats = await ok(user.GET("/dashboard/v1/stats"));
	same<Same<typeof stats.data.days, components["schemas"]["StatsDay"][]>>(true);
	await ok(user.GET("/dashboard/v1/timezones"));
	await check_keys(user);
	await check_team(user);
	const next = `${password} again`;
	await ok(
		user.POST("/dashboard/v1/session/password", {
			body: { currentPassword: password, newPassword: next },
		}),
	);
	await ok((await sign_in(next)).DELETE("/dashboard/v1/session"));
}

async function check_keys(user: ReturnType<typeof createClient<paths>>) {
	const scopes = await ok(user.GET("/dashboard/v1/scopes"));
	assert(scopes.data.scopes.length > 0, "no scopes");
	const { data: made } = await ok(
		user.POST("/dashboard/v1/keys", { body: { name: "Typed", scopes: ["events:read"] } }),
	);
	const one = { params: { path: { id: made.id } } };
	assert(made.key.startsWith("tn_live_"), "no key");
	const keys = await ok(user.GET("/dashboard/v1/keys"));
	assert(keys.meta.total >= 2, "no keys");
	await ok(user.GET("/dashboard/v1/keys/{id}", one));
	await ok(user.PATCH("/dashboard/v1/keys/{id}", { ...one, body: { description: "New" } }));
	const { data: successor } = await ok(user.POST("/dashboard/v1/keys/{id}/rotate", one));
	await ok(user.DELETE("/dashboard/v1/keys/{id}", { params: { path: { id: successor.id } } }));
}

// The one-time code of a link.
const code_of = (url: string) => url.split("#")[1]?.replace("set-password/", "") ?? "";

async function check_team(user: ReturnType<typeof createClient<paths>>) {
	const { data: made } = await ok(
		user.POST("/dashboard/v1/users", { body: { email: "bea@example.com", role: "viewer" } }),
	);
	const one = { params: { path: { id: made.id } } };
	const { data: again } = await ok(user.POST("/dashboard/v1/users/{id}/invite", one));
	const body = { code: code_of(again.inviteUrl), password: `${password} too` };
	await ok(visitor.POST("/dashboard/v1/password/set", { body }));
	await ok(user.POST("/dashboard/v1/users/{id}/reset-password", one));
	const { data: link } = await ok(
		user.POST("/dashboard/v1/door-links", { body: { name: "North gate" } }),
	);
	const code = code_of(link.url);
	await ok(visitor.POST("/dashboard/v1/door-session", { body: { code } }));
	const team = await ok(user.GET("/dashboard/v1/users"));
	assert(team.meta.total === 3, "another team");
	await ok(user.DELETE("/dashboard/v1/users/{id}", one));
}

try {
	await check_account();
	await check_venues();
	await check_events();
	await check_sales();
	await check_dashboard();
} catch (error) {
	console.error(error);
	process.exitCode = 1;
}
console.log(JSON.stringify(called));
