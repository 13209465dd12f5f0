/* order: what was bought, as it is shown and announced. */
#include "common/ticketing/order.h"

#include "common/ticketing/order_reference.h"

const char *const order_statuses[] = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", NULL};

static const struct field order_buyer_fields[] = {
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Who bought."},
	{"email", FIELD_TEXT, FIELD_OUT, .doc = "Where the tickets went."},
	{"phone", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "As the buyer wrote it."},
	{0},
};

static const struct field order_payment_fields[] = {
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
	{"buyer", FIELD_OBJECT, FIELD_OUT, .sub = order_buyer_fields, .doc = "Who bought."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Of all its amounts."},
	{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "The sum of its items."},
	{"fees", FIELD_MONEY, FIELD_OUT, .doc = "What the buyer paid on top."},
	{"total", FIELD_MONEY, FIELD_OUT, .doc = "What the buyer paid."},
	{"refundedTotal", FIELD_MONEY, FIELD_OUT, .doc = "What the buyer got back."},
	{"payment", FIELD_OBJECT, FIELD_OUT | FIELD_NULLABLE, .sub = order_payment_fields,
		.doc = "How it was paid; null when nothing is known of it."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"completedAt", FIELD_TIME, FIELD_OUT, .doc = "When the purchase was complete."},
	{"refundedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "When something of it was last refunded."},
	{"items", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED | FIELD_ALWAYS, .sub = order_item_fields,
		.doc = "What was bought."},
	{0},
};

const struct statement order_get = {"order_get",
	"SELECT " ORDER_COLUMNS " FROM orders o WHERE o.id = :id AND o.org_id = :org", SQL_READ};
const struct statement order_by_reference = {"order_by_reference",
	"SELECT id"
	" FROM orders"
	" WHERE org_id = :org AND reference = :name",
	SQL_READ};
const struct statement order_items = {
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
	.sql.by_parents = &order_items,
};

const struct child order_children[] = {{"items", &order_item, NULL}, {0}};

const struct resource order = {
	.title = "Order",
	.name = "order",
	.fields = order_fields,
	.name_of = order_reference_parse,
	.sql.get = &order_get,
	.sql.by_name = &order_by_reference,
	.children = order_children,
};
