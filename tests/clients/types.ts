// types: a program that uses the types of ticketgate.js; it is compiled, not run.
import { Page, Ticketgate, TicketgateError, etagOf, verifyWebhook } from "./ticketgate.js";
import type { EventListItem, Order } from "./ticketgate.js";

const api = new Ticketgate({ baseUrl: "https://tickets.example.com", key: "tn_live_" });

const page: Page<EventListItem> = await api.listEvents({ status: "PUBLISHED", from: new Date() });
for await (const event of page.all()) event.name.length;
// @ts-expect-error: not a status
await api.listEvents({ status: "NONE" });

const event = await api.getEvent("a");
const price: string = event.tickets[0]?.price ?? "0";
await api.createTicket("a", { name: "Seat", price, quantity: 2 }, { idempotencyKey: "t-1" });
await api.createTicket("a", { name: "Seat", price: 1500.5, quantity: 2 });
// @ts-expect-error: quantity is missing
await api.createTicket("a", { name: "Seat", price });
await api.updateEvent("a", { dateTime: new Date() }, { ifMatch: event });
await api.updateEvent("a", { eventCapacity: null }, { ifMatch: etagOf(event) ?? "*" });

const unchanged = await api.getEvent("a", { ifNoneMatch: event });
// @ts-expect-error: null when it has not changed
unchanged.id;
unchanged?.id;

const hold = await api.createHold({ eventId: "e", items: [{ ticketId: "t", quantity: 1 }] });
const order: Order = await api.createSale({
	holdId: hold.id,
	buyer: { name: "Ana Ramos", email: "ana@example.com" },
});
await api.releaseHold(hold.id).catch((error: unknown) => {
	if (error instanceof TicketgateError) error.details.map((detail) => detail.field);
});
await api.testWebhook("w");

const notice = await verifyWebhook("{}", { "webhook-id": "evt_" }, ["whsec_"]);
if (notice.event === "order.refunded") notice.data.refundedTotal.length;
if (notice.event === "event.sold_out") notice.data.name.length + order.items.length;
