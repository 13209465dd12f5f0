/* sweep: `ticketgate sweep`, which purges expired data and counts new orders, and `version`. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/inventory.h"
#include "cli/maintenance/sales_rollup.h"
#include "cli/maintenance/order_counters.h"
#include "cli/maintenance/webhooks.h"

#include <assert.h>

#define IDEMPOTENCY_KEPT_MS (INT64_C(24) * 3600 * 1000)
#define SWEEP_BATCH 1000
#define EXPIRE_BATCH 200
#define SETTLED_MS 60000 /* longer than any transaction that creates an order stays open */

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

static enum err end_webhooks(struct cli *c, void *ctx)
{
	struct batch *b = ctx;

	return sql_run(c->db, c->arena, &expired_keys, &b->p, NULL);
}

/* Releases the tickets of expired holds. Holds locked by a request in progress are left to the next
 * sweep: the loop stops when a round releases none. */
static enum err expire(struct cli *c, int64_t *total)
{
	int64_t now = clock_now(), n;
	enum err err;

	*total = 0;
	do {
		struct arena *a = arena_new((size_t)64 << 20);
		n = 0;
		err = expired_holds_end(c->db, a, now, EXPIRE_BATCH, &n);
		arena_free(a);
		*total += n;
		assert(n >= 0 && n <= EXPIRE_BATCH);
		progress("Released %lld holds ...", (long long)*total);
	} while (err == OK && n > 0);
	return err;
}

/* Deletes in small batches, oldest first: locks stay short, and each batch is one small write set
 * for a Galera cluster. */
static enum err delete_old(struct cli *c, struct batch *b, const struct statement *st,
	const char *what, uint64_t *total)
{
	enum err err;

	b->st = st;
	*total = 0;
	do {
		if ((err = transact(c, sweep_batch, b)) != OK)
			break;
		*total += b->r.affected;
		assert(b->r.affected <= SWEEP_BATCH);
		progress("Deleted %llu %s ...", (unsigned long long)*total, what);
	} while (b->r.affected == SWEEP_BATCH);
	progress(NULL);
	return err;
}

int sweep(struct cli *c)
{
	struct batch b;
	uint64_t total, sessions;
	int64_t orders, holds, quarters, webhooks;
	enum err err;

	err = expire(c, &holds);
	progress(NULL);
	if (err != OK)
		return reject_db(c, err, "releasing expired holds");
	params_init(&b.p, c->arena);
	params_set(&b.p, "before", val_time(clock_now() - IDEMPOTENCY_KEPT_MS));
	params_set(&b.p, "now", val_time(clock_now()));
	if ((err = delete_old(c, &b, &idempotency_sweep, "stored responses", &total)) != OK)
		return reject_db(c, err, "deleting stored responses");
	if ((err = delete_old(c, &b, &session_sweep, "sessions", &sessions)) != OK)
		return reject_db(c, err, "deleting expired sessions");
	if ((err = transact(c, end_webhooks, &b)) != OK)
		return reject_db(c, err, "disabling webhooks of expired keys");
	if ((err = order_counters_fold(c, clock_now() - SETTLED_MS, &orders)) == OK)
		err = sales_rollup_fold(c, clock_now() - SETTLED_MS, &quarters);
	progress(NULL);
	if (err != OK)
		return reject_db(c, err, "counting orders");
	err = webhook_history_purge(c, &webhooks);
	progress(NULL);
	if (err != OK)
		return reject_db(c, err, "deleting webhook history");
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_int(&c->json, "idempotencyDeleted", (int64_t)total);
		write_int(&c->json, "sessionsDeleted", (int64_t)sessions);
		write_int(&c->json, "ordersCounted", orders);
		write_int(&c->json, "holdsExpired", holds);
		write_int(&c->json, "webhookRowsDeleted", webhooks);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out,
			"Deleted %llu stored responses older than 24 hours, counted %lld new "
			"orders, released %lld expired holds, deleted %lld rows of webhook "
			"history.\n",
			(unsigned long long)total, (long long)orders, (long long)holds,
			(long long)webhooks);
	}
	return DONE;
}
