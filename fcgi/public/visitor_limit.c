/* visitor_limit: limits what one address takes of an event. */
#include "fcgi/public/visitor_limit.h"

#include "common/http/principal.h"
#include "common/ticketing/hold.h"
#include "fcgi/public/event.h"

#include <assert.h>
#include <sys/param.h>

#define WINDOW_MS (INT64_C(24) * 3600 * 1000)
#define SHARE_LEAST 20 /* tickets that an address may hold whatever its share is */
#define SITE_FACTOR 2 /* how much more a /48 may hold than an address */
#define RETRY_S 3600 /* when nothing is held that will expire */

static const struct statement visitor_use = {
	"visitor_use",
	"SELECT MAX(e.date_time) AS startsAt, MAX(e.end_date_time) AS endsAt,"
	" CAST(LEAST(COALESCE(MAX(e.event_capacity), 4294967295),"
	" (SELECT COALESCE(SUM(t.quantity), 0) FROM ticket_types t"
	" WHERE t.event_id = e.id AND t.published)) AS SIGNED) AS places,"
	" CAST(COALESCE(SUM(IF(h.visitor = :visitor, h.tickets, 0)), 0) AS SIGNED) AS byAddress,"
	" CAST(COALESCE(SUM(h.tickets), 0) AS SIGNED) AS bySite,"
	" MIN(IF(h.status = 'ACTIVE', h.expires_at, NULL)) AS expires"
	" FROM events e"
	" LEFT JOIN holds h FORCE INDEX (hold_site) ON h.event_id = e.id AND h.site = :site"
	" AND h.created_at > :since"
	" AND (h.status = 'ACTIVE' AND h.expires_at > :now OR h.status = 'USED' AND h.total = 0)"
	" WHERE e.id = :eventId AND e.org_id = :org"
	" GROUP BY e.id",
	SQL_READ,
};

/* Tickets that one address may hold of an event with so many places. */
static int64_t most_for(const struct config *c, int64_t places)
{
	int64_t share = MAX(places * c->public_share / 100, SHARE_LEAST);
	return MIN(c->public_held, share);
}

static enum err too_many(struct req *r, const struct rows *use, int64_t most)
{
	struct val expires = rows_get(use, 0, "expires");
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

enum err visitor_limit_check(struct req *r)
{
	struct line_items items;
	struct params p;
	struct rows use;
	assert(r->who->kind == PRINCIPAL_ANONYMOUS);
	line_items_read(r, params_get(&r->input, "items"), &items);
	req_params(r, &p, &r->input);
	params_set(&p, "since", val_time(r->now - WINDOW_MS));
	hold_visitor_params(r, &p);
	enum err err = req_sql(r, &visitor_use, &p, &use);
	if (err || use.n == 0)
		return err;
	if (public_event_ends_at(&use) <= r->now)
		return fail(r, ERR_CONFLICT, "Contact the organizer about other events.",
			"The event has ended.");
	int64_t tickets = line_items_tickets(&items),
		most = most_for(r->app->conf, rows_int(&use, 0, "places"));
	if (rows_int(&use, 0, "byAddress") + tickets > most)
		return too_many(r, &use, most);
	if (rows_int(&use, 0, "bySite") + tickets > SITE_FACTOR * most)
		return too_many(r, &use, SITE_FACTOR * most);
	return OK;
}

const struct module visitor_limit_module = {.statements = (const struct statement *const[]){
						    &visitor_use,
						    NULL,
					    }};
