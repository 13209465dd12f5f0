/* order: the fields, statements and the resource of orders that all programs share. */
#include "common/ticketing/order.h"

#include "common/ticketing/issued_ticket_view.h"
#include "common/ticketing/order_reference.h"

const char *const order_statuses[] = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", NULL};

static const struct field order_buyer_fields[] = {
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Full name."},
	{"email", FIELD_TEXT, FIELD_OUT, .doc = "Email address."},
	{"phone", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Phone number, as entered by the buyer."},
	{0},
};

static const struct field order_payment_fields[] = {
	{"provider", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Payment provider."},
	{"reference", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "The provider's payment reference."},
	{0},
};

const struct field order_item_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Order item id."},
	{"ticketId", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the ticket type at the time of purchase."},
	{"quantity", FIELD_INT, FIELD_OUT, .doc = "Number of tickets bought."},
	{"unitPrice", FIELD_MONEY, FIELD_OUT,
		.doc = "Price of one ticket at the time of purchase."},
	{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "Amount: quantity times unitPrice."},
	{"refundedQuantity", FIELD_INT, FIELD_OUT, .doc = "Number of refunded tickets."},
	{0},
};

const struct field order_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Order id."},
	{"reference", FIELD_TEXT, FIELD_OUT,
		.doc = "Order reference, such as TN-7K3M9QXW; unique in the organization."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = order_statuses,
		.doc = "Status; COMPLETED until the first refund."},
	{"buyer", FIELD_OBJECT, FIELD_OUT, .sub = order_buyer_fields, .doc = "Buyer."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Currency of all amounts."},
	{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "Sum of the items."},
	{"fees", FIELD_MONEY, FIELD_OUT, .doc = "Fees charged to the buyer."},
	{"total", FIELD_MONEY, FIELD_OUT, .doc = "Total paid by the buyer."},
	{"refundedTotal", FIELD_MONEY, FIELD_OUT, .doc = "Total refunded to the buyer."},
	{"payment", FIELD_OBJECT, FIELD_OUT | FIELD_NULLABLE, .sub = order_payment_fields,
		.doc = "Payment; null when none was recorded."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},
	{"completedAt", FIELD_TIME, FIELD_OUT, .doc = "Completion time."},
	{"refundedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "Time of the last refund."},
	{"items", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED | FIELD_ALWAYS, .sub = order_item_fields,
		.doc = "Items."},
	{"issuedTickets", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = issued_in_order_fields,
		.doc = "The first 100 tickets of the order, one for each unit of its items."},
	{0},
};

const struct statement order_get = {"order_get",
	"SELECT " ORDER_COLUMNS " FROM orders o WHERE o.id = :id AND o.org_id = :org", SQL_READ};
const struct statement order_get_by_reference = {"order_get_by_reference",
	"SELECT " ORDER_COLUMNS " FROM orders o WHERE o.org_id = :org AND o.reference = :name",
	SQL_READ};
const struct statement order_by_reference = {"order_by_reference",
	"SELECT id"
	" FROM orders"
	" WHERE org_id = :org AND reference = :name",
	SQL_READ};
const struct statement order_items_of_one = {
	"order_items_of_one",
	"SELECT " ORDER_ITEM_COLUMNS " FROM order_items i"
	" WHERE i.order_id = :orderId AND i.org_id = :org"
	" ORDER BY i.id",
	SQL_READ,
};
const struct statement order_items = {"order_items", ORDER_ITEMS(""), SQL_READ};

const struct resource order_item = {
	.title = "Item",
	.name = "orderItem",
	.fields = order_item_fields,
	.parent_param = "orderId",
	.sql.by_parent = &order_items_of_one,
	.sql.by_parents = &order_items,
};

const struct child order_children[] = {{"items", &order_item, NULL}, {0}};

const struct resource order = {
	.title = "Order",
	.name = "order",
	.fields = order_fields,
	.name_of = order_reference_parse,
	.sql.get = &order_get,
	.sql.get_by_name = &order_get_by_reference,
	.sql.by_name = &order_by_reference,
	.hooks.embed = issued_in_order_embed,
	.children = order_children,
};
