/* sweep: `ticketgate sweep`, which purges expired data and counts new orders, and `version`. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/db/migrate.h"
#include "cli/maintenance/hold_release.h"
#include "cli/maintenance/sales_rollup.h"
#include "cli/maintenance/order_counters.h"
#include "cli/maintenance/order_words.h"
#include "cli/maintenance/retention.h"
#include "cli/maintenance/webhooks.h"

#include <assert.h>

#define IDEMPOTENCY_KEPT_MS (INT64_C(24) * 3600 * 1000)
#define SWEEP_BATCH 1000
#define MAIL_HISTORY_MS (INT64_C(30) * 24 * 3600 * 1000)
#define DOOR_KEPT_MS (INT64_C(72) * 3600 * 1000) /* after the end of its session */
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define EXPIRY_OVERLAP_MS (INT64_C(3600) * 1000) /* keys that are looked at again */

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

static const struct statement code_sweep = {"cli_code_sweep",
	"DELETE"
	" FROM user_codes"
	" WHERE expires_at <= :now"
	" ORDER BY expires_at"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};

/* Doors that signed in by a link, found by their addresses: without a code that they could still
 * use, and if they came, 3 days after the last session of the link can have ended. */
static const struct statement door_sweep = {"cli_door_sweep",
	"DELETE"
	" FROM users"
	" WHERE email >= 'door-' AND email < 'door.' AND email LIKE '%@invalid'"
	" AND role = 'door' AND (password_hash = '' OR updated_at < :doorBefore)"
	" AND NOT EXISTS (SELECT 1 FROM user_codes c WHERE c.user_id = users.id"
	" AND c.expires_at > :now)"
	" AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = users.id)"
	" ORDER BY email"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};

static const struct statement mail_sweep = {"cli_mail_sweep",
	"DELETE"
	" FROM mail_messages"
	" WHERE id < :oldest"
	" ORDER BY id"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};

/* Disables the webhooks of keys that have expired since the mark; revoking a key deletes its
 * webhook. */
static const struct statement expired_keys = {"cli_expired_keys",
	"UPDATE api_keys k FORCE INDEX (api_key_expiry)"
	" STRAIGHT_JOIN webhook_endpoints w ON w.source_id = k.id"
	" SET w.status = 'DISABLED', w.disabled_reason = 'Its API key has expired.',"
	" w.disabled_at = :now,"
	" w.version = w.version + 1, w.updated_at = :now"
	" WHERE k.expires_at > :from AND k.expires_at <= :now AND w.kind = 'KEY'"
	" AND w.deleted_at IS NULL AND w.status = 'ACTIVE'",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement expiry_mark = {"cli_expiry_mark",
	"SELECT mark"
	" FROM sweep_marks"
	" WHERE name = 'expired_keys'",
	SQL_READ | SQL_GLOBAL};
static const struct statement expiry_move = {"cli_expiry_move",
	"INSERT INTO sweep_marks (name, mark)"
	" VALUES ('expired_keys', :mark)"
	" ON DUPLICATE KEY UPDATE mark = VALUES(mark)",
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

/* Deletes a small batch, oldest first: locks stay short, and each batch is one small write set for
 * a Galera cluster. */
static enum err delete_old(
	struct cli *c, const struct statement *st, const char *what, struct job_run *run)
{
	struct batch b = {.st = st};

	params_init(&b.p, c->arena);
	params_set(&b.p, "before", val_time(run->now - IDEMPOTENCY_KEPT_MS));
	params_set(&b.p, "now", val_time(run->now));
	params_set(&b.p, "oldest", val_uuid(uuid_of_time(run->now - MAIL_HISTORY_MS, false)));
	params_set(
		&b.p, "doorBefore", val_time(run->now - c->conf->session_life_ms - DOOR_KEPT_MS));
	enum err err = transact(c, sweep_batch, &b);
	if (err)
		return err;
	run->total += (int64_t)b.r.affected;
	assert(b.r.affected <= SWEEP_BATCH);
	run->more = b.r.affected == SWEEP_BATCH;
	progress("Deleted %lld %s ...", (long long)run->total, what);
	return OK;
}

/* ---- jobs ---- */

static enum err delete_responses(struct cli *c, struct job_run *run)
{
	return delete_old(c, &idempotency_sweep, "stored responses", run);
}

static enum err delete_sessions(struct cli *c, struct job_run *run)
{
	return delete_old(c, &session_sweep, "sessions", run);
}

static enum err delete_codes(struct cli *c, struct job_run *run)
{
	return delete_old(c, &code_sweep, "one-time codes", run);
}

static enum err delete_doors(struct cli *c, struct job_run *run)
{
	return delete_old(c, &door_sweep, "door links", run);
}

static enum err delete_mail(struct cli *c, struct job_run *run)
{
	return delete_old(c, &mail_sweep, "messages", run);
}

/* From where on keys are looked at: what another node's clock or a slow transaction brought in late
 * is found again, and once a day all are, such as those whose webhook was enabled again. */
static int64_t expiry_from(const struct rows *mark, int64_t now)
{
	if (mark->n == 0)
		return 0;
	struct uuid id = rows_get(mark, 0, "mark").id;
	int64_t last = uuid_time(&id);
	if (last / DAY_MS != now / DAY_MS)
		return 0;
	return last - EXPIRY_OVERLAP_MS;
}

/* Runs inside transact(). */
static enum err disable_expired(struct cli *c, void *ctx)
{
	const struct job_run *run = ctx;
	struct rows mark = {0};
	struct params p;
	enum err err;

	params_init(&p, c->arena);
	if ((err = sql_run(c->db, c->arena, &expiry_mark, NULL, &mark)) != OK)
		return err;
	params_set(&p, "now", val_time(run->now));
	params_set(&p, "from", val_time(expiry_from(&mark, run->now)));
	params_set(&p, "mark", val_uuid(uuid_of_time(run->now, false)));
	if ((err = sql_run(c->db, c->arena, &expired_keys, &p, NULL)) != OK)
		return err;
	return sql_run(c->db, c->arena, &expiry_move, &p, NULL);
}

static enum err disable_webhooks(struct cli *c, struct job_run *run)
{
	run->more = false;
	return transact(c, disable_expired, run);
}

enum {
	HOLDS,
	RESPONSES,
	SESSIONS,
	CODES,
	DOORS,
	MAIL,
	WEBHOOKS,
	ORDERS,
	SALES,
	BUYERS,
	HISTORY,
	RETENTION,
	VISITORS,
	JOBS
};
static const struct {
	const char *doing; /* for the error message */
	job_turn *turn;
	const char *member; /* of the JSON output; NULL: left out */
} jobs[JOBS] = {
	[HOLDS] = {"releasing expired holds", hold_release_turn, "holdsExpired"},
	[RESPONSES] = {"deleting stored responses", delete_responses, "idempotencyDeleted"},
	[SESSIONS] = {"deleting expired sessions", delete_sessions, "sessionsDeleted"},
	[CODES] = {"deleting expired one-time codes", delete_codes, NULL},
	[DOORS] = {"deleting old door links", delete_doors, "doorLinksDeleted"},
	[MAIL] = {"deleting old mail", delete_mail, "mailDeleted"},
	[WEBHOOKS] = {"disabling webhooks of expired keys", disable_webhooks, NULL},
	[ORDERS] = {"counting orders", order_counters_turn, "ordersCounted"},
	[SALES] = {"summing sales", sales_rollup_turn, NULL},
	[BUYERS] = {"indexing buyers", order_words_turn, NULL},
	[HISTORY] = {"deleting webhook history", webhook_history_turn, "webhookRowsDeleted"},
	[RETENTION] = {"deleting old holds", retention_turn, "holdRowsDeleted"},
	[VISITORS] = {"deleting visitors' audit entries", retention_visitors_turn, NULL},
};

/* One turn of each job that has something left; returns whether any has. A turn is a share of every
 * organization's work: what one has waiting delays the others' by its share, not by all of it. */
static bool sweep_turn(struct cli *c, struct job_run runs[JOBS])
{
	bool more = false;

	for (size_t i = 0; i < JOBS; i++) {
		if (!runs[i].more)
			continue;
		enum err err = job_take_turn(c, jobs[i].turn, &runs[i]);
		progress(NULL);
		more |= err == OK && runs[i].more;
		if (err == OK)
			continue;
		runs[i].more = false;
		reject_db(c, err, jobs[i].doing);
		c->partial = true;
	}
	return more;
}

int sweep(struct cli *c)
{
	struct job_run runs[JOBS] = {0};
	int64_t total[JOBS];
	/* while tables are created and altered, its statements may fail */
	bool later = migrate_in_progress(c->db, c->arena);

	for (size_t i = 0; i < JOBS; i++)
		runs[i] = (struct job_run){.now = clock_now(), .more = !later};
	while (sweep_turn(c, runs))
		;
	hold_release_free(&runs[HOLDS]);
	runs[RETENTION].total += runs[VISITORS].total;
	for (size_t i = 0; i < JOBS; i++)
		total[i] = runs[i].total;
	if (c->as_json) {
		write_object(&c->json, NULL);
		for (size_t i = 0; i < JOBS; i++)
			if (jobs[i].member)
				write_int(&c->json, jobs[i].member, total[i]);
		write_end_object(&c->json);
		return DONE;
	}
	if (later) {
		buf_puts(&c->out, "Migrations are being applied; the next sweep does the work.\n");
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
