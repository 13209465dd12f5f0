/* mail: the route that lists the mail about an order. */
#include "fcgi/orders/orders.h"

#include "common/ticketing/mail_queue.h"
#include "common/ticketing/order_reference.h"

static const struct field mail_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Message id."},
	{"kind", FIELD_CHOICE, FIELD_OUT, .choices = mail_kinds,
		.doc = "What it is about: ORDER (sold, or sent again), REFUND, REISSUE, or LINK "
		       "when the buyer asked for the link."},
	{"recipient", FIELD_TEXT, FIELD_OUT, .doc = "Email address."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = mail_statuses,
		.doc = "Status. PENDING until the mail server accepted it (DELIVERED), it failed "
		       "in all attempts or was refused (FAILED), or was cancelled because it was "
		       "not sent within three days."},
	{"attempts", FIELD_INT, FIELD_OUT, .doc = "Number of attempts."},
	{"lastError", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "The mail server's reply to the last attempt, with its code, if it failed."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Time at which it was queued."},
	{"sentAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Time at which the mail server accepted it."},
	{0},
};

#define MAIL_PAGE(name, cmp, way)                                                        \
	{                                                                                \
		name,                                                                    \
			"SELECT m.id, m.kind, m.recipient, m.status, m.attempts,"        \
			" m.last_error AS lastError, m.created_at AS createdAt,"         \
			" m.sent_at AS sentAt"                                           \
			" FROM mail_messages m FORCE INDEX (mail_order)"                 \
			" WHERE m.order_id = :orderId AND m.org_id = :org AND m.id " cmp \
			" :keyId ORDER BY m.id " way " LIMIT :skip, :take",              \
			SQL_READ                                                         \
	}
static const struct statement mail_up = MAIL_PAGE("order_mail_list_up", ">", "ASC");
static const struct statement mail_down = MAIL_PAGE("order_mail_list_down", "<", "DESC");
static const struct statement mail_total = {
	"order_mail_total",
	"SELECT COUNT(*) AS total"
	" FROM mail_messages"
	" WHERE order_id = :orderId AND org_id = :org",
	SQL_READ,
};

static const struct sort_order mail_sorts[] = {
	{"createdAt", FIELD_TIME, &mail_up, &mail_down}, {0}};
static const struct list_variant mail_variants[] = {
	{NULL, mail_sorts, &mail_total, &mail_total}, {0}};
static const struct list_spec mail_list = {.variants = mail_variants};

static const struct resource mail = {
	.title = "Message",
	.name = "message",
	.fields = mail_fields,
	.parent = &order_parent,
	.parent_param = "orderId",
	.list = &mail_list,
};

/* Not cacheable: the sender changes it. */
static const struct route mail_routes[] = {
	{METHOD_GET, "/orders/{idOrReference}/mail", SCOPE_ORDERS_READ,
		ROUTE_READ | ROUTE_NESTED | ROUTE_LIST, "order.message.list", crud_list, &mail,
		.doc = "Lists the mail about an order. It is kept for 30 days."},
	{0},
};

const struct module order_mail_module = {
	.routes = mail_routes,
	.statements =
		(const struct statement *const[]){
			&mail_up,
			&mail_down,
			&mail_total,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&mail,
			NULL,
		},
};
