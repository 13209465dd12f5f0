/* results: stores the results of many attempts in one transaction, and updates their endpoints. */
#include "cron/webhook_flush/verdicts.h"

#include "common/access/audit.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/db/dialect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define CANCEL_BATCH 1000

static const char *const states[] = {"DELIVERED", "PENDING", "FAILED", "CANCELLED"};

/* Lock order of all transactions: endpoints by id, then deliveries by id, then the rest. */
static const struct statement lock_endpoints = {
	"settle_endpoints",
	"SELECT w.id, w.consecutive_failures AS failures, w.status = 'ACTIVE'"
	" AND w.deleted_at IS NULL AS active"
	" FROM JSON_TABLE(:endpoints, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]')) j"
	" STRAIGHT_JOIN webhook_endpoints w ON w.id = UNHEX(j.id)" SQL_FOR_UPDATE_OF("w"),
	SQL_READ | SQL_GLOBAL,
};
#define RESULTS                                                                                    \
	"JSON_TABLE(:rows, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', tries INT PATH '$[1]', state " \
	"VARCHAR(10) PATH '$[2]', due BIGINT PATH '$[3]', http INT PATH '$[4]',"                   \
	" error VARCHAR(40) PATH '$[5]')) j"
static const struct statement lock_deliveries = {
	"settle_deliveries",
	"SELECT d.id FROM " RESULTS " STRAIGHT_JOIN webhook_deliveries d ON d.id = UNHEX(j.id)"
	" WHERE d.lease = :run AND d.tries = j.tries" SQL_FOR_UPDATE_OF("d"),
	SQL_READ | SQL_GLOBAL,
};
#define STAMP(ms) "TIMESTAMPADD(MICROSECOND, " ms " * 1000, TIMESTAMP'1970-01-01 00:00:00.000')"
static const struct statement end_deliveries = {
	"settle_end",
	"UPDATE " RESULTS " STRAIGHT_JOIN webhook_deliveries d ON d.id = UNHEX(j.id)"
	" SET d.lease = NULL, d.status = j.state, d.due_at = " STAMP(
		"j.due") ","
			 " d.last_status = j.http, d.last_error = j.error,"
			 " d.completed_at = IF(j.due IS NULL, :now, NULL)"
			 " WHERE d.lease = :run AND d.tries = j.tries",
	SQL_WRITE | SQL_GLOBAL,
};
/* Recorded as well for deliveries that were cancelled or taken over meanwhile, since it was sent.
 */
static const struct statement put_attempts = {
	"settle_attempts",
	"INSERT INTO webhook_attempts (delivery_id, n, org_id, cause, started_at,"
	" duration_ms, http_status, error, response)"
	" SELECT UNHEX(j.id), j.n, UNHEX(j.org), j.cause, " STAMP(
		"j.started") ", j.ms, j.http, j.error, UNHEX(j.response) FROM "
			     "JSON_TABLE(:attempts, '$[*]' COLUMNS ("
			     "id CHAR(32) PATH '$[0]', n INT PATH '$[1]', org CHAR(32) PATH "
			     "'$[2]', cause VARCHAR(10) PATH '$[3]', started BIGINT PATH '$[4]', "
			     "ms INT PATH '$[5]', http INT PATH '$[6]',"
			     " error VARCHAR(40) PATH '$[7]', response VARCHAR(2048) PATH '$[8]')) "
			     "j"
			     " ON DUPLICATE KEY UPDATE started_at ="
			     " VALUES(started_at), duration_ms ="
			     " VALUES(duration_ms), http_status ="
			     " VALUES(http_status), error ="
			     " VALUES(error),"
			     " response = VALUES(response)",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement results_count = {
	"settle_count",
	"UPDATE JSON_TABLE(:endpoints, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', delivered INT PATH "
	"'$[1]', failed INT PATH '$[2]', cancelled INT PATH '$[3]')) j"
	" STRAIGHT_JOIN webhook_tallies t ON t.endpoint_id = UNHEX(j.id)"
	" SET t.pending = t.pending - j.delivered - j.failed - j.cancelled,"
	" t.delivered = t.delivered + j.delivered,"
	" t.failed = t.failed + j.failed, t.cancelled = t.cancelled + j.cancelled"
	" WHERE j.delivered + j.failed + j.cancelled > 0",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement health = {
	"settle_health",
	"UPDATE JSON_TABLE(:endpoints, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', failures INT PATH "
	"'$[4]', reset INT PATH '$[5]', rest BIGINT PATH '$[6]', last BIGINT PATH '$[7]')) j"
	" STRAIGHT_JOIN webhook_endpoints w ON w.id = UNHEX(j.id)"
	" SET w.consecutive_failures = j.failures,"
	" w.not_before = IF(j.reset, NULL, COALESCE(" STAMP(
		"j.rest") ", w.not_before)), w.last_delivery_at = COALESCE(" STAMP("j.last") ", "
											     "w."
											     "last_"
											     "deliv"
											     "ery_"
											     "at)",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement disable = {
	"endpoint_disable",
	"UPDATE webhook_endpoints"
	" SET status = 'DISABLED', disabled_reason = :reason, disabled_at = :now,"
	" updated_at = :now, version = version + 1"
	" WHERE id = :endpoint AND status = 'ACTIVE' AND deleted_at IS NULL",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement cancel = {
	"endpoint_cancel",
	"UPDATE webhook_deliveries"
	" SET status = 'CANCELLED', lease = NULL, due_at = NULL, completed_at = :now"
	" WHERE endpoint_id = :endpoint AND status = 'PENDING' AND due_at IS NOT NULL"
	" ORDER BY id"
	" LIMIT 1000",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement cancel_count = {
	"endpoint_cancel_count",
	"UPDATE webhook_tallies"
	" SET pending = pending - :n, cancelled = cancelled + :n"
	" WHERE endpoint_id = :endpoint",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement lock_one = {
	"cancel_endpoint",
	"SELECT status = 'ACTIVE' AND deleted_at IS NULL AS active"
	" FROM webhook_endpoints"
	" WHERE id = :endpoint"
	" FOR UPDATE",
	SQL_READ | SQL_GLOBAL,
};

const struct statement *const results_statements[] = {
	&lock_endpoints,
	&lock_deliveries,
	&end_deliveries,
	&put_attempts,
	&results_count,
	&health,
	&disable,
	&audit_insert,
	&cancel,
	&cancel_count,
	&lock_one,
	NULL,
};

/* ---- storing ---- */

static void write_or_null(struct json *j, int64_t v)
{
	if (v)
		write_int(j, NULL, v);
	else
		write_null(j, NULL);
}

static const char *error_of(const struct verdict *v)
{
	if (v->job->spent)
		return "interrupted";
	if (v->outcome == CANCELLED)
		return "expired";
	return v->job->post.error;
}

static struct val results(struct flush *f, const struct settling *s)
{
	struct json *j = rows_begin(&f->s);

	for (size_t i = 0; i < s->n; i++) {
		const struct verdict *v = &s->list[i];

		write_array(j, NULL);
		write_hex(j, NULL, v->job->delivery.b, sizeof(struct uuid));
		write_int(j, NULL, v->job->tries);
		write_text(j, NULL, states[v->outcome]);
		write_or_null(j, v->due);
		write_or_null(j, v->job->post.status);
		write_text(j, NULL, error_of(v));
		write_end_array(j);
	}
	return rows_end(&f->s);
}

static struct val attempts(struct flush *f, const struct settling *s)
{
	struct json *j = rows_begin(&f->s);

	for (size_t i = 0; i < s->n; i++) {
		const struct job *job = s->list[i].job;

		if (job->spent || s->list[i].outcome == CANCELLED)
			continue;
		write_array(j, NULL);
		write_hex(j, NULL, job->delivery.b, sizeof(struct uuid));
		write_int(j, NULL, job->tries);
		write_hex(j, NULL, job->to->org.b, sizeof(struct uuid));
		write_text(j, NULL, job->manual ? "MANUAL" : "AUTOMATIC");
		write_int(j, NULL, job->post.started_at);
		write_int(j, NULL, job->post.ms);
		write_or_null(j, job->post.status);
		write_text(j, NULL, job->post.error);
		write_hex(j, NULL, job->post.kept, job->post.kept_n);
		write_end_array(j);
	}
	return rows_end(&f->s);
}

static struct val results_endpoints(struct flush *f, const struct settling *s)
{
	struct json *j = rows_begin(&f->s);

	for (size_t i = 0; i < s->n_health; i++) {
		const struct health *h = &s->health[i];

		write_array(j, NULL);
		write_hex(j, NULL, h->to->id.b, sizeof(struct uuid));
		write_int(j, NULL, h->delivered);
		write_int(j, NULL, h->failed);
		write_int(j, NULL, h->cancelled);
		write_int(j, NULL, h->failures);
		write_int(j, NULL, h->reset && !h->rest);
		write_or_null(j, h->rest);
		write_or_null(j, h->last);
		write_end_array(j);
	}
	return rows_end(&f->s);
}

static enum err cancel_some(struct flush *f, struct params *p, uint64_t *n)
{
	struct rows r;
	enum err err = sql_run(f->s.db, f->s.arena, &cancel, p, &r);

	*n = err ? 0 : r.affected;
	params_set(p, "n", val_int((int64_t)*n));
	if (err || *n == 0)
		return err;
	return sql_run(f->s.db, f->s.arena, &cancel_count, p, NULL);
}

static enum err disable_endpoint(struct flush *f, const struct health *h, int64_t now)
{
	char reason[120];
	struct params p;
	struct rows r;
	uint64_t n;

	if (h->gone)
		snprintf(reason, sizeof reason, "The receiver returned 410 Gone.");
	else
		snprintf(reason, sizeof reason, "%d consecutive deliveries failed.", DISABLE_AFTER);
	params_init(&p, f->s.arena);
	params_set(&p, "endpoint", val_uuid(h->to->id));
	params_set(&p, "now", val_time(now));
	params_set(&p, "reason", val_text(reason));
	enum err err = sql_run(f->s.db, f->s.arena, &disable, &p, &r);
	if (err || r.affected == 0)
		return err;
	struct audit_row row = {
		.org = h->to->org,
		.at = now,
		.actor_type = "system",
		.actor_id = val_null(),
		.actor_name = "webhook-flush",
		.action = "webhook.disable",
		.resource = val_uuid(h->to->id),
	};
	err = audit_write(f->s.db, f->s.arena, &row);
	if (err)
		return err;
	return cancel_some(f, &p, &n);
}

/* Locks endpoints and deliveries, reads the endpoints' state, and marks the deliveries that this
 * run still has the lease of. */
static enum err lock_all(struct flush *f, struct settling *s, struct params *p)
{
	struct rows r;

	params_set(p, "endpoints", results_endpoints(f, s));
	enum err err = sql_run(f->s.db, f->s.arena, &lock_endpoints, p, &r);
	for (size_t i = 0; !err && i < r.n; i++)
		for (size_t k = 0; k < s->n_health; k++) {
			struct val id = rows_get(&r, i, "id");
			if (!uuid_equal(&id.id, &s->health[k].to->id))
				continue;
			s->health[k].failures = rows_int(&r, i, "failures");
			s->health[k].active = rows_int(&r, i, "active") != 0;
		}
	if (err)
		return err;
	err = sql_run(f->s.db, f->s.arena, &lock_deliveries, p, &r);
	for (size_t i = 0, k = 0; !err && i < r.n; i++) { /* usually in the order of :rows */
		struct val id = rows_get(&r, i, "id");
		for (size_t looked = 0; looked < s->n; looked++, k = (k + 1) % s->n)
			if (uuid_equal(&s->list[k].job->delivery, &id.id)) {
				s->list[k].ours = true;
				break;
			}
	}
	return err;
}

/* Stores all results; runs inside sender_transact(). */
static enum err write_all(struct sender *sender, void *ctx)
{
	struct flush *f = flush_of(sender);
	struct settling *s = ctx;
	struct params p;

	verdicts_begin(f, s);
	params_init(&p, f->s.arena);
	params_set(&p, "run", val_uuid(f->s.run));
	params_set(&p, "now", val_time(s->now));
	params_set(&p, "rows", results(f, s));
	params_set(&p, "attempts", attempts(f, s));
	enum err err = lock_all(f, s, &p);
	if (err)
		return err;
	verdicts_score(s);
	params_set(&p, "endpoints", results_endpoints(f, s));
	const struct statement *const steps[] = {
		&end_deliveries, &put_attempts, &results_count, &health};
	for (size_t i = 0; i < sizeof steps / sizeof *steps && !err; i++)
		err = sql_run(f->s.db, f->s.arena, steps[i], &p, NULL);
	for (size_t i = 0; i < s->n_health && !err; i++)
		if (s->health[i].active && (s->health[i].gone || s->health[i].too_often))
			err = disable_endpoint(f, &s->health[i], s->now);
	return err;
}

static void log_disabled(const struct health *h)
{
	char id[UUID_TEXT + 1];

	uuid_print(&h->to->id, id);
	if (h->gone)
		log_msg(LOG_WARN, "endpoint %s disabled: the receiver returned 410 Gone", id);
	else
		log_msg(LOG_WARN, "endpoint %s disabled: %d consecutive deliveries failed", id,
			DISABLE_AFTER);
}

/* Nothing is freed before the transaction has succeeded. */
enum err settle(struct flush *f)
{
	struct settling s = {.now = clock_now()};
	struct job *j = f->finished;

	if (!j)
		return OK;
	enum err err = sender_transact(&f->s, write_all, &s);
	if (err)
		return err;
	for (size_t i = 0; i < s.n_health; i++) {
		struct health *h = &s.health[i];
		bool off = h->active && (h->gone || h->too_often);

		f->s.delivered += h->delivered;
		f->s.failed += h->failed;
		h->to->ended |= off;
		if (off)
			/* its pending deliveries are cancelled in batches */
			receiver_all_due(h->to);
		if (h->rest || h->reset || off)
			h->to->rest_until = off ? 0 : h->rest;
		if (off)
			log_disabled(h);
	}
	f->finished = NULL;
	f->n_finished = 0;
	while (j) {
		struct job *next = j->next;
		job_free(f, j);
		j = next;
	}
	return OK;
}

/* ---- cancelling ---- */

struct cancelling {
	struct receiver *to;
	uint64_t n;
	bool active;
};

static enum err cancel_batch(struct sender *s, void *ctx)
{
	struct flush *f = flush_of(s);
	struct cancelling *c = ctx;
	struct params p;
	struct rows r;

	c->n = 0;
	params_init(&p, f->s.arena);
	params_set(&p, "endpoint", val_uuid(c->to->id));
	params_set(&p, "now", val_time(clock_now()));
	enum err err = sql_run(f->s.db, f->s.arena, &lock_one, &p, &r);
	c->active = !err && r.n > 0 && rows_int(&r, 0, "active");
	if (err || c->active)
		return err;
	return cancel_some(f, &p, &c->n);
}

enum err cancel_ended(struct flush *f, struct receiver *r)
{
	struct cancelling c = {.to = r};
	enum err err = sender_transact(&f->s, cancel_batch, &c);

	if (err)
		return err;
	r->ended = !c.active;
	for (int i = 0; i <= ATTEMPTS && c.n < CANCEL_BATCH && !c.active; i++)
		r->due[i] = false;
	return OK;
}
