/* refunds: the route that lists the refunds of an order. */
#include "fcgi/orders/orders.h"

#include "common/ticketing/order_reference.h"

static const struct field refund_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Refund id."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Currency of the order."},
	{"amount", FIELD_MONEY, FIELD_OUT, .doc = "Refunded amount, fees included."},
	{"restocked", FIELD_BOOL, FIELD_OUT,
		.doc = "Whether the tickets were returned to inventory."},
	{"reason", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Reason, as it was entered."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the refund."},
	{0},
};

/* The primary key begins with the order, then the refund's id, which contains its time. */
#define REFUND_PAGE(name, cmp, way)                                                                \
	{                                                                                          \
		name,                                                                              \
			"SELECT f.id, o.currency, f.amount, f.restocked, f.reason,"                \
			" f.at AS createdAt"                                                       \
			" FROM refunds f"                                                          \
			" JOIN orders o ON o.id = f.order_id"                                      \
			" WHERE f.order_id = :orderId AND f.org_id = :org AND f.id " cmp " :keyId" \
			" ORDER BY f.id " way " LIMIT :skip, :take",                               \
			SQL_READ                                                                   \
	}
static const struct statement refund_up = REFUND_PAGE("order_refund_list_up", ">", "ASC");
static const struct statement refund_down = REFUND_PAGE("order_refund_list_down", "<", "DESC");
static const struct statement refund_total = {
	"order_refund_total",
	"SELECT COUNT(*) AS total"
	" FROM refunds"
	" WHERE order_id = :orderId AND org_id = :org",
	SQL_READ,
};

static const struct sort_order refund_sorts[] = {
	{"createdAt", FIELD_TIME, &refund_up, &refund_down}, {0}};
static const struct list_variant refund_variants[] = {
	{NULL, refund_sorts, &refund_total, &refund_total}, {0}};
static const struct list_spec refund_list = {.variants = refund_variants};

/* The parent, for its path argument: an order by its id or reference. */
const struct resource order_parent = {
	.title = "Order",
	.name = "order",
	.name_of = order_reference_parse,
	.sql.get = &order_get,
	.sql.by_name = &order_by_reference,
	.sql.exists = &order_get,
};
static const struct resource refund = {
	.title = "Refund",
	.name = "refund",
	.fields = refund_fields,
	.parent = &order_parent,
	.parent_param = "orderId",
	.list = &refund_list,
};

static const struct route refund_routes[] = {
	{METHOD_GET, "/orders/{idOrReference}/refunds", SCOPE_ORDERS_READ,
		ROUTE_READ | ROUTE_CACHEABLE | ROUTE_NESTED | ROUTE_LIST, "order.refund.list",
		crud_list, &refund, .doc = "Lists the refunds of an order."},
	{0},
};

const struct module order_refunds_module = {
	.routes = refund_routes,
	.statements =
		(const struct statement *const[]){
			&refund_up,
			&refund_down,
			&refund_total,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&refund,
			NULL,
		},
};
