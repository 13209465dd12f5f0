/* sweep: `ticketgate sweep`, which purges expired data and counts new orders, and `version`. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/inventory.h"
#include "cli/maintenance/sales_rollup.h"
#include "cli/maintenance/order_counters.h"
#include "cli/maintenance/order_words.h"
#include "cli/maintenance/retention.h"
#include "cli/maintenance/webhooks.h"

#include <assert.h>

#define IDEMPOTENCY_KEPT_MS (INT64_C(24) * 3600 * 1000)
#define SWEEP_BATCH 1000
#define EXPIRE_BATCH 200
#define SETTLED_MS 60000 /* the last minute is left to the next sweep */

static const struct statement idempotency_sweep = {"cli_idempotency_sweep",
	"DELETE"
	" FROM idempotency"
	" WHERE created_at < :before"
	" ORDER BY created_at"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};

static const struct statement session_sweep = {"cli_session_sweep",
	"DELETE"
	" FROM sessions"
	" WHERE expires_at <= :now"
	" ORDER BY expires_at"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};

/* Disables the webhooks of expired keys; revoking a key deletes its webhook. */
static const struct statement expired_keys = {"cli_expired_keys",
	"UPDATE api_keys k"
	" STRAIGHT_JOIN webhook_endpoints w ON w.source_id = k.id"
	" SET w.status = 'DISABLED', w.disabled_reason = 'Its API key has expired.',"
	" w.disabled_at = :now,"
	" w.version = w.version + 1, w.updated_at = :now"
	" WHERE k.expires_at <= :now AND w.kind = 'KEY' AND w.deleted_at IS NULL"
	" AND w.status = 'ACTIVE'",
	SQL_WRITE | SQL_GLOBAL};

int version(struct cli *c)
{
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "version", TG_VERSION);
		write_end_object(&c->json);
	} else {
		buf_puts(&c->out, "ticketgate " TG_VERSION "\n");
	}
	return DONE;
}

struct batch {
	const struct statement *st;
	struct params p;
	struct rows r;
};

/* Runs the batch's statement once; runs inside transact(). */
static enum err sweep_batch(struct cli *c, void *ctx)
{
	struct batch *b = ctx;

	b->r = (struct rows){0};
	return sql_run(c->db, c->arena, b->st, &b->p, &b->r);
}

static struct batch batch_of(struct cli *c, const struct statement *st)
{
	struct batch b = {.st = st};

	params_init(&b.p, c->arena);
	params_set(&b.p, "before", val_time(clock_now() - IDEMPOTENCY_KEPT_MS));
	params_set(&b.p, "now", val_time(clock_now()));
	return b;
}

/* Deletes in small batches, oldest first: locks stay short, and each batch is one small write set
 * for a Galera cluster. */
static enum err delete_old(
	struct cli *c, const struct statement *st, const char *what, int64_t *total)
{
	struct batch b = batch_of(c, st);
	enum err err;

	do {
		if ((err = transact(c, sweep_batch, &b)) != OK)
			break;
		*total += (int64_t)b.r.affected;
		assert(b.r.affected <= SWEEP_BATCH);
		progress("Deleted %lld %s ...", (long long)*total, what);
	} while (b.r.affected == SWEEP_BATCH);
	return err;
}

/* ---- steps ---- */

/* Releases the tickets of expired holds. Holds locked by a request in progress are left to the next
 * sweep. */
static enum err release_holds(struct cli *c, int64_t *total)
{
	struct expired_run run = {.now = clock_now()};
	int64_t seen;
	enum err err;

	do {
		struct arena *a = arena_new((size_t)64 << 20);
		seen = run.seen;
		err = expired_holds_end(c->db, a, EXPIRE_BATCH, &run);
		arena_free(a);
		progress("Released %lld holds ...", (long long)run.ended);
	} while (err == OK && run.seen > seen);
	*total = run.ended;
	if (run.failed == 0)
		return err;
	progress(NULL);
	refuse("releasing %lld of the expired holds failed, the first with: %s; run `ticketgate "
	       "verify`",
		(long long)run.failed, run.why);
	c->partial = true;
	return err;
}

static enum err delete_responses(struct cli *c, int64_t *total)
{
	return delete_old(c, &idempotency_sweep, "stored responses", total);
}

static enum err delete_sessions(struct cli *c, int64_t *total)
{
	return delete_old(c, &session_sweep, "sessions", total);
}

static enum err disable_webhooks(struct cli *c, int64_t *total)
{
	struct batch b = batch_of(c, &expired_keys);
	enum err err = transact(c, sweep_batch, &b);

	*total = (int64_t)b.r.affected;
	return err;
}

static enum err count_orders(struct cli *c, int64_t *total)
{
	return order_counters_fold(c, clock_now() - SETTLED_MS, total);
}

static enum err sum_sales(struct cli *c, int64_t *total)
{
	return sales_rollup_fold(c, clock_now() - SETTLED_MS, total);
}

enum { HOLDS, RESPONSES, SESSIONS, WEBHOOKS, ORDERS, SALES, BUYERS, HISTORY, RETENTION, STEPS };
static const struct {
	const char *doing; /* for the error message */
	enum err (*run)(struct cli *c, int64_t *total);
	const char *member; /* of the JSON output; NULL: left out */
} steps[STEPS] = {
	[HOLDS] = {"releasing expired holds", release_holds, "holdsExpired"},
	[RESPONSES] = {"deleting stored responses", delete_responses, "idempotencyDeleted"},
	[SESSIONS] = {"deleting expired sessions", delete_sessions, "sessionsDeleted"},
	[WEBHOOKS] = {"disabling webhooks of expired keys", disable_webhooks, NULL},
	[ORDERS] = {"counting orders", count_orders, "ordersCounted"},
	[SALES] = {"summing sales", sum_sales, NULL},
	[BUYERS] = {"indexing buyers", order_words_index, NULL},
	[HISTORY] = {"deleting webhook history", webhook_history_purge, "webhookRowsDeleted"},
	[RETENTION] = {"deleting old holds", retention_purge, "holdRowsDeleted"},
};

int sweep(struct cli *c)
{
	int64_t total[STEPS] = {0};

	for (size_t i = 0; i < STEPS; i++) {
		enum err err = steps[i].run(c, &total[i]);
		progress(NULL);
		if (err == OK)
			continue;
		reject_db(c, err, steps[i].doing);
		c->partial = true;
	}
	if (c->as_json) {
		write_object(&c->json, NULL);
		for (size_t i = 0; i < STEPS; i++)
			if (steps[i].member)
				write_int(&c->json, steps[i].member, total[i]);
		write_end_object(&c->json);
		return DONE;
	}
	buf_printf(&c->out,
		"Deleted %lld stored responses older than 24 hours, counted %lld new "
		"orders, released %lld expired holds, deleted %lld rows of webhook "
		"history and %lld of old holds and visitors.\n",
		(long long)total[RESPONSES], (long long)total[ORDERS], (long long)total[HOLDS],
		(long long)total[HISTORY], (long long)total[RETENTION]);
	return DONE;
}
