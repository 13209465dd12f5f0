/* lost_tickets: the public route that mails the links of orders to the address that bought. */
#include "fcgi/public/lost_tickets.h"

#include "common/access/anonymous.h"
#include "common/access/rate_limit.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/http/etag.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/text/mail_address.h"
#include "common/ticketing/mail_queue.h"
#include "fcgi/public/tenant.h"

#include <string.h>

#define HEEDED 3 /* requests per hour and email address */
#define HOUR_NS INT64_C(3600000000000)

static const struct field request_fields[] = {
	{"org", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, 120,
		.doc = "URL slug of the organization."},
	{"event", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, 120,
		.doc = "URL slug of the event."},
	{"email", FIELD_EMAIL, FIELD_CREATE | FIELD_REQUIRED, .doc = "Email address of the buyer."},
	{"accepted", FIELD_BOOL, FIELD_OUT,
		.doc = "Always true, whether or not the address has bought tickets."},
	{0},
};
static const struct resource lost_tickets = {
	.title = "Lost tickets", .name = "publicLostTickets", .fields = request_fields};

/* The newest orders of the address. They are locked, so that two requests at once see each other's
 * messages. */
static const struct statement orders_of_buyer = {
	"lost_orders",
	"SELECT o.id"
	" FROM orders o FORCE INDEX (order_email)"
	" JOIN events e ON e.id = o.event_id"
	" WHERE o.org_id = :org AND o.buyer_email_key = :emailKey AND e.slug = :event"
	" AND o.status <> 'REFUNDED'"
	" ORDER BY o.id DESC"
	" LIMIT 5",
	SQL_READ,
};
static const struct statement order_lock = {
	"lost_order_lock",
	"SELECT o.id"
	" FROM orders o"
	" WHERE o.id = :id AND o.org_id = :org"
	" FOR UPDATE",
	SQL_READ,
};

static const char *body_text(struct req *r, const char *name)
{
	struct json_object *value = body_string(r, name);
	return value ? json_object_get_string(value) : NULL;
}

/* By the body's slug, before the body is validated. */
static enum err tenant_of_lost_tickets(struct req *r, struct principal *visitor)
{
	enum err err = rate_limit_anonymous(
		r, "lost", r->app->conf->public_holds, "requests for lost tickets");
	const char *org = body_text(r, "org"), *email = body_text(r, "email");
	if (err || !org)
		return err;
	if (email)
		visitor->id = anonymous_id(r, email, strlen(email), false);
	return tenant_by_slug(r, org, visitor);
}

/* Whether the address has not been asked for too often. A request above the limit gets the same
 * answer: it must not tell what others have asked. */
static bool heeded(struct req *r, const char *email)
{
	const char *text = arena_printf(r->arena, "lost:%s", email);
	uint64_t tag = keyed_tag(r->app->conf->pepper, text, strlen(text));
	return shm_consume(r->app->shm, tag, HEEDED, HOUR_NS, clock_mono_ns()).admitted;
}

/* Queues the link of one order, unless it was mailed often. */
static enum err mail_link(struct req *r, const struct uuid *id)
{
	struct params p;
	int64_t wait;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(*id));
	enum err err = req_sql(r, &order_lock, &p, NULL);
	if (!err)
		err = mail_admit(r, id, &wait);
	if (err || wait > 0)
		return err;
	return mail_queue_order(r, MAIL_LINK, id);
}

static enum err mail_links(struct req *r)
{
	struct params p;
	struct rows orders;
	const char *email = mail_address_key(r->arena, params_text(&r->input, "email"));
	if (!heeded(r, email))
		return OK;
	req_params(r, &p, NULL);
	params_set(&p, "emailKey", val_bytes(email, strlen(email)));
	params_set(&p, "event", params_get(&r->input, "event"));
	enum err err = req_sql(r, &orders_of_buyer, &p, &orders);
	for (size_t i = orders.n; !err && i > 0; i--) { /* in the order of their ids */
		struct uuid id = rows_get(&orders, i - 1, "id").id;
		err = mail_link(r, &id);
	}
	return err;
}

static enum err lost_tickets_ask(struct req *r)
{
	static const struct uuid none;
	if (!mail_is_on(r))
		return fail(
			r, ERR_CONFLICT, "Contact the organizer.", "This server sends no mail.");
	enum err err = uuid_equal(&r->who->org, &none) ? OK : mail_links(r);
	if (err)
		return err;
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_bool(j, "accepted", true);
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return OK;
}

static const struct route lost_tickets_routes[] = {
	{METHOD_POST, "/lost-tickets", SCOPE_PUBLIC, ROUTE_TX, "public.tickets.find",
		lost_tickets_ask, &lost_tickets, .resolve_tenant = tenant_of_lost_tickets,
		.body = request_fields, .body_mode = FIELD_CREATE,
		.doc = "Mails the links of a buyer's orders for an event to the address that "
		       "bought. The response is the same whether or not there are any. Limited by "
		       "IP address and by email address."},
	{0},
};

const struct module lost_tickets_module = {
	.routes = lost_tickets_routes,
	.mount = MOUNT_PUBLIC,
	.statements =
		(const struct statement *const[]){
			&orders_of_buyer,
			&order_lock,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&lost_tickets,
			NULL,
		},
};
