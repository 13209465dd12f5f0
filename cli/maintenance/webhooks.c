/* webhooks: `ticketgate webhook status`, and the purge of webhook history after 30 days. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "cli/maintenance/webhooks.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define LATE_MS 120000 /* two starts of cron: overdue */
#define LOOK (SQL_READ | SQL_GLOBAL | SQL_QUIET) /* the caller reports failures */
#define SHOWN "100" /* endpoints */
#define TEXT_SHOWN 60 /* bytes of a URL */

static const struct statement backlog = {"cli_webhook_backlog",
	"SELECT COUNT(*) AS events, MIN(created_at) AS oldest"
	" FROM outbox FORCE INDEX (outbox_pending)"
	" WHERE pending = 1",
	LOOK};
static const struct statement webhook_state_pending = {"cli_webhook_pending",
	"SELECT CAST(COALESCE(SUM(pending), 0) AS SIGNED) AS deliveries"
	" FROM webhook_tallies",
	LOOK};
static const struct statement oldest = {"cli_webhook_oldest",
	"SELECT MIN(d.due) AS due"
	" FROM (SELECT MIN(due_at) AS due FROM webhook_deliveries FORCE INDEX FOR"
	" GROUP BY (delivery_due) GROUP BY endpoint_id, attempts) d",
	LOOK};
static const struct statement webhook_state_endpoints = {"cli_webhook_endpoints",
	"SELECT w.id, o.slug AS org, w.kind, w.url, w.status,"
	" w.consecutive_failures AS failures, w.disabled_reason AS reason,"
	" w.disabled_at AS disabledAt,"
	" w.last_delivery_at AS lastDeliveryAt, COALESCE(t.pending, 0) AS pending"
	" FROM webhook_endpoints w"
	" JOIN organizations o ON o.id = w.org_id"
	" LEFT"
	" JOIN webhook_tallies t ON t.endpoint_id = w.id"
	" WHERE w.deleted_at IS NULL"
	" AND (w.status = 'DISABLED' OR w.consecutive_failures > 0"
	" OR w.not_before IS NOT NULL)"
	" ORDER BY w.status, w.consecutive_failures DESC, w.id LIMIT " SHOWN,
	LOOK};
static const struct statement senders = {"cli_webhook_senders",
	"SELECT host, pid, started_at AS startedAt, seen_at AS seenAt,"
	" ended_at AS endedAt, delivered, failed"
	" FROM webhook_senders"
	" ORDER BY seen_at DESC",
	LOOK};

/* ---- status ---- */

enum err webhook_state_read(struct cli *c, struct webhook_state *s)
{
	const struct {
		const struct statement *st;
		struct rows *rows;
	} all[] = {{&backlog, &s->backlog}, {&webhook_state_pending, &s->pending},
		{&oldest, &s->oldest}, {&webhook_state_endpoints, &s->endpoints},
		{&senders, &s->senders}};
	enum err err = OK;

	s->now = clock_now();
	for (size_t i = 0; i < sizeof all / sizeof *all && err == OK; i++)
		err = sql_run(c->db, c->arena, all[i].st, NULL, all[i].rows);
	s->due = rows_int(&s->oldest, 0, "due");
	s->waiting = rows_int(&s->backlog, 0, "events") + rows_int(&s->pending, 0, "deliveries");
	s->nobody = s->senders.n == 0 || s->now - rows_int(&s->senders, 0, "seenAt") > LATE_MS;
	s->late = (s->due && s->now - s->due > LATE_MS) ||
		(rows_int(&s->backlog, 0, "events") &&
			s->now - rows_int(&s->backlog, 0, "oldest") > LATE_MS);
	return err;
}

static void time_or_null(
	struct json *j, const char *name, const struct rows *r, size_t i, const char *column)
{
	struct val v = rows_get(r, i, column);

	if (v.type == VAL_TIME)
		write_time(j, name, v.i);
	else
		write_null(j, name);
}

static void endpoint_json(struct cli *c, const struct rows *r, size_t i)
{
	struct json *j = &c->json;

	write_object(j, NULL);
	write_text(j, "id", uuid_text(c->arena, rows_get(r, i, "id").id));
	write_text(j, "organization", rows_text(r, i, "org"));
	write_text(j, "kind", rows_text(r, i, "kind"));
	write_text(j, "url", rows_text(r, i, "url"));
	write_text(j, "status", rows_text(r, i, "status"));
	write_int(j, "consecutiveFailures", rows_int(r, i, "failures"));
	write_text(j, "disabledReason", rows_text(r, i, "reason"));
	time_or_null(j, "disabledAt", r, i, "disabledAt");
	time_or_null(j, "lastDeliveryAt", r, i, "lastDeliveryAt");
	write_int(j, "pending", rows_int(r, i, "pending"));
	write_end_object(j);
}

static void status_json(struct cli *c, const struct webhook_state *s)
{
	struct json *j = &c->json;

	write_object(j, NULL);
	write_int(j, "eventsWaiting", rows_int(&s->backlog, 0, "events"));
	write_int(j, "deliveriesPending", rows_int(&s->pending, 0, "deliveries"));
	time_or_null(j, "oldestDue", &s->oldest, 0, "due");
	write_bool(j, "late", s->late);
	write_bool(j, "nobodySends", s->nobody);
	write_array(j, "endpoints");
	for (size_t i = 0; i < s->endpoints.n; i++)
		endpoint_json(c, &s->endpoints, i);
	write_end_array(j);
	write_array(j, "senders");
	for (size_t i = 0; i < s->senders.n; i++) {
		write_object(j, NULL);
		write_text(j, "host", rows_text(&s->senders, i, "host"));
		write_int(j, "pid", rows_int(&s->senders, i, "pid"));
		time_or_null(j, "startedAt", &s->senders, i, "startedAt");
		time_or_null(j, "seenAt", &s->senders, i, "seenAt");
		time_or_null(j, "endedAt", &s->senders, i, "endedAt");
		write_int(j, "delivered", rows_int(&s->senders, i, "delivered"));
		write_int(j, "failed", rows_int(&s->senders, i, "failed"));
		write_end_object(j);
	}
	write_end_array(j);
	write_end_object(j);
}

static const char *cut(struct arena *a, const char *s)
{
	if (!s)
		return "-";
	if (strlen(s) > TEXT_SHOWN)
		return arena_printf(a, "%.*s...", TEXT_SHOWN, s);
	return s;
}

static void endpoints_print(struct cli *c, const struct rows *r)
{
	const char **cells = arena_array(c->arena, 6 * (r->n + 1), sizeof *cells);
	const char *const head[] = {
		"ORGANIZATION", "ENDPOINT", "STATUS", "FAILED", "PENDING", "URL AND REASON"};

	memcpy(cells, head, sizeof head);
	for (size_t i = 0; i < r->n; i++) {
		const char **row = cells + 6 * (i + 1), *reason = rows_text(r, i, "reason");
		row[0] = rows_text(r, i, "org");
		row[1] = uuid_text(c->arena, rows_get(r, i, "id").id);
		row[2] = rows_text(r, i, "status");
		row[3] = arena_printf(c->arena, "%lld", (long long)rows_int(r, i, "failures"));
		row[4] = arena_printf(c->arena, "%lld", (long long)rows_int(r, i, "pending"));
		row[5] = arena_printf(c->arena, "%s%s%s", cut(c->arena, rows_text(r, i, "url")),
			reason ? ": " : "", text_or(reason, ""));
	}
	table_print(&c->out, cells, r->n + 1, 6);
}

static void status_print(struct cli *c, const struct webhook_state *s)
{
	const struct rows *who = &s->senders;

	buf_printf(&c->out, "%lld events queued, %lld deliveries pending",
		(long long)rows_int(&s->backlog, 0, "events"),
		(long long)rows_int(&s->pending, 0, "deliveries"));
	if (s->due)
		buf_printf(&c->out,
			s->due <= s->now ? ", the oldest due since %s" : ", the next due at %s",
			time_text(c->arena, rows_get(&s->oldest, 0, "due")));
	buf_puts(&c->out, ".\n");
	for (size_t i = 0; i < who->n; i++) {
		bool ended = rows_get(who, i, "endedAt").type == VAL_TIME;
		buf_printf(&c->out, "%s: %s %s; %lld delivered, %lld failed since %s.\n",
			rows_text(who, i, "host"), ended ? "ended" : "seen",
			time_text(c->arena, rows_get(who, i, ended ? "endedAt" : "seenAt")),
			(long long)rows_int(who, i, "delivered"),
			(long long)rows_int(who, i, "failed"),
			time_text(c->arena, rows_get(who, i, "startedAt")));
	}
	if (s->nobody)
		buf_puts(&c->out,
			"No sender is running: add webhook-flush to cron as in "
			"conf/crontab.example, and read the mail that cron sends.\n");
	if (s->endpoints.n > 0) {
		buf_puts(&c->out, "\n");
		endpoints_print(c, &s->endpoints);
	}
}

int webhook_status(struct cli *c)
{
	struct webhook_state s = {.now = 0};
	enum err err = webhook_state_read(c, &s);

	if (err != OK)
		return reject_db(c, err, "reading webhook status");
	if (c->as_json)
		status_json(c, &s);
	else
		status_print(c, &s);
	if (s.late || (s.nobody && s.waiting > 0))
		return REFUSED;
	return DONE;
}

/* ---- purge ---- */

/* The smallest UUIDv7 of the time :before (Unix ms): older rows have smaller ids. */
#define KEPT "UNHEX(CONCAT(LPAD(HEX(:before), 12, '0'), '00000000000000000000'))"
static const struct statement old_attempts = {"cli_attempts_sweep",
	"DELETE"
	" FROM webhook_attempts"
	" WHERE delivery_id < " KEPT " ORDER BY delivery_id, n LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement old_tallies = {"cli_deliveries_tally",
	"UPDATE webhook_tallies t"
	" JOIN (SELECT endpoint_id, SUM(status = 'PENDING') AS pending,"
	" SUM(status = 'DELIVERED') AS delivered, SUM(status = 'FAILED') AS failed,"
	" SUM(status = 'CANCELLED') AS cancelled"
	" FROM (SELECT endpoint_id, status FROM webhook_deliveries WHERE id < " KEPT " ORDER BY id"
	" LIMIT 1000) d"
	" GROUP BY endpoint_id) g"
	" ON g.endpoint_id = t.endpoint_id"
	" SET t.pending = t.pending - g.pending, t.delivered = t.delivered - g.delivered,"
	" t.failed = t.failed - g.failed,"
	" t.cancelled = t.cancelled - g.cancelled",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement old_lock = {"cli_deliveries_lock",
	"SELECT COUNT(*) AS n"
	" FROM (SELECT id FROM webhook_deliveries WHERE id < " KEPT
	" ORDER BY id LIMIT 1000 FOR UPDATE) d",
	SQL_READ | SQL_GLOBAL};
static const struct statement old_deliveries = {"cli_deliveries_sweep",
	"DELETE"
	" FROM webhook_deliveries"
	" WHERE id < " KEPT " ORDER BY id LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement old_outbox = {"cli_outbox_sweep",
	"DELETE FROM outbox WHERE id < " KEPT " AND pending IS NULL"
	" ORDER BY id"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};
/* A deleted endpoint: its dependent rows are deleted first. */
static const struct statement gone = {"cli_endpoint_gone",
	"SELECT id"
	" FROM webhook_endpoints"
	" WHERE deleted_at IS NOT NULL"
	" ORDER BY deleted_at"
	" LIMIT 1",
	SQL_READ | SQL_GLOBAL};
static const struct statement gone_attempts = {"cli_gone_attempts",
	"DELETE a"
	" FROM webhook_attempts a"
	" JOIN (SELECT id FROM webhook_deliveries WHERE endpoint_id = :endpoint"
	" ORDER BY id LIMIT 1000) d ON d.id = a.delivery_id",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement gone_deliveries = {"cli_gone_deliveries",
	"DELETE"
	" FROM webhook_deliveries"
	" WHERE endpoint_id = :endpoint"
	" ORDER BY id"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement gone_secrets = {"cli_gone_secrets",
	"DELETE"
	" FROM webhook_secrets"
	" WHERE endpoint_id = :endpoint",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement gone_tally = {"cli_gone_tally",
	"DELETE"
	" FROM webhook_tallies"
	" WHERE endpoint_id = :endpoint",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement gone_endpoint = {"cli_gone_endpoint",
	"DELETE"
	" FROM webhook_endpoints"
	" WHERE id = :endpoint AND deleted_at IS NOT NULL",
	SQL_WRITE | SQL_GLOBAL};

struct purge {
	struct params p;
	int64_t n; /* rows of this batch */
};

static enum err delete (struct cli *c, const struct statement *st, struct purge *b) {
	struct rows r = {0}; enum err err = sql_run(c->db, c->arena, st, &b->p, &r);

	b->n += err ? 0 : (int64_t)r.affected;
	return err;
}

static enum err batch_attempts(struct cli *c, void *ctx)
{
	return delete (c, &old_attempts, ctx);
}

/* Deletes deliveries and subtracts them from the counters in one transaction. */
static enum err batch_deliveries(struct cli *c, void *ctx)
{
	struct purge *b = ctx;
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, &old_lock, &b->p, &r);

	if (err != OK || rows_int(&r, 0, "n") == 0)
		return err;
	err = sql_run(c->db, c->arena, &old_tallies, &b->p, NULL);
	if (err)
		return err;
	return delete (c, &old_deliveries, b);
}

static enum err batch_outbox(struct cli *c, void *ctx)
{
	return delete (c, &old_outbox, ctx);
}

/* Deletes one batch of a deleted endpoint's rows, and the endpoint itself when none is left. */
static enum err batch_gone(struct cli *c, void *ctx)
{
	static const struct statement *const rest[] = {&gone_secrets, &gone_tally, &gone_endpoint};
	struct purge *b = ctx;
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, &gone, NULL, &r);

	if (err != OK || r.n == 0)
		return err;
	params_set(&b->p, "endpoint", rows_get(&r, 0, "id"));
	err = delete (c, &gone_attempts, b);
	if (err == OK)
		err = delete (c, &gone_deliveries, b);
	for (size_t i = 0; i < 3 && err == OK && b->n == 0; i++)
		err = delete (c, rest[i], b);
	/* nothing was left to delete, or another sweep deleted it: 1 makes the caller look again */
	b->n = err == OK && b->n == 0 ? 1 : b->n;
	return err;
}

enum err webhook_history_turn(struct cli *c, struct job_run *run)
{
	static transaction *const batches[] = {
		batch_attempts, batch_deliveries, batch_outbox, batch_gone};
	struct purge b;
	enum err err = OK;

	run->more = false;
	params_init(&b.p, c->arena);
	params_set(&b.p, "before", val_int(run->now - WEBHOOK_HISTORY_MS));
	for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
		b.n = 0;
		enum err one = transact(c, batches[i], &b);
		assert(b.n >= 0);
		if (one) {
			err = one;
			continue;
		}
		run->total += b.n;
		run->more |= b.n > 0;
	}
	progress("Deleted %lld rows of webhook history ...", (long long)run->total);
	return err;
}
