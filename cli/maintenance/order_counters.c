/* order_counters: advances the stored order counts that lists report as their total. */
#include "cli/maintenance/order_counters.h"

#include <string.h>

/* orders of an organization in one turn, at most, and their events: each is a transaction */
#define WINDOW 2000
#define EVENTS 64

#define ALL_EVENTS "x'00000000000000000000000000000000'"
#define COUNTERS_TAIL(index)                 \
	" FROM orders o FORCE INDEX (" index \
	") WHERE o.org_id = :org AND o.id > :mark AND o.id <= :to"
#define COUNTS                                                                     \
	"SELECT COUNT(CASE o.status WHEN 'COMPLETED' THEN 1 END) AS completed,"    \
	" COUNT(CASE o.status WHEN 'PARTIALLY_REFUNDED' THEN 1 END) AS partially," \
	" COUNT(CASE o.status WHEN 'REFUNDED' THEN 1 END) AS refunded"

static const struct statement orgs = {"cli_tally_orgs",
	"SELECT g.id, g.slug, COALESCE(t.mark, " ALL_EVENTS ") AS mark"
	" FROM organizations g"
	" LEFT"
	" JOIN order_tallies t ON t.org_id = g.id AND t.event_id = " ALL_EVENTS,
	SQL_READ | SQL_GLOBAL};
static const struct statement window = {"cli_tally_window",
	"SELECT o.id, o.event_id AS event" COUNTERS_TAIL("order_org") " ORDER BY o.id LIMIT :most",
	SQL_READ};
static const struct statement counters_touch = {"cli_tally_touch",
	"INSERT IGNORE INTO order_tallies (org_id, event_id, mark)"
	" VALUES (:org, :event, " ALL_EVENTS ")",
	SQL_WRITE};
static const struct statement counters_lock = {"cli_tally_lock",
	"SELECT mark"
	" FROM order_tallies"
	" WHERE org_id = :org AND event_id = :event"
	" FOR UPDATE",
	SQL_READ};
static const struct statement count_org = {
	"cli_tally_count_org", COUNTS COUNTERS_TAIL("order_org"), SQL_READ};
static const struct statement counters_count_event = {"cli_tally_count_event",
	COUNTS COUNTERS_TAIL("order_event") " AND o.event_id = :event", SQL_READ};
static const struct statement move = {"cli_tally_move",
	"UPDATE order_tallies"
	" SET completed = completed + :completed,"
	" partially_refunded = partially_refunded + :partially,"
	" refunded = refunded + :refunded, mark = :to"
	" WHERE org_id = :org AND event_id = :event",
	SQL_WRITE};

/* The state of one run: which row is being advanced, and how far. */
struct fold {
	struct arena *arena; /* reset for each window */
	struct uuid org, event, to; /* `to`: the last order id of the window, included */
	int64_t until; /* ms; later orders are not counted */
	int64_t most, most_events; /* orders in a window, and events of them */
	struct uuid events[EVENTS]; /* of the window */
	size_t n_events;
	int64_t *total; /* orders counted in all organizations */
	bool whole; /* the row is the organization's total, not an event's */
	int64_t counted;
};

/* Locks one row, adds the orders behind its mark, and advances the mark. */
static enum err fold_row(struct cli *c, void *ctx)
{
	struct fold *f = ctx;
	struct rows r = {0};
	struct params p;
	enum err err;

	params_init(&p, f->arena);
	params_set(&p, "org", val_uuid(f->org));
	params_set(&p, "event", val_uuid(f->event));
	params_set(&p, "to", val_uuid(f->to));
	if ((err = sql_run(c->db, f->arena, &counters_touch, &p, NULL)) != OK ||
		(err = sql_run(c->db, f->arena, &counters_lock, &p, &r)) != OK)
		return err;
	struct val mark = rows_get(&r, 0, "mark");
	/* another sweep has already counted this window */
	if (mark.type != VAL_UUID || memcmp(mark.id.b, f->to.b, sizeof f->to.b) >= 0)
		return OK;
	params_set(&p, "mark", mark);
	if ((err = sql_run(
		     c->db, f->arena, f->whole ? &count_org : &counters_count_event, &p, &r)) != OK)
		return err;
	f->counted = rows_int(&r, 0, "completed") + rows_int(&r, 0, "partially") +
		rows_int(&r, 0, "refunded");
	params_from_row(&p, &r, 0);
	return sql_run(c->db, f->arena, &move, &p, NULL);
}

/* Advances the rows of a window's events first and the organization's row last: its mark tells
 * where the next run starts, so an interrupted window is found again. */
static enum err fold_window(struct cli *c, struct fold *f, int64_t *counted)
{
	enum err err = OK;

	f->whole = false;
	for (size_t i = 0; err == OK && i < f->n_events; i++) {
		f->event = f->events[i];
		err = transact(c, fold_row, f);
	}
	if (err != OK || f->n_events == 0)
		return err;
	f->whole = true;
	f->counted = 0;
	memset(&f->event, 0, sizeof f->event);
	err = transact(c, fold_row, f);
	if (err == OK)
		*counted += f->counted;
	progress("Counted %lld orders ...", (long long)*counted);
	return err;
}

/* Adds an event to those of the window, unless it would be one too many. */
static bool add_event(struct fold *f, struct uuid event)
{
	for (size_t i = 0; i < f->n_events; i++)
		if (uuid_equal(&f->events[i], &event))
			return true;
	if ((int64_t)f->n_events == f->most_events)
		return false;
	f->events[f->n_events++] = event;
	return true;
}

/* Ends the window at the last of the orders, or before the first one that is of an event too many;
 * at `bound` when there are no more orders. Returns whether there may be. */
static bool set_window(struct fold *f, const struct rows *orders, struct uuid bound)
{
	size_t n = 0;

	for (f->n_events = 0; n < orders->n && add_event(f, rows_get(orders, n, "event").id); n++)
		f->to = rows_get(orders, n, "id").id;
	if ((int64_t)n == f->most || n < orders->n)
		return true;
	f->to = bound;
	return false;
}

/* Advances one organization by a window from its mark, at most to the bound. */
static enum err fold_org(
	struct cli *c, struct rows *organizations, size_t row, void *ctx, bool *more)
{
	struct fold *f = ctx;
	struct uuid mark = rows_get(organizations, row, "mark").id, bound;
	struct rows r = {0};
	struct params p;
	enum err err;

	f->org = rows_get(organizations, row, "id").id;
	if ((err = org_settled(c, f->org, f->until, &bound)) != OK ||
		memcmp(mark.b, bound.b, sizeof bound.b) >= 0)
		return err;
	arena_reset(f->arena);
	params_init(&p, f->arena);
	params_set(&p, "org", val_uuid(f->org));
	params_set(&p, "mark", val_uuid(mark));
	params_set(&p, "to", val_uuid(bound));
	params_set(&p, "most", val_int(f->most));
	if ((err = sql_run(c->db, f->arena, &window, &p, &r)) != OK)
		return err;
	*more = set_window(f, &r, bound);
	rows_set(organizations, row, "mark", val_uuid(f->to));
	return fold_window(c, f, f->total);
}

enum err order_counters_turn(struct cli *c, struct job_run *run)
{
	struct fold f = {
		.arena = arena_new((size_t)64 << 20),
		.until = run->now - JOB_SETTLED_MS,
		.most = job_share(run, WINDOW),
		.most_events = job_share(run, EVENTS),
		.total = &run->total,
	};
	const struct org_job job = {"counting the orders of", &orgs, fold_org, &f};
	enum err err = each_org(c, &job, run);

	arena_free(f.arena);
	return err;
}
