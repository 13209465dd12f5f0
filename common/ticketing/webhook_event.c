/* webhook_event: the table of webhook events: names, payloads, samples and descriptions. */
#include "common/ticketing/webhook_event.h"

#include "common/ticketing/event.h"
#include "common/ticketing/issued_ticket_view.h"
#include "common/ticketing/order.h"
#include "common/ticketing/ticket.h"

#include <string.h>

const char *const webhook_event_names[] = {
	[WEBHOOK_ORDER_COMPLETED] = "order.completed",
	[WEBHOOK_ORDER_REFUNDED] = "order.refunded",
	[WEBHOOK_EVENT_SOLD_OUT] = "event.sold_out",
	[WEBHOOK_INVENTORY_LOW] = "ticket.inventory_low",
	[WEBHOOK_TICKET_CHECKED_IN] = "ticket.checked_in",
	[WEBHOOK_EVENTS] = NULL,
};

#define ID(name)                        \
	{                               \
		name, VAL_UUID, 0, NULL \
	}
#define TEXT(name, text)                \
	{                               \
		name, VAL_TEXT, 0, text \
	}
#define NUMBER(name, n)                \
	{                              \
		name, VAL_INT, n, NULL \
	}
#define DAYS(name, n)                   \
	{                               \
		name, VAL_TIME, n, NULL \
	}

static const struct sample order_sample[] = {
	ID("id"),
	TEXT("reference", "TN-7K3M9QXW"),
	ID("eventId"),
	TEXT("status", "COMPLETED"),
	TEXT("buyer.name", "Ana Reyes"),
	TEXT("buyer.email", "ana@example.com"),
	TEXT("buyer.phone", "+63 917 000 0000"),
	TEXT("currency", "PHP"),
	NUMBER("subtotal", 300000),
	NUMBER("fees", 0),
	NUMBER("total", 300000),
	NUMBER("refundedTotal", 0),
	TEXT("payment.provider", "cash"),
	TEXT("payment.reference", "till 3"),
	DAYS("createdAt", 0),
	DAYS("completedAt", 0),
	{0},
};
/* What a refund changes of it. */
static const struct sample refunded_sample[] = {TEXT("status", "PARTIALLY_REFUNDED"),
	NUMBER("refundedTotal", 150000), DAYS("refundedAt", 0), DAYS("createdAt", -2),
	DAYS("completedAt", -2), {0}};
static const struct sample item_sample[] = {
	ID("id"),
	ID("ticketId"),
	TEXT("name", "General Admission"),
	NUMBER("quantity", 2),
	NUMBER("unitPrice", 150000),
	NUMBER("subtotal", 300000),
	NUMBER("refundedQuantity", 0),
	{0},
};
static const struct sample refunded_item_sample[] = {NUMBER("refundedQuantity", 1), {0}};
static const struct sample event_sample[] = {
	ID("id"),
	TEXT("name", "Himig ng Bayan"),
	DAYS("dateTime", 30),
	TEXT("type", "PAID"),
	TEXT("journeyType", "STANDARD"),
	TEXT("visibility", "PUBLIC"),
	TEXT("galleryUrls", "[]"),
	NUMBER("absorbFees", 1),
	TEXT("timezone", "Asia/Manila"),
	TEXT("currency", "PHP"),
	NUMBER("eventCapacity", 500),
	TEXT("slug", "himig-ng-bayan"),
	TEXT("status", "PUBLISHED"),
	NUMBER("soldOut", 1),
	NUMBER("ticketsSold", 500),
	DAYS("publishedAt", -20),
	DAYS("createdAt", -21),
	DAYS("updatedAt", -20),
	ID("organizationId"),
	{0},
};
static const struct sample ticket_sample[] = {
	ID("id"),
	ID("eventId"),
	TEXT("name", "General Admission"),
	NUMBER("price", 150000),
	NUMBER("quantity", 500),
	NUMBER("published", 1),
	NUMBER("minPerOrder", 1),
	NUMBER("maxPerOrder", 10),
	NUMBER("lowInventoryThreshold", 50),
	NUMBER("position", 0),
	TEXT("currency", "PHP"),
	NUMBER("sold", 451),
	NUMBER("held", 0),
	NUMBER("remaining", 49),
	NUMBER("soldOut", 0),
	TEXT("status", "PUBLISHED"),
	DAYS("createdAt", -21),
	DAYS("updatedAt", -20),
	{0},
};
static const struct sample issued_ticket_sample[] = {
	TEXT("code", "TN-7K3M9QXW-1.2-4T0ZV6Q9KD"),
	TEXT("status", "CHECKED_IN"),
	ID("order.id"),
	TEXT("order.reference", "TN-7K3M9QXW"),
	ID("itemId"),
	ID("event.id"),
	TEXT("event.name", "Himig ng Bayan"),
	TEXT("event.slug", "himig-ng-bayan"),
	ID("ticket.id"),
	TEXT("ticket.name", "General Admission"),
	TEXT("buyerName", "Ana Reyes"),
	ID("checkInId"),
	DAYS("checkedInAt", 0),
	TEXT("gate", "Gate B"),
	{0},
};
static const struct sample issued_in_order_sample[] = {
	TEXT("code", "TN-7K3M9QXW-1.1-0C2M8XKDE5"),
	ID("itemId"),
	TEXT("status", "ISSUED"),
	{0},
};

const struct webhook_event_row webhook_events[] = {
	[WEBHOOK_ORDER_COMPLETED] = {.payload = &order,
		.sample = order_sample,
		.child = item_sample,
		.embedded = "issuedTickets",
		.embedded_row = issued_in_order_sample,
		.doc = "An order is completed."},
	[WEBHOOK_ORDER_REFUNDED] = {.payload = &order,
		.sample = order_sample,
		.changes = refunded_sample,
		.child = item_sample,
		.child_changes = refunded_item_sample,
		.embedded = "issuedTickets",
		.embedded_row = issued_in_order_sample,
		.doc = "An order is refunded, in part or in full."},
	[WEBHOOK_EVENT_SOLD_OUT] = {.payload = &event,
		.sample = event_sample,
		.doc = "The last ticket of an event is sold. Sent once, until capacity returns."},
	[WEBHOOK_INVENTORY_LOW] = {.payload = &ticket,
		.sample = ticket_sample,
		.doc = "The remaining tickets of a type fall below its threshold. Sent once, until "
		       "they "
		       "rise "
		       "again."},
	[WEBHOOK_TICKET_CHECKED_IN] = {.payload = &issued_ticket,
		.sample = issued_ticket_sample,
		.doc = "A ticket is checked in at the door."},
};

enum webhook_event webhook_event_find(const char *name)
{
	enum webhook_event e = 0;
	while (e < WEBHOOK_EVENTS && strcmp(webhook_event_names[e], name) != 0)
		e++;
	return e;
}

void webhook_events_describe(struct json *j)
{
	write_array(j, "webhookEvents");
	for (enum webhook_event e = 0; e < WEBHOOK_EVENTS; e++) {
		write_object(j, NULL);
		write_text(j, "name", webhook_event_names[e]);
		write_text(j, "payload", webhook_events[e].payload->name);
		write_bool(j, "embedded", webhook_events[e].embedded != NULL);
		write_text(j, "description", webhook_events[e].doc);
		write_end_object(j);
	}
	write_end_array(j);
}
