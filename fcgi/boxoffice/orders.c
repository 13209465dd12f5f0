/* orders: the route by which the box office creates orders. */
#include "fcgi/boxoffice/orders.h"

#include "common/ticketing/checkout.h"
#include "common/ticketing/hold.h"
#include "common/ticketing/joint_sale.h"
#include "common/ticketing/order.h"

static const struct field payment_fields[] = {
	{"provider", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 1, 60, .doc = "Payment provider."},
	{"reference", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 1, 200,
		.doc = "The provider's payment reference."},
	{0},
};
static const struct field sale_fields[] = {
	{"holdId", FIELD_UUID, FIELD_CREATE | FIELD_NULLABLE,
		.doc = "Id of the hold to complete; alternatively send eventId and items."},
	{"eventId", FIELD_UUID, FIELD_CREATE | FIELD_NULLABLE, .doc = "Event id, without a hold."},
	{"items", FIELD_LIST, FIELD_CREATE | FIELD_NULLABLE, .max = ITEMS_MAX,
		.sub = line_item_fields, .doc = "Items to buy without a hold, all or nothing."},
	{"buyer", FIELD_OBJECT, FIELD_CREATE | FIELD_REQUIRED, .sub = buyer_input_fields,
		.doc = "Buyer."},
	{"payment", FIELD_OBJECT, FIELD_CREATE | FIELD_NULLABLE, .sub = payment_fields,
		.doc = "Payment, if any."},
	{0},
};

/* Checks that the body has either holdId, or eventId and items. */
static enum err choose_source(struct req *r)
{
	struct val hold_id = params_get(&r->input, "holdId"),
		   event_id = params_get(&r->input, "eventId"),
		   items = params_get(&r->input, "items");
	if (hold_id.type == VAL_UUID && (event_id.type == VAL_UUID || items.type == VAL_LIST))
		problem_add(&r->problems, "holdId",
			"holdId must not be sent together with eventId and items");
	if (hold_id.type != VAL_UUID && event_id.type != VAL_UUID)
		problem_add(&r->problems, "eventId",
			"eventId should not be empty unless holdId is sent");
	if (hold_id.type != VAL_UUID && items.type != VAL_LIST)
		problem_add(
			&r->problems, "items", "items should not be empty unless holdId is sent");
	if (r->problems.n)
		return ERR_VALIDATION;
	return OK;
}

static enum err sell(struct req *r)
{
	enum err err = choose_source(r);
	if (err)
		return err;
	struct val hold_id = params_get(&r->input, "holdId");
	if (hold_id.type == VAL_UUID)
		return checkout_from_hold(r, hold_id.id);
	return checkout_from_items(r, params_get(&r->input, "eventId").id);
}

static const struct route sale_routes[] = {
	{METHOD_POST, "/orders", SCOPE_BOXOFFICE_SELL, ROUTE_TX | ROUTE_INVENTORY | ROUTE_CREATES,
		"sale.create", sell, &order, .body = sale_fields, .body_mode = FIELD_CREATE,
		.joint = &joint_sale,
		.doc = "Creates an order from a hold or from items (all or nothing)."},
	{0},
};

const struct module box_office_orders_module = {
	.routes = sale_routes,
	.mount = MOUNT_BOX_OFFICE,
	.resources =
		(const struct resource *const[]){
			&order,
			NULL,
		},
};
