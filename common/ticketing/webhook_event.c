/* webhook_event: the table of webhook events: names, payloads, samples and descriptions. */
#include "common/ticketing/webhook_event.h"

#include "common/ticketing/event.h"
#include "common/ticketing/order.h"
#include "common/ticketing/ticket.h"

#include <string.h>

const char *const webhook_event_names[] = {
	[WEBHOOK_ORDER_COMPLETED] = "order.completed",
	[WEBHOOK_ORDER_REFUNDED] = "order.refunded",
	[WEBHOOK_EVENT_SOLD_OUT] = "event.sold_out",
	[WEBHOOK_INVENTORY_LOW] = "ticket.inventory_low",
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

const struct webhook_event_row webhook_events[] = {
	[WEBHOOK_ORDER_COMPLETED] = {&order, order_sample, NULL, item_sample, NULL,
		"An order is completed."},
	[WEBHOOK_ORDER_REFUNDED] = {&order, order_sample, refunded_sample, item_sample,
		refunded_item_sample, "An order is refunded, in part or in full."},
	[WEBHOOK_EVENT_SOLD_OUT] = {&event, event_sample, NULL, NULL, NULL,
		"The last ticket of an event is sold. Sent once, until capacity returns."},
	[WEBHOOK_INVENTORY_LOW] = {&ticket, ticket_sample, NULL, NULL, NULL,
		"The remaining tickets of a type fall below its threshold. Sent once, until they "
		"rise "
		"again."},
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
		write_text(j, "description", webhook_events[e].doc);
		write_end_object(j);
	}
	write_end_array(j);
}
