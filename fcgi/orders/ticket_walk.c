/* ticket_walk: walks the tickets of the orders that a list is of, and counts them. */
#include "fcgi/orders/ticket_walk.h"

#include "common/http/principal.h"
#include "common/ticketing/sales_rollup.h"
#include "fcgi/orders/lists.h"

#include <string.h>
#include <sys/param.h>

/* ---- the orders ---- */

#define WALK_COLUMNS(relevance)                                                                    \
	"SELECT " ISSUED_ORDER_COLUMNS ", o.buyer_email AS buyerEmail, " relevance " AS position," \
	" e.timezone"
#define AFTER_KEY " AND o.id > :keyId ORDER BY o.id LIMIT :skip, :take) p"
/* Lists of an event end below the mark of the epochs (common/access/epoch.h). */
#define NEXT_ORDERS " AND o.id <= :toId" AFTER_KEY
#define ORDER_ROWS                                                         \
	" JOIN orders o ON o.id = p.id JOIN events e ON e.id = o.event_id" \
	" ORDER BY o.id"
#define OF_EVENT " WHERE o.org_id = :org AND o.event_id = :eventId"

const struct statement walk_by_event = {
	"issued_orders_event",
	WALK_COLUMNS("0") " FROM (SELECT o.id FROM orders o FORCE INDEX (order_event)" OF_EVENT
		NEXT_ORDERS ORDER_ROWS,
	SQL_READ,
};
static const struct statement by_event_refunded = {
	"issued_orders_refunded",
	WALK_COLUMNS("0") " FROM (SELECT o.id FROM orders o FORCE INDEX (order_event)" OF_EVENT
			  " AND o.status <> 'COMPLETED'" NEXT_ORDERS ORDER_ROWS,
	SQL_READ,
};
static const struct statement by_event_inside = {
	"issued_orders_inside",
	WALK_COLUMNS("0") " FROM (SELECT DISTINCT o.order_id AS id"
			  " FROM issued_tickets o FORCE INDEX (issued_order)" OF_EVENT
			  " AND o.checked_in_at IS NOT NULL AND o.order_id > :keyId"
			  " AND o.order_id <= :toId"
			  " ORDER BY o.order_id LIMIT :skip, :take) p" ORDER_ROWS,
	SQL_READ,
};
/* The best matches first; those of a relevance in the order of sale. */
static const struct statement by_search = {
	"issued_orders_search",
	WALK_COLUMNS(
		"p.relevance") " FROM (SELECT o.id AS found, " ORDER_RELEVANCE
			       " AS relevance" ORDER_FOUND OF_EVENT " AND o.id <= :toId"
			       " HAVING relevance < :key OR (relevance = :key AND found > :keyId)"
			       " ORDER BY relevance DESC, found LIMIT :skip, :take) p"
			       " JOIN orders o ON o.id = p.found JOIN events e ON e.id = o.event_id"
			       " ORDER BY p.relevance DESC, o.id",
	SQL_READ,
};
static const struct statement by_order = {
	"issued_orders_one",
	WALK_COLUMNS("0") " FROM (SELECT o.id FROM orders o"
			  " WHERE o.org_id = :org AND o.id = :orderId" AFTER_KEY ORDER_ROWS,
	SQL_READ,
};

const struct statement walk_total_event = {
	"issued_total",
	"SELECT CAST(COALESCE((SELECT SUM(q.tickets) FROM sales_quarters q FORCE INDEX (PRIMARY)"
	" WHERE q.org_id = :org AND q.event_id = :eventId"
	" AND q.ticket_id = COALESCE(:ticketId, " STATS_ALL ")), 0)"
	" + COALESCE((SELECT SUM(i.quantity) FROM orders o FORCE INDEX (order_event)"
	" STRAIGHT_JOIN order_items i ON i.order_id = o.id" OF_EVENT
	" AND o.id > COALESCE((SELECT m.orders_mark FROM sales_marks m WHERE m.org_id = :org), '')"
	" AND (:ticketId IS NULL OR i.ticket_id = :ticketId)), 0) AS SIGNED) AS total",
	SQL_READ,
};
static const struct statement total_inside = {
	"issued_total_inside",
	"SELECT COUNT(*) AS total"
	" FROM issued_tickets o FORCE INDEX (issued_checked_in)" OF_EVENT
	" AND o.checked_in_at IS NOT NULL AND o.refunded_at IS NULL"
	" AND (:ticketId IS NULL OR o.ticket_id = :ticketId)",
	SQL_READ,
};
static const struct statement total_refunded = {
	"issued_total_refunded",
	"SELECT CAST(COALESCE(SUM(i.refunded_quantity), 0) AS SIGNED) AS total"
	" FROM orders o FORCE INDEX (order_event)"
	" STRAIGHT_JOIN order_items i ON i.order_id = o.id" OF_EVENT
	" AND o.status <> 'COMPLETED' AND (:ticketId IS NULL OR i.ticket_id = :ticketId)",
	SQL_READ,
};

/* ---- which tickets ---- */

struct ticket_filter walk_filter(struct req *r)
{
	struct ticket_filter f = {
		.status = -1, .ticket = params_get(&r->filters, "ticketId"), .code = NULL};
	const char *status = params_text(&r->filters, "status"), *q = params_text(&r->filters, "q");
	struct issued_code parsed;
	for (int i = 0; status && issued_statuses[i]; i++)
		if (strcmp(issued_statuses[i], status) == 0)
			f.status = i;
	if (q && issued_code_parse(q, strlen(q), &parsed))
		f.code = arena_printf(r->arena, "%s-%u.%u-%s", parsed.reference, parsed.number,
			parsed.unit, parsed.check);
	return f;
}

bool walk_passes(const struct ticket_filter *f, const struct issued_ticket *t)
{
	if (f->status >= 0 && (int)t->status != f->status)
		return false;
	if (f->ticket.type == VAL_UUID && !uuid_equal(&f->ticket.id, &t->ticket_id))
		return false;
	return !f->code || strcmp(f->code, t->code) == 0;
}

const struct statement *walk_orders_of(struct req *r, struct params *p)
{
	const char *q = params_text(&r->filters, "q"), *status = params_text(&r->filters, "status");
	if (params_has(p, "orderId"))
		return &by_order;
	if (q) {
		order_search_params(r, p, q);
		return &by_search;
	}
	if (status && strcmp(status, "CHECKED_IN") == 0)
		return &by_event_inside;
	if (status && strcmp(status, "REFUNDED") == 0)
		return &by_event_refunded;
	return &walk_by_event;
}

/* ---- walking ---- */

int64_t position_of(const struct issued_ticket *t)
{
	return t->number * POSITION_UNITS + t->unit;
}

void position_seek(struct issued_walk *units, int64_t position)
{
	issued_walk_seek(units, (uint32_t)(position / POSITION_UNITS),
		(uint32_t)(position % POSITION_UNITS + 1));
}

#define PLACE_STEP (POSITION_END + 1)
#define BEFORE_ALL 1000 /* above every relevance */

int64_t place_key(int64_t relevance, int64_t position)
{
	return relevance * PLACE_STEP + position;
}

/* The id before this one: what comes after it begins with this one. */
static struct uuid id_before(struct uuid id)
{
	for (size_t i = sizeof id.b; i-- > 0;)
		if (id.b[i]--)
			break;
	return id;
}

static void begin_before_all(struct params *p)
{
	params_set(p, "key", val_int(BEFORE_ALL));
	params_set(p, "keyId", val_uuid((struct uuid){{0}}));
}

/* The key of the request's cursor, which may be forged. */
static int64_t cursor_place(const struct req *r)
{
	return MAX(val_int_or(r->page.key, 0), 0);
}

void place_params(const struct req *r, struct params *p)
{
	begin_before_all(p);
	if (!r->page.by_cursor)
		return;
	params_set(p, "key", val_int(cursor_place(r) / PLACE_STEP));
	params_set(p, "keyId", val_uuid(id_before(r->page.id)));
}

int64_t place_position(const struct req *r)
{
	return cursor_place(r) % PLACE_STEP;
}

static void begin_units(struct ticket_walk *w)
{
	if (w->i >= w->orders.n)
		return;
	issued_walk_begin(&w->units, &w->list[w->i], w->r->app->conf->ticket_key);
	if (w->begin_at && uuid_equal(&w->begin, &w->list[w->i].id))
		position_seek(&w->units, w->begin_at);
}

/* Reads the next orders. */
static enum err next_orders(struct ticket_walk *w)
{
	struct req *r = w->r;
	if (w->orders.n) {
		params_set(&w->p, "key", rows_get(&w->orders, w->orders.n - 1, "position"));
		params_set(&w->p, "keyId", rows_get(&w->orders, w->orders.n - 1, "id"));
	}
	w->i = 0;
	w->batches++;
	enum err err = crud_list_read(r, w->page, &w->p, &w->orders);
	w->ended = !err && w->orders.n == 0;
	if (err || w->ended)
		return err;
	err = issued_orders_read(r->db, r->arena, &r->who->org, &w->orders, w->list);
	begin_units(w);
	return err;
}

enum err walk_next(struct ticket_walk *w, struct issued_ticket *t, bool *found)
{
	for (*found = false; !*found;) {
		while (w->i < w->orders.n && !*found) {
			while (!*found && issued_walk_next(&w->units, t))
				*found = walk_passes(&w->filter, t);
			if (!*found) {
				w->i++;
				begin_units(w);
			}
		}
		if (*found || w->ended || w->batches >= WALK_BATCHES)
			return OK;
		enum err err = next_orders(w);
		if (err)
			return err;
	}
	return OK;
}

struct ticket_walk *walk_begin(struct req *r, const struct statement *page, const struct params *p)
{
	struct ticket_walk *w = arena_alloc(r->arena, sizeof *w);
	*w = (struct ticket_walk){.r = r, .page = page, .filter = walk_filter(r)};
	req_params(r, &w->p, p);
	params_set(&w->p, "skip", val_int(0));
	params_set(&w->p, "take", val_int(WALK_ORDERS));
	begin_before_all(&w->p);
	return w;
}

/* How many tickets pass the filter, up to WALK_TOTAL_MAX. */
static enum err count_walk(struct ticket_walk *w, int64_t *total)
{
	struct issued_ticket t;
	bool found = true;
	enum err err = OK;
	for (*total = 0; !err && *total < WALK_TOTAL_MAX;) {
		err = walk_next(w, &t, &found);
		if (err || !found)
			break;
		++*total;
	}
	return err;
}

static enum err read_count(
	struct req *r, const struct statement *st, const struct params *p, int64_t *total)
{
	struct rows rows;
	enum err err = req_sql(r, st, p, &rows);
	if (!err)
		*total = MAX(rows_int(&rows, 0, "total"), 0);
	return err;
}

enum err walk_total(
	struct req *r, const struct statement *page, const struct params *p, int64_t *total)
{
	const char *status = params_text(&r->filters, "status");
	int64_t inside = 0, refunded = 0;
	if (page == &by_order || page == &by_search)
		return count_walk(walk_begin(r, page, p), total);
	if (page == &by_event_inside)
		return read_count(r, &total_inside, p, total);
	if (page == &by_event_refunded)
		return read_count(r, &total_refunded, p, total);
	enum err err = read_count(r, &walk_total_event, p, total);
	if (err || !status)
		return err;
	err = read_count(r, &total_inside, p, &inside);
	if (!err)
		err = read_count(r, &total_refunded, p, &refunded);
	*total = MAX(*total - inside - refunded, 0);
	return err;
}

const struct module ticket_walk_module = {.statements = (const struct statement *const[]){
						  &walk_by_event,
						  &by_event_refunded,
						  &by_event_inside,
						  &by_search,
						  &by_order,
						  &walk_total_event,
						  &total_inside,
						  &total_refunded,
						  NULL,
					  }};
