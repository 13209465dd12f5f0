/* orders: what was bought. */
#include "fcgi/orders/orders.h"

#include "fcgi/events/events.h"
#include "common/ticketing/order_reference.h"

static const struct field buyer_fields[] = {
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Who bought."},
	{"email", FIELD_TEXT, FIELD_OUT, .doc = "Where the tickets went."},
	{"phone", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "As the buyer wrote it."},
	{0},
};

static const struct field payment_fields[] = {
	{"provider", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Who took the money."},
	{"reference", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "What the provider calls the payment."},
	{0},
};

const struct field order_item_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the line of the order."},
	{"ticketId", FIELD_UUID, FIELD_OUT, .doc = "The ticket type."},
	{"name", FIELD_TEXT, FIELD_OUT,
		.doc = "What the ticket type was called when it was bought."},
	{"quantity", FIELD_INT, FIELD_OUT, .doc = "How many were bought."},
	{"unitPrice", FIELD_MONEY, FIELD_OUT, .doc = "The price of one when it was bought."},
	{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "quantity times unitPrice."},
	{"refundedQuantity", FIELD_INT, FIELD_OUT, .doc = "How many of them were refunded since."},
	{0},
};

const struct field order_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the order."},
	{"reference", FIELD_TEXT, FIELD_OUT,
		.doc = "What people call it, such as TN-7K3M9QXW; unique in the organization."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "The event that its tickets are for."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = order_statuses,
		.doc = "COMPLETED until something of it is refunded."},
	{"buyer", FIELD_OBJECT, FIELD_OUT, .sub = buyer_fields, .doc = "Who bought."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Of all its amounts."},
	{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "The sum of its items."},
	{"fees", FIELD_MONEY, FIELD_OUT, .doc = "What the buyer paid on top."},
	{"total", FIELD_MONEY, FIELD_OUT, .doc = "What the buyer paid."},
	{"refundedTotal", FIELD_MONEY, FIELD_OUT, .doc = "What the buyer got back."},
	{"payment", FIELD_OBJECT, FIELD_OUT | FIELD_NULLABLE, .sub = payment_fields,
		.doc = "How it was paid; null when nothing is known of it."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"completedAt", FIELD_TIME, FIELD_OUT, .doc = "When the purchase was complete."},
	{"refundedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "When something of it was last refunded."},
	{"items", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED | FIELD_ALWAYS, .sub = order_item_fields,
		.doc = "What was bought."},
	{0},
};

static const struct statement get = {"order_get",
	"SELECT " ORDER_COLUMNS " FROM orders o WHERE o.id = :id AND o.org_id = :org", SQL_READ};
static const struct statement by_reference = {"order_by_reference",
	"SELECT id"
	" FROM orders"
	" WHERE org_id = :org AND reference = :name",
	SQL_READ};
static const struct statement items = {
	"order_items",
	"SELECT i.order_id AS parent, i.id, i.ticket_id AS ticketId, i.name, i.quantity,"
	" i.unit_price AS unitPrice, i.subtotal, i.refunded_quantity AS refundedQuantity,"
	" CONCAT(i.quantity, ' \xc3\x97 ', i.name) AS summary"
	" FROM JSON_TABLE(:parents,"
	" '$[*]' COLUMNS (n FOR ORDINALITY, id CHAR(32) PATH '$')) p"
	" STRAIGHT_JOIN order_items i ON i.order_id = UNHEX(p.id)"
	" WHERE i.org_id = :org"
	" ORDER BY p.n, i.id",
	SQL_READ,
};

const struct resource order_item = {
	.title = "Item",
	.name = "orderItem",
	.fields = order_item_fields,
	.sql.by_parents = &items,
};

const struct resource order = {
	.title = "Order",
	.name = "order",
	.fields = order_fields,
	.parent = &event,
	.parent_param = "eventId",
	.sql.get = &get,
	.sql.by_name = &by_reference,
	.name_of = reference_read,
	.list = &order_listing,
	.children = (const struct child[]){{"items", &order_item, NULL}, {0}},
};

#define READ SCOPE_ORDERS_READ, ROUTE_READ | ROUTE_RECALL

static const struct route routes[] = {
	{METHOD_GET, "/orders", READ | ROUTE_LIST, "order.list", crud_list, &order,
		.query = order_filters, .doc = "Lists the organization's orders."},
	{METHOD_GET, "/orders/{idOrReference}", READ, "order.get", crud_get, &order,
		.doc = "Shows one order."},
	{METHOD_GET, "/events/{idOrSlug}/orders", READ | ROUTE_UNDER | ROUTE_LIST,
		"event.order.list", crud_list, &order, .query = order_filters + 1,
		.doc = "Lists an event's orders."},
	{0},
};

const struct module orders_module = {
	.routes = routes,
	.statements =
		(const struct statement *const[]){
			&get,
			&by_reference,
			&items,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&order,
			NULL,
		},
};
