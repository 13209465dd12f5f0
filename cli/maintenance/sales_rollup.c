/* sales_rollup: aggregates orders and refunds into sales per quarter of an hour. */
#include "cli/maintenance/sales_rollup.h"

#include "common/ticketing/sales_rollup.h"

#include <string.h>

/* items of orders, and refunds, of an organization in one turn, which is one transaction: the order
 * that reaches it is the last one */
#define WINDOW 1000
#define ROLLUP_TAIL(table, column)                                                             \
	" FROM " table " WHERE " column ".org_id = :org AND " column ".id > :mark AND " column \
	".id <= :to"

/* The mark before the first row. */
#define NOTHING STATS_ALL

static const struct statement orgs = {
	"cli_quarter_orgs", "SELECT id, slug FROM organizations", SQL_READ | SQL_GLOBAL};
static const struct statement rollup_touch = {"cli_quarter_touch",
	"INSERT IGNORE INTO sales_marks (org_id, orders_mark, refunds_mark)"
	" VALUES (:org, " NOTHING ", " NOTHING ")",
	SQL_WRITE};
static const struct statement rollup_lock = {"cli_quarter_lock",
	"SELECT orders_mark AS orders, refunds_mark AS refunds"
	" FROM sales_marks"
	" WHERE org_id = :org"
	" FOR UPDATE",
	SQL_READ};
static const struct statement move = {"cli_quarter_move",
	"UPDATE sales_marks"
	" SET orders_mark = :orders, refunds_mark = :refunds"
	" WHERE org_id = :org",
	SQL_WRITE};
static const struct statement orders_window = {"cli_quarter_orders",
	"SELECT o.id" ROLLUP_TAIL(
		"orders o FORCE INDEX (order_org) STRAIGHT_JOIN order_items i ON i.order_id = o.id",
		"o") " ORDER BY o.id LIMIT :most, 1",
	SQL_READ};
static const struct statement refunds_window = {"cli_quarter_refunds",
	"SELECT r.id" ROLLUP_TAIL(
		"refunds r FORCE INDEX (refund_org)", "r") " ORDER BY r.id LIMIT :most, 1",
	SQL_READ};
static const struct statement forget = {"cli_quarter_forget",
	"DELETE"
	" FROM sales_quarters"
	" WHERE org_id = :org",
	SQL_WRITE};
static const struct statement unmark = {"cli_quarter_unmark",
	"DELETE"
	" FROM sales_marks"
	" WHERE org_id = :org",
	SQL_WRITE};

#define ADD(columns)                                                                      \
	"INSERT INTO sales_quarters (org_id, event_id, at, ticket_id, currency, " columns \
	") SELECT :org, "
#define ON(values) " ON DUPLICATE KEY UPDATE " values
/* A derived table: MariaDB 10.11.18 refuses SUM() of a subquery about the outer row (error 1055).
 */
#define ORDERS                                                                     \
	" FROM (SELECT o.event_id, o.created_at, o.currency, o.total,"             \
	" (SELECT SUM(i.quantity) FROM order_items i WHERE i.order_id = o.id) AS " \
	"tickets" ROLLUP_TAIL("orders o FORCE INDEX (order_org)", "o") ") o"
#define BOUGHT "COUNT(*), SUM(o.tickets), SUM(o.total)"
#define MORE                                    \
	"orders = orders +"                     \
	" VALUES(orders), tickets = tickets +"  \
	" VALUES(tickets), revenue = revenue +" \
	" VALUES(revenue)"

static const struct statement add_types = {"cli_quarter_types",
	ADD("tickets, revenue") "o.event_id, " STATS_QUARTER(
		"o.created_at") " AS at, i.ticket_id, o.currency, SUM(i.quantity), "
				"SUM(i.subtotal)" ROLLUP_TAIL("orders o FORCE INDEX (order_org) "
							      "STRAIGHT_JOIN order_items i ON "
							      "i.order_id = o.id",
					"o") " GROUP BY o.event_id, at, i.ticket_id, "
					     "o.currency" ON("tickets = tickets +"
							     " VALUES(tickets), revenue = "
							     "revenue +"
							     " VALUES(revenue)"),
	SQL_WRITE};
static const struct statement add_events = {"cli_quarter_events",
	ADD("orders, tickets, revenue") "o.event_id, " STATS_QUARTER(
		"o.created_at") " AS at, " STATS_ALL ", o.currency, " BOUGHT ORDERS
				" GROUP BY o.event_id, at, o.currency" ON(MORE),
	SQL_WRITE};
static const struct statement add_org = {"cli_quarter_org",
	ADD("orders, tickets, revenue") STATS_ALL
	", " STATS_QUARTER("o.created_at") " AS at, " STATS_ALL ", o.currency, " BOUGHT ORDERS
					   " GROUP BY at, o.currency" ON(MORE),
	SQL_WRITE};

#define REFUNDS                                                                                   \
	ROLLUP_TAIL(                                                                              \
		"refunds r FORCE INDEX (refund_org) STRAIGHT_JOIN orders o ON o.id = r.order_id", \
		"r")
static const struct statement back_events = {"cli_quarter_back_events",
	ADD("refunded") "o.event_id, " STATS_QUARTER(
		"r.at") " AS quarter, " STATS_ALL ", o.currency, SUM(r.amount)" REFUNDS
			" GROUP BY o.event_id, quarter, o.currency" ON(
				"refunded = refunded + VALUES(refunded)"),
	SQL_WRITE};
static const struct statement back_org = {"cli_quarter_back_org",
	ADD("refunded") STATS_ALL
	", " STATS_QUARTER("r.at") " AS quarter, " STATS_ALL ", o.currency, SUM(r.amount)" REFUNDS
				   " GROUP BY quarter, o.currency" ON(
					   "refunded = refunded + VALUES(refunded)"),
	SQL_WRITE};

/* The state of one organization's run. */
struct fold {
	struct arena *arena; /* reset for each window */
	int64_t until; /* ms; what is later is not counted */
	int64_t most; /* items or refunds in a window */
	struct uuid org, bound; /* bound: no id beyond it is counted */
	bool more; /* the window was full: there may be more rows */
	int64_t counted; /* rows of sales_quarters written */
};

/* A table to aggregate: the rows behind its mark, one window at a time, by each of the steps. */
struct rollup_source {
	const char *mark;
	const struct statement *window;
	const struct statement *const *steps; /* ends with NULL */
};

/* Aggregates the rows from the source's mark to the end of the window or `bound`, and sets the mark
 * in `p` to where it stopped. */
static enum err rollup_count(
	struct cli *c, struct fold *f, struct params *p, const struct rollup_source *source)
{
	const char *which = source->mark;
	const struct statement *window = source->window, *const *steps = source->steps;
	struct rows r = {0};
	enum err err;

	params_set(p, "mark", params_get(p, which));
	params_set(p, "to", val_uuid(f->bound));
	/* another sweep has already counted further */
	if (memcmp(params_get(p, which).id.b, f->bound.b, sizeof f->bound.b) >= 0)
		return OK;
	if ((err = sql_run(c->db, f->arena, window, p, &r)) != OK)
		return err;
	if (r.n > 0) {
		params_set(p, "to", rows_get(&r, 0, "id"));
		f->more = true;
	}
	for (; *steps && err == OK; steps++)
		if ((err = sql_run(c->db, f->arena, *steps, p, &r)) == OK)
			f->counted += (int64_t)r.affected;
	params_set(p, which, params_get(p, "to"));
	return err;
}

/* One transaction: locks the marks, counts one window behind each, and advances the marks. */
static enum err fold_window(struct cli *c, void *ctx)
{
	static const struct statement *const sold[] = {
		&add_types,
		&add_events,
		&add_org,
		NULL,
	};
	static const struct statement *const given_back[] = {
		&back_events,
		&back_org,
		NULL,
	};
	static const struct rollup_source orders = {"orders", &orders_window, sold};
	static const struct rollup_source refunds = {"refunds", &refunds_window, given_back};
	struct fold *f = ctx;
	struct rows r = {0};
	struct params p;
	enum err err;

	f->more = false;
	params_init(&p, f->arena);
	params_set(&p, "org", val_uuid(f->org));
	params_set(&p, "most", val_int(f->most));
	if ((err = sql_run(c->db, f->arena, &rollup_touch, &p, NULL)) != OK ||
		(err = sql_run(c->db, f->arena, &rollup_lock, &p, &r)) != OK)
		return err;
	params_from_row(&p, &r, 0);
	if ((err = rollup_count(c, f, &p, &orders)) != OK ||
		(err = rollup_count(c, f, &p, &refunds)) != OK)
		return err;
	return sql_run(c->db, f->arena, &move, &p, NULL);
}

static enum err fold_org(
	struct cli *c, struct rows *organizations, size_t row, void *ctx, bool *more)
{
	struct fold *f = ctx;
	enum err err;

	f->org = rows_get(organizations, row, "id").id;
	if ((err = org_settled(c, f->org, f->until, &f->bound)) != OK)
		return err;
	arena_reset(f->arena);
	err = transact(c, fold_window, f);
	*more = f->more;
	progress("Aggregated %lld quarter-hours of sales ...", (long long)f->counted);
	return err;
}

enum err sales_rollup_turn(struct cli *c, struct job_run *run)
{
	struct fold f = {
		.arena = arena_new((size_t)64 << 20),
		.until = run->now - JOB_SETTLED_MS,
		.most = job_share(run, WINDOW),
		.counted = run->total,
	};
	const struct org_job job = {"summing the sales of", &orgs, fold_org, &f};
	enum err err = each_org(c, &job, run);

	run->total = f.counted;
	arena_free(f.arena);
	return err;
}

/* Locks the marks first, so that no sweep counts between the two deletions. */
static enum err forget_all(struct cli *c, void *ctx)
{
	struct params *p = ctx;
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, &rollup_lock, p, &r);

	if (err == OK && (err = sql_run(c->db, c->arena, &forget, p, NULL)) == OK)
		err = sql_run(c->db, c->arena, &unmark, p, NULL);
	return err;
}

enum err sales_rollup_purge(struct cli *c, struct uuid org)
{
	struct params p;

	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(org));
	return transact(c, forget_all, &p);
}
