/* checkout: the public routes that create holds and free orders. */
#include "fcgi/public/checkout.h"

#include "common/ticketing/hold.h"
#include "common/ticketing/issued_ticket.h"
#include "common/ticketing/joint_sale.h"
#include "common/ticketing/order.h"
#include "common/ticketing/checkout.h"
#include "fcgi/public/event.h"
#include "fcgi/public/tenant.h"
#include "fcgi/public/visitor_limit.h"
#include "common/http/principal.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>

#define HOLD_SECONDS 600 /* lifetime of a hold */

static const struct field hold_fields[] = {
	HOLD_HEAD,
	HOLD_SHOWN,
	{"checkoutUrl", FIELD_URL, FIELD_OUT | FIELD_EMBEDDED | FIELD_NULLABLE, .max = 4096,
		.doc = "URL at which the buyer pays: the organization's checkout with hold=ID in "
		       "its query. null when the total is 0, or without a checkout."},
	{0},
};
static const struct field order_request[] = {
	{"holdId", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED,
		.doc = "Id of the hold to complete; its total must be 0."},
	{"buyer", FIELD_OBJECT, FIELD_CREATE | FIELD_REQUIRED, .sub = buyer_input_fields,
		.doc = "Buyer."},
	{0},
};
static const struct field buyer_fields[] = {
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Full name."},
	{"email", FIELD_EMAIL, FIELD_OUT, .doc = "Email address."},
	{"phone", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Phone number."},
	{0},
};
static const struct field public_event_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Display name."},
	{"startsAt", FIELD_TIME, FIELD_OUT, .doc = "Start time."},
	{"endsAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "End time."},
	{"timezone", FIELD_ZONE, FIELD_OUT, .doc = "IANA time zone of the event."},
	{"venue", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Name and city of the venue."},
	{"page", FIELD_TEXT, FIELD_OUT, .doc = "URL of the event page."},
	{"calendar", FIELD_TEXT, FIELD_OUT, .doc = "URL of the iCalendar file."},
	{0},
};
static const struct field order_shown[] = {
	{"reference", FIELD_TEXT, FIELD_OUT, .doc = "Order reference, such as TN-7K3M9QXW."},
	{"buyer", FIELD_OBJECT, FIELD_OUT, .sub = buyer_fields, .doc = "Buyer."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Currency of all amounts."},
	{"total", FIELD_MONEY, FIELD_OUT, .doc = "Total, which is 0."},
	{"completedAt", FIELD_TIME, FIELD_OUT, .doc = "Completion time."},
	{"items", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = order_item_fields,
		.doc = "Items."},
	{"orderUrl", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED,
		.doc = "URL of the page with the order's tickets. It is a credential: whoever has "
		       "it can use the tickets."},
	{"event", FIELD_OBJECT, FIELD_OUT | FIELD_EMBEDDED, .sub = public_event_fields,
		.doc = "Event."},
	{0},
};

static const struct statement event_of_order = {
	"selfservice_event",
	"SELECT e.id, e.name, e.slug, o.slug AS orgSlug, e.date_time AS startsAt,"
	" e.end_date_time AS endsAt, e.timezone, CONCAT_WS(', ', v.name, v.city) AS venue"
	" FROM events e"
	" JOIN organizations o ON o.id = e.org_id"
	" LEFT"
	" JOIN venues v ON v.id = e.venue_id"
	" WHERE e.id = :eventId AND e.org_id = :org",
	SQL_READ,
};

char *checkout_url(struct arena *a, const char *checkout, const struct uuid *id)
{
	char text[UUID_TEXT + 1];
	size_t n = strcspn(checkout, "#"), query = strcspn(checkout, "?");
	bool asks = query < n, open = asks && (query + 1 == n || checkout[n - 1] == '&');
	uuid_print(id, text);
	const char *joint = asks ? "&" : "?";
	if (open)
		joint = "";
	return arena_printf(a, "%.*s%shold=%s%s", (int)n, checkout, joint, text, checkout + n);
}

/* The organization's checkout URL; NULL: none. */
static const char *checkout_of(const struct req *r)
{
	const char *url = r->who->text + r->who->checkout_url;
	if (*url)
		return url;
	return NULL;
}

static enum err hold_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)children;
	const char *checkout = rows_int(row, 0, "total") ? checkout_of(r) : NULL;
	struct uuid id = rows_get(row, 0, "id").id;
	write_text(j, "checkoutUrl", checkout ? checkout_url(r->arena, checkout, &id) : NULL);
	return OK;
}

static const struct resource visitor_hold = {.title = "Hold",
	.name = "publicHold",
	.fields = hold_fields,
	.sql.get = &hold_get,
	.hooks.embed = hold_embed};

/* The hold's id is random (UUIDv4), because it is the visitor's only credential. */
static enum err public_hold_create(struct req *r)
{
	struct created_hold made;
	assert(r->who->kind == PRINCIPAL_ANONYMOUS);
	enum err err = visitor_limit_check(r);
	if (!err)
		err = hold_create(r, uuid_random(), HOLD_SECONDS, &made);
	if (err)
		return err;
	if (made.bill.subtotal + made.bill.fees && !checkout_of(r)) /* it could not be completed */
		return fail(r, ERR_CONFLICT, "Contact the organizer to buy tickets.",
			"Online sales of paid tickets are not available.");
	return hold_send_created(r, &visitor_hold, &made);
}

/* Only holds of the public page have random ids; others are reported as not found. */
static enum err check_public_hold(struct req *r, const char *id)
{
	struct uuid u;
	if (uuid_parse(id, strlen(id), &u) && uuid_is_random(&u))
		return OK;
	return resource_not_found(r, &visitor_hold, id);
}

static enum err hold_show(struct req *r)
{
	enum err err = check_public_hold(r, r->args[0]);
	if (err)
		return err;
	return crud_get(r);
}

static enum err hold_give_back(struct req *r)
{
	enum err err = check_public_hold(r, r->args[0]);
	if (err)
		return err;
	return hold_release(r);
}

static char *order_url(const struct req *r, struct uuid id)
{
	char token[ORDER_TOKEN_TEXT + 1];
	order_token_print(r->app->conf->ticket_key, &id, token);
	return absolute_url(r, MOUNT_ORDER "/%s", token);
}

/* Writes the URL of the order's tickets, and its event with links to its page and calendar file. */
static enum err order_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)children;
	struct params p;
	struct rows rows;
	req_params(r, &p, NULL);
	params_set(&p, "eventId", rows_get(row, 0, "eventId"));
	enum err err = req_sql(r, &event_of_order, &p, &rows);
	if (err)
		return err;
	const char *venue = rows_text(&rows, 0, "venue");
	char *page = absolute_url(
		r, "/e/%s/%s", rows_text(&rows, 0, "orgSlug"), rows_text(&rows, 0, "slug"));
	rows_set(&rows, 0, "venue", val_text(text_filled(venue)));
	rows_add(&rows, r->arena, "page", val_text(page));
	rows_add(&rows, r->arena, "calendar",
		val_text(arena_printf(r->arena, "%s/calendar.ics", page)));
	write_text(j, "orderUrl", order_url(r, rows_get(row, 0, "id").id));
	write_object(j, "event");
	fields_print(j, public_event_fields, &rows, 0, "");
	write_end_object(j);
	return OK;
}

static const struct resource visitor_order = {
	.title = "Order", .name = "publicOrder", .fields = order_shown, .hooks.embed = order_embed};

static enum err order_create(struct req *r)
{
	char text[UUID_TEXT + 1];
	struct uuid id = params_get(&r->input, "holdId").id;
	uuid_print(&id, text);
	enum err err = check_public_hold(r, text);
	if (err)
		return err;
	return checkout_free(r);
}

#define TAKES SCOPE_PUBLIC, ROUTE_TX | ROUTE_INVENTORY

static const struct route public_checkout_routes[] = {
	{METHOD_POST, "/holds", TAKES | ROUTE_CREATES, "public.hold.create", public_hold_create,
		&visitor_hold, .resolve_tenant = tenant_of_event, .body = hold_fields,
		.body_mode = FIELD_CREATE, .joint = &joint_sale,
		.doc = "Creates a hold, which reserves tickets for ten minutes (all or nothing). "
		       "The id is the only credential for reading, using and releasing the hold. "
		       "New holds are limited by IP address."},
	{METHOD_GET, "/holds/{id}", SCOPE_PUBLIC, ROUTE_READ, "public.hold.get", hold_show,
		&visitor_hold, .resolve_tenant = tenant_of_hold,
		.doc = "Returns a hold of the public page."},
	{METHOD_DELETE, "/holds/{id}", TAKES, "public.hold.release", hold_give_back, &visitor_hold,
		.resolve_tenant = tenant_of_hold, .joint = &joint_sale,
		.doc = "Releases a hold and its tickets."},
	{METHOD_POST, "/orders", TAKES | ROUTE_CREATES, "public.order.create", order_create,
		&visitor_order, .resolve_tenant = tenant_of_order, .body = order_request,
		.body_mode = FIELD_CREATE, .joint = &joint_sale,
		.doc = "Creates an order from a hold whose total is 0. Other holds are completed "
		       "at their checkoutUrl and get 409 here."},
	{0},
};

const struct module public_checkout_module = {
	.routes = public_checkout_routes,
	.mount = MOUNT_PUBLIC,
	.statements =
		(const struct statement *const[]){
			&event_of_order,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&visitor_hold,
			&visitor_order,
			NULL,
		},
};
