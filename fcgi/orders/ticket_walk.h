/* ticket_walk: walks the tickets of the orders that a list is of, and counts them. */
#ifndef TG_ORDERS_TICKET_WALK_H
#define TG_ORDERS_TICKET_WALK_H

#include "common/api/module.h"
#include "common/ticketing/issued_ticket_view.h"

/* Tickets have no rows, so a list walks orders, and shows the units of each. A place in it is an
 * order, its relevance (0 unless it is a search), and a position in that order: number of the item
 * and unit in one integer. */
#define POSITION_UNITS INT64_C(100000000)
#define POSITION_END ((ISSUED_NUMBER_MAX + 1) * POSITION_UNITS)
int64_t position_of(const struct issued_ticket *t);
/* Relevance and position as the key of a cursor. */
int64_t place_key(int64_t relevance, int64_t position);
/* Sets :key and :keyId to where the orders of the request's page begin; without a cursor, to before
 * all orders. */
void place_params(const struct req *r, struct params *p);
/* The position in the order of the request's cursor. */
int64_t place_position(const struct req *r);
/* Goes on after a position in the order that `units` is of. */
void position_seek(struct issued_walk *units, int64_t position);

#define WALK_ORDERS 200 /* that are read at once */
#define WALK_BATCHES 20 /* of one response, whose page may then be short */
#define WALK_TOTAL_MAX 10000 /* where totals of searches stop, and pages by number */

/* The statement that reads the orders that can have tickets of the request's filters: columns id,
 * reference, position (the relevance) and others, by :key, :keyId, :skip, :take. Sets parameters of
 * searches. */
const struct statement *walk_orders_of(struct req *r, struct params *p);
extern const struct statement walk_by_event, walk_total_event;

struct ticket_filter {
	int status; /* of enum issued_status; -1: any */
	struct val ticket; /* ticket type */
	const char *code; /* of q, when it is a code; else NULL */
};
struct ticket_filter walk_filter(struct req *r); /* of the request's query */
bool walk_passes(const struct ticket_filter *f, const struct issued_ticket *t);

/* A walk over the tickets of many orders. */
struct ticket_walk {
	struct req *r;
	const struct statement *page;
	struct params p;
	struct ticket_filter filter;
	struct rows orders;
	struct issued_order list[WALK_ORDERS];
	struct issued_walk units;
	struct uuid begin; /* the order of the cursor, whose units begin after begin_at */
	int64_t begin_at;
	size_t i, batches; /* row of `orders`; batches that were read */
	bool ended;
};
/* In the request's arena. */
struct ticket_walk *walk_begin(
	struct req *r, const struct statement *orders, const struct params *p);
/* The next ticket that passes the filter; *found false: there is none, or w->batches is at its
 * limit. It is of the order in row w->i. */
NODISCARD enum err walk_next(struct ticket_walk *w, struct issued_ticket *t, bool *found);
/* The number of tickets that pass the filter: by sums, or by walking what a search or an order
 * has. */
NODISCARD enum err walk_total(
	struct req *r, const struct statement *orders, const struct params *p, int64_t *total);

extern const struct module ticket_walk_module; /* the statements */

#endif
