/* visitor_limit: limits what one address takes of an event. */
#include "fcgi/public/visitor_limit.h"

#include "common/access/rate_limit.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/runtime/shm.h"
#include "common/ticketing/hold.h"
#include "fcgi/public/event.h"

#include <assert.h>
#include <sys/param.h>

#define WINDOW_MS (INT64_C(24) * 3600 * 1000)
#define SHARE_LEAST 20 /* tickets that an address may hold whatever its share is */
#define SITE_FACTOR 2 /* how much more a /48 may hold than an address */
#define RETRY_S 3600 /* when nothing is held that will expire */
#define WAIT_TRIES 100
#define WAIT_MS 8

/* One statement for the organization and the limit: what is refused costs no more. */
static const struct statement visitor_use = {
	"visitor_use",
	"SELECT e.org_id AS org, MAX(o.checkout_url) AS checkout, MAX(e.date_time) AS startsAt, "
	"MAX(e.end_date_time) AS endsAt,"
	" CAST(LEAST(COALESCE(MAX(e.event_capacity), 4294967295),"
	" (SELECT COALESCE(SUM(t.quantity), 0) FROM ticket_types t"
	" WHERE t.event_id = e.id AND t.published)) AS SIGNED) AS places,"
	" CAST(COALESCE(SUM(IF(h.visitor = :visitor, h.tickets, 0)), 0) AS SIGNED) AS byAddress,"
	" CAST(COALESCE(SUM(h.tickets), 0) AS SIGNED) AS bySite,"
	" MIN(IF(h.status = 'ACTIVE', h.expires_at, NULL)) AS expires"
	" FROM events e"
	" JOIN organizations o ON o.id = e.org_id"
	" LEFT JOIN holds h FORCE INDEX (hold_site) ON h.event_id = e.id AND h.site = :site"
	" AND h.created_at > :since"
	" AND (h.status = 'ACTIVE' AND h.expires_at > :now OR h.status = 'USED' AND h.total = 0)"
	" WHERE e.id = :eventId AND e.status = 'PUBLISHED'"
	" GROUP BY e.id, e.org_id",
	SQL_READ | SQL_GLOBAL,
};

/* What a visitor has of the event, as a client address and, where that is another, as its site. */
struct holder {
	const char *column; /* of visitor_use */
	int factor; /* how much more than an address it may hold */
	uint64_t tag; /* of its tickets of the event, for claims */
	int64_t claimed; /* tickets, by other requests that were under way when it was read */
};
/* r->tenant */
struct use {
	struct uuid event;
	int64_t asked; /* tickets, as the body says before it is validated */
	struct holder holders[2];
	size_t n;
	struct rows read; /* of visitor_use */
};

/* Tickets that one address may hold of an event with so many places. */
static int64_t most_for(const struct config *c, int64_t places)
{
	int64_t share = MAX(places * c->public_share / 100, SHARE_LEAST);
	return MIN(c->public_held, share);
}

static enum err too_many(struct req *r, int64_t most)
{
	const struct use *use = r->tenant;
	struct val expires = rows_get(&use->read, 0, "expires");
	r->failure.retry_after = RETRY_S;
	if (expires.type == VAL_TIME)
		r->failure.retry_after = MAX(expires.i - r->now, 0) / 1000 + 1;
	return fail(r, ERR_RATE,
		"Retry after the number of seconds in Retry-After: then a hold of this address "
		"expires. Completed paid orders do not count.",
		"Too many tickets of this event are on hold for this IP address, or were ordered "
		"from it for nothing: at most %lld.",
		(long long)most);
}

/* Tickets that the body asks for, before it is validated. */
static int64_t asked(struct req *r)
{
	struct json_object *items;
	int64_t sum = 0;
	if (!json_object_object_get_ex(r->json, "items", &items) ||
		!json_object_is_type(items, json_type_array))
		return 0;
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i), *quantity;
		if (json_object_is_type(item, json_type_object) &&
			json_object_object_get_ex(item, "quantity", &quantity))
			sum += MIN(MAX(json_object_get_int64(quantity), 0), SHM_CLAIM_MAX);
	}
	return sum;
}

static void choose_holders(const struct req *r, struct use *use)
{
	const struct holder address = {"byAddress", 1, rate_limit_tag(r, HOLD_TAG), 0},
			    site = {"bySite", SITE_FACTOR, rate_limit_site_tag(r, HOLD_TAG), 0};
	use->holders[use->n++] = address;
	if (site.tag != address.tag)
		use->holders[use->n++] = site;
	for (size_t i = 0; i < use->n; i++)
		use->holders[i].tag =
			hash_bytes(use->holders[i].tag, use->event.b, sizeof use->event.b);
}

/* Claims the tickets and then reads the use: of two requests at different workers at least one
 * finds the other's tickets, here or in the database. With `alone`, requests of this process do not
 * count: the earlier ones have ended, the later ones run after this one. */
static enum err read_use(struct req *r, struct use *use, bool alone)
{
	struct params p;
	for (size_t i = 0; i < use->n; i++) {
		struct holder *h = &use->holders[i];
		int64_t here;
		h->claimed = rate_limit_claim(r, h->tag, use->asked, &here);
		h->claimed = MAX(h->claimed - (alone ? here : 0), 0);
	}
	req_params(r, &p, NULL);
	params_set(&p, "eventId", val_uuid(use->event));
	params_set(&p, "since", val_time(r->now - WINDOW_MS));
	hold_visitor_params(r, &p);
	return anonymous_query(r, &visitor_use, &p, &use->read);
}

enum err visitor_limit_read(struct req *r, struct uuid event, struct principal *visitor)
{
	struct use *use = arena_array(r->arena, 1, sizeof *use);
	use->event = event;
	use->asked = asked(r);
	choose_holders(r, use);
	r->tenant = use;
	assert(r->who == visitor && visitor->kind == PRINCIPAL_ANONYMOUS);
	enum err err = read_use(r, use, false);
	if (err || use->read.n == 0)
		return err;
	visitor->org = rows_get(&use->read, 0, "org").id;
	visitor->checkout_url = principal_intern(visitor, rows_text(&use->read, 0, "checkout"));
	return OK;
}

/* Whether so many tickets more are too many; with `claims`, what others claim counts, too. */
static bool exceeds(
	const struct req *r, const struct use *use, int64_t tickets, bool claims, int64_t *most)
{
	int64_t limit = most_for(r->app->conf, rows_int(&use->read, 0, "places"));
	for (size_t i = 0; i < use->n; i++) {
		const struct holder *h = &use->holders[i];
		int64_t has = rows_int(&use->read, 0, h->column) + (claims ? h->claimed : 0);
		*most = h->factor * limit;
		if (has + tickets > *most)
			return true;
	}
	return false;
}

/* Others may get what they claim, or not, or have it by now: reads again when they may have ended.
 * The claim is given up meanwhile, for they may be waiting for this request. */
static enum err wait_for_others(struct req *r, struct use *use, int64_t tickets, int64_t *most)
{
	bool open = true;
	if (r->joint) /* it runs again when the others of this process have ended */
		return ERR_RETRY;
	for (int tries = 0; open && tries < WAIT_TRIES; tries++) {
		rate_limit_claims_end(r);
		if (tries > 0)
			clock_pause_ms(1 + uuid_random().b[0] % WAIT_MS);
		enum err err = read_use(r, use, true);
		if (err || use->read.n == 0)
			return err; /* it is left to hold_create */
		if (exceeds(r, use, tickets, false, most))
			return too_many(r, *most);
		open = exceeds(r, use, tickets, true, most);
	}
	return open ? too_many(r, *most) : OK;
}

static enum err check_use(struct req *r, struct use *use, int64_t tickets)
{
	int64_t most;
	if (!exceeds(r, use, tickets, true, &most))
		return OK;
	if (exceeds(r, use, tickets, false, &most))
		return too_many(r, most);
	return wait_for_others(r, use, tickets, &most);
}

enum err visitor_limit_check(struct req *r)
{
	static const struct uuid none;
	struct line_items items;
	struct use *use = r->tenant;
	line_items_read(r, params_get(&r->input, "items"), &items);
	if (r->problems.n)
		return ERR_VALIDATION;
	if (uuid_equal(&r->who->org, &none))
		return OK;
	if (public_event_ends_at(&use->read) <= r->now)
		return fail(r, ERR_CONFLICT, "Contact the organizer about other events.",
			"The event has ended.");
	return check_use(r, use, line_items_tickets(&items));
}

const struct module visitor_limit_module = {.statements = (const struct statement *const[]){
						    &visitor_use,
						    NULL,
					    }};
