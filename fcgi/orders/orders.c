/* orders: the routes by which organizers read orders. */
#include "fcgi/orders/orders.h"

#include "fcgi/orders/lists.h"
#include "common/ticketing/issued_ticket_view.h"
#include "common/ticketing/order_reference.h"

static const struct resource order_resource = {
	.title = "Order",
	.name = "order",
	.fields = order_fields,
	.parent = &event,
	.parent_param = "eventId",
	.name_of = order_reference_parse,
	.sql.get = &order_get,
	.sql.get_by_name = &order_get_by_reference,
	.sql.by_name = &order_by_reference,
	.hooks.embed = issued_in_order_embed,
	.list = &order_list,
	.children = order_children,
};

/* ---- CSV: the same with summaries of the items, and the event's name ---- */

static const struct statement item_summaries = {
	"order_items_csv", ORDER_ITEMS(", CONCAT(i.quantity, ' x ', i.name) AS summary"), SQL_READ};
static const struct resource item_summary = {
	.name = "orderItem", .sql.by_parents = &item_summaries};

static const struct statement event_names = {
	"order_event_names",
	"SELECT o.id AS parent, e.name AS summary"
	" FROM JSON_TABLE(:parents,"
	" '$[*]' COLUMNS (n FOR ORDINALITY, id CHAR(32) PATH '$')) p"
	" STRAIGHT_JOIN orders o ON o.id = UNHEX(p.id)"
	" STRAIGHT_JOIN events e ON e.id = o.event_id"
	" WHERE o.org_id = :org"
	" ORDER BY p.n",
	SQL_READ,
};
static const struct resource event_name = {.name = "eventName", .sql.by_parents = &event_names};
static const struct child csv_children[] = {
	{"items", &item_summary, NULL},
	{"eventName", &event_name, NULL},
	{0},
};
const struct resource order_csv = {
	.name = "order", .fields = order_fields, .children = csv_children};

#define ORDER_READ SCOPE_ORDERS_READ, ROUTE_READ | ROUTE_CACHEABLE

static const struct route order_routes[] = {
	{METHOD_GET, "/orders", ORDER_READ | ROUTE_LIST, "order.list", crud_list, &order_resource,
		.query = order_filters, .doc = "Lists orders."},
	{METHOD_GET, "/orders/{idOrReference}", ORDER_READ, "order.get", crud_get, &order_resource,
		.doc = "Returns an order."},
	{METHOD_GET, "/events/{idOrSlug}/orders", ORDER_READ | ROUTE_NESTED | ROUTE_LIST,
		"event.order.list", crud_list, &order_resource, .query = order_filters + 1,
		.doc = "Lists the orders of an event."},
	{0},
};

const struct module orders_module = {
	.routes = order_routes,
	.statements =
		(const struct statement *const[]){
			&order_get,
			&order_get_by_reference,
			&order_by_reference,
			&order_items,
			&item_summaries,
			&event_names,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&order_resource,
			NULL,
		},
};
