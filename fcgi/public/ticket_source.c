/* ticket_source: the order, tickets and event that the address of a ticket page names. */
#include "fcgi/public/ticket_source.h"

#include "common/access/anonymous.h"
#include "common/access/rate_limit.h"
#include "common/text/timezone.h"
#include "common/ticketing/event_columns.h"

#include <assert.h>
#include <string.h>

/* Unknown codes per minute and address. Who mistypes one needs few; a check has 50 bits. */
#define MISSES 30

static const struct statement org_by_order = {
	"ticket_page_order",
	"SELECT o.org_id AS org"
	" FROM orders o"
	" WHERE o.id = :id",
	SQL_READ | SQL_GLOBAL,
};
/* References are unique in an organization only. */
static const struct statement orders_by_reference = {
	"ticket_page_reference",
	"SELECT o.id, o.reference, o.org_id AS org"
	" FROM orders o"
	" WHERE o.reference = :reference"
	" ORDER BY o.org_id"
	" LIMIT 16",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement event_of_tickets = {
	"ticket_page_event",
	"SELECT o.reference, o.buyer_name AS buyer, e.slug, e.name, e.status AS eventStatus,"
	" e.date_time AS startsAt, e.end_date_time AS endsAt, e.timezone,"
	" g.name AS `organization.name`, g.slug AS `organization.slug`, g.ticket_names AS names,"
	" " EVENT_VENUE " FROM orders o"
	" JOIN events e ON e.id = o.event_id"
	" JOIN organizations g ON g.id = o.org_id"
	" LEFT"
	" JOIN venues v ON v.id = e.venue_id"
	" WHERE o.id = :orderId AND o.org_id = :org",
	SQL_READ,
};

enum err tenant_of_order_token(struct req *r, struct principal *visitor)
{
	struct params p;
	struct rows rows;
	struct uuid id;
	assert(visitor == r->who);
	if (!order_token_parse(r->app->conf->ticket_key, r->args[0], &id))
		return OK;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	enum err err = anonymous_query(r, &org_by_order, &p, &rows);
	if (!err && rows.n)
		visitor->org = rows_get(&rows, 0, "org").id;
	return err;
}

/* Whether the code is of a ticket of the order in row i. */
static enum err has_code(struct req *r, const struct rows *orders, size_t i,
	const struct issued_code *code, bool *has)
{
	struct issued_order order = {.reference = rows_text(orders, i, "reference")};
	struct issued_ticket t;
	struct uuid org = rows_get(orders, i, "org").id, id = rows_get(orders, i, "id").id;
	enum err err = issued_order_read(r->db, r->arena, &org, &id, &order);
	*has = !err && issued_ticket_by_code(&order, r->app->conf->ticket_key, code, &t) > 0;
	return err;
}

/* The code is checked here only to choose between orders of the same reference. */
enum err ticket_code_tenant(struct req *r, const char *text, struct principal *visitor)
{
	struct params p;
	struct rows rows;
	struct issued_code code;
	if (!issued_code_parse(text, strlen(text), &code))
		return OK;
	req_params(r, &p, NULL);
	params_set(&p, "reference", val_text(arena_strdup(r->arena, code.reference)));
	enum err err = anonymous_query(r, &orders_by_reference, &p, &rows);
	bool has = !err && rows.n == 1;
	for (size_t i = 0; !err && i < rows.n; i++) {
		if (rows.n > 1)
			err = has_code(r, &rows, i, &code, &has);
		if (!err && has) {
			visitor->org = rows_get(&rows, i, "org").id;
			break;
		}
	}
	return err;
}

enum err tenant_of_ticket_code(struct req *r, struct principal *visitor)
{
	assert(visitor == r->who);
	return ticket_code_tenant(r, r->args[0], visitor);
}

static bool has_tenant(const struct req *r)
{
	static const struct uuid none;
	return !uuid_equal(&r->who->org, &none);
}

/* A miss: 404, and 429 when the address has had many. */
static enum err miss(struct req *r)
{
	enum err err = rate_limit_anonymous(r, "ticket miss", MISSES, "unknown tickets");
	if (err)
		return err;
	return fail(r, ERR_NOT_FOUND, "Check the code; it is printed below the QR code.",
		"Ticket not found.");
}

/* Reads the event of out->order. */
static enum err read_ticket_event(struct req *r, struct ticket_source *out)
{
	struct params p;
	req_params(r, &p, NULL);
	params_set(&p, "orderId", val_uuid(out->order.id));
	enum err err = req_sql(r, &event_of_tickets, &p, &out->event);
	if (!err && out->event.n == 0)
		return miss(r);
	if (err)
		return err;
	out->order.reference = rows_text(&out->event, 0, "reference");
	out->names = rows_int(&out->event, 0, "names");
	out->zone = timezone_label(rows_text(&out->event, 0, "timezone"));
	return OK;
}

enum err ticket_source_by_token(struct req *r, const char *token, struct ticket_source *out)
{
	struct uuid id;
	*out = (struct ticket_source){0};
	if (!has_tenant(r) || !order_token_parse(r->app->conf->ticket_key, token, &id))
		return miss(r);
	enum err err = issued_order_read(r->db, r->arena, &r->who->org, &id, &out->order);
	if (err)
		return err;
	return read_ticket_event(r, out);
}

enum err ticket_source_find(struct req *r, const char *code, bool lock, struct found_ticket *out)
{
	if (!has_tenant(r))
		return miss(r);
	enum err err = issued_ticket_find(r, code, lock, out);
	if (err == ERR_NOT_FOUND)
		return miss(r);
	return err;
}

enum err ticket_source_by_code(struct req *r, const char *code, struct ticket_source *out)
{
	struct found_ticket found;
	*out = (struct ticket_source){0};
	enum err err = ticket_source_find(r, code, false, &found);
	if (err)
		return err;
	out->order = found.order;
	out->ticket = found.ticket;
	out->reissued = found.reissued;
	return read_ticket_event(r, out);
}

const struct module ticket_source_module = {.statements = (const struct statement *const[]){
						    &org_by_order,
						    &orders_by_reference,
						    &event_of_tickets,
						    NULL,
					    }};
