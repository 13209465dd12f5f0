/* visitor_limit: limits what one address takes of an event. */
#include "fcgi/public/visitor_limit.h"

#include "common/access/rate_limit.h"
#include "common/base/clock.h"
#include "common/ticketing/hold.h"
#include "fcgi/public/event.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define WINDOW_MS (INT64_C(24) * 3600 * 1000)
#define SHARE_LEAST 20 /* tickets that an address may hold whatever its share is */
#define SITE_FACTOR 2 /* how much more a /48 may hold than an address */
#define RETRY_S 3600 /* when nothing is held that will expire */

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

/* Tickets that a visitor got while other requests of this process were waiting, to share its
 * transaction or to be run behind it: these read the visitor's use before. */
struct taken {
	char request[REQUEST_ID + 1];
	uint64_t visitor, site;
	struct uuid event;
	int64_t tickets, at_ns;
};
static struct taken latest[KEPT_MAX];
static size_t next_taken;

/* Tickets that one address may hold of an event with so many places. */
static int64_t most_for(const struct config *c, int64_t places)
{
	int64_t share = MAX(places * c->public_share / 100, SHARE_LEAST);
	return MIN(c->public_held, share);
}

static enum err too_many(struct req *r, int64_t most)
{
	struct val expires = rows_get(r->tenant, 0, "expires");
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

enum err visitor_limit_read(struct req *r, struct uuid event, struct principal *visitor)
{
	struct params p;
	struct rows *use = arena_alloc(r->arena, sizeof *use);
	r->tenant = use;
	assert(r->who == visitor && visitor->kind == PRINCIPAL_ANONYMOUS);
	req_params(r, &p, NULL);
	params_set(&p, "eventId", val_uuid(event));
	params_set(&p, "since", val_time(r->now - WINDOW_MS));
	hold_visitor_params(r, &p);
	enum err err = anonymous_query(r, &visitor_use, &p, use);
	if (err || use->n == 0)
		return err;
	visitor->org = rows_get(use, 0, "org").id;
	visitor->checkout_url = principal_intern(visitor, rows_text(use, 0, "checkout"));
	return OK;
}

/* Tickets of the event that the visitor (or, with `site`, its site) got since the request began; a
 * transaction that runs again does not count itself. */
static int64_t taken_since(const struct req *r, const struct uuid *event, bool site)
{
	int64_t sum = 0;
	uint64_t tag = site ? rate_limit_site_tag(r, HOLD_TAG) : rate_limit_tag(r, HOLD_TAG);
	for (size_t i = 0; i < KEPT_MAX; i++) {
		const struct taken *t = &latest[i];
		if (t->at_ns >= r->began_ns && tag == (site ? t->site : t->visitor) &&
			uuid_equal(&t->event, event) && strcmp(t->request, r->id) != 0)
			sum += t->tickets;
	}
	return sum;
}

void visitor_limit_count(struct req *r)
{
	struct line_items items;
	struct taken *t = &latest[next_taken++ % KEPT_MAX];
	line_items_read(r, params_get(&r->input, "items"), &items);
	*t = (struct taken){.visitor = rate_limit_tag(r, HOLD_TAG),
		.site = rate_limit_site_tag(r, HOLD_TAG),
		.event = params_get(&r->input, "eventId").id,
		.tickets = line_items_tickets(&items),
		.at_ns = clock_mono_ns()};
	memcpy(t->request, r->id, sizeof t->request);
}

enum err visitor_limit_check(struct req *r)
{
	static const struct uuid none;
	struct line_items items;
	struct uuid event = params_get(&r->input, "eventId").id;
	const struct rows *use = r->tenant;
	line_items_read(r, params_get(&r->input, "items"), &items);
	if (r->problems.n)
		return ERR_VALIDATION;
	if (uuid_equal(&r->who->org, &none))
		return OK;
	if (public_event_ends_at(use) <= r->now)
		return fail(r, ERR_CONFLICT, "Contact the organizer about other events.",
			"The event has ended.");
	int64_t tickets = line_items_tickets(&items),
		most = most_for(r->app->conf, rows_int(use, 0, "places"));
	if (rows_int(use, 0, "byAddress") + taken_since(r, &event, false) + tickets > most)
		return too_many(r, most);
	if (rows_int(use, 0, "bySite") + taken_since(r, &event, true) + tickets >
		SITE_FACTOR * most)
		return too_many(r, SITE_FACTOR * most);
	return OK;
}

const struct module visitor_limit_module = {.statements = (const struct statement *const[]){
						    &visitor_use,
						    NULL,
					    }};
