/* queue: takes messages that are due, one of each organization in turn, and stores what became of
 * them. */
#include "cron/mail_send/mail.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/utf8.h"
#include "common/crypto/seal.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define BURST_MS 5000 /* so much of the rate may be used at once after a pause */
#define AHEAD_MS 60000 /* so much the clocks of two machines may differ */

/* A loose index scan: reads two index entries per organization, however many messages it has. */
static const struct statement due = {
	"mail_due",
	"SELECT m.org_id AS org, MIN(m.due_at) AS due"
	" FROM mail_messages m FORCE INDEX FOR GROUP BY (mail_due)"
	" GROUP BY m.org_id"
	" HAVING due <= :now",
	SQL_READ | SQL_GLOBAL,
};
/* Nothing of an organization that is suspended: its rows may be on their way to another server,
 * which sends them. */
static const struct statement take = {
	"mail_take",
	"SELECT id, kind, order_id AS orderId, user_id AS userId, recipient, sealed, attempts,"
	" created_at AS createdAt"
	" FROM mail_messages FORCE INDEX (mail_due)"
	" WHERE org_id = :org AND due_at <= :now"
	" AND NOT EXISTS (SELECT 1 FROM write_epochs e"
	" WHERE e.org_id = :org AND e.mark = " EPOCH_SUSPENDED ")"
	" ORDER BY due_at"
	" LIMIT 1"
	" FOR UPDATE SKIP LOCKED",
	SQL_READ,
};
/* Moves the next time on by one message's share of a minute, unless it is ahead already. One that
 * no sender can have written was written before the clock was set back, and does not count. */
static const struct statement pace = {
	"mail_pace",
	"UPDATE mail_pace"
	" SET next_at = IF(next_at BETWEEN :now AND :far, next_at, :now)"
	" + INTERVAL :share MICROSECOND"
	" WHERE id = 1 AND (next_at <= :limit OR next_at > :far)",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement lease = {
	"mail_lease",
	"UPDATE mail_messages"
	" SET lease = :run, due_at = :until, attempts = LEAST(attempts + 1, 3)"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE,
};
static const struct statement store = {
	"mail_store",
	"UPDATE mail_messages"
	" SET lease = NULL, status = :status, due_at = :due, last_code = :code,"
	" last_error = :error, sent_at = :sent, attempts = attempts - :back,"
	" sealed = IF(:due IS NULL, NULL, sealed)"
	" WHERE id = :id AND org_id = :org AND lease = :run",
	SQL_WRITE,
};
const struct statement *const mail_queue_statements[] = {
	&due,
	&take,
	&pace,
	&lease,
	&store,
	NULL,
};

enum err mail_scan(struct sender *s, int64_t now)
{
	struct mail *m = mail_of(s);
	struct params p;
	struct rows r = {.n = 0};

	arena_reset(s->arena);
	params_init(&p, s->arena);
	params_set(&p, "now", val_time(now));
	enum err err = db_ready(s->db);
	if (!err)
		err = sql_run(s->db, s->arena, &due, &p, &r);
	for (size_t i = 0; !err && i < r.n; i++) {
		struct uuid org = rows_get(&r, i, "org").id;
		struct mail_tenant *t = turns_group(&m->turns, org);
		if (t->group.n == 0)
			turns_add(&t->group, t);
		t->org = org;
		t->due = true;
	}
	return err;
}

/* ---- taking ---- */

void mail_job_free(struct mail_job *j)
{
	if (!j)
		return;
	if (j->path)
		OPENSSL_cleanse(j->path, strlen(j->path));
	if (j->text.p)
		OPENSSL_cleanse(j->text.p, j->text.n);
	free(j->path);
	free(j->recipient);
	buf_free(&j->text);
	free(j);
}

/* The link that is sealed in the row; false: it cannot be opened. */
static bool unseal_path(struct mail *m, struct mail_job *j, struct val sealed)
{
	if (sealed.type != VAL_BYTES)
		return true;
	if (sealed.n <= SEAL_OVERHEAD)
		return false;
	j->path = oom_check(calloc(1, sealed.n - SEAL_OVERHEAD + 1));
	return unseal(m->s.conf->secrets_key, (struct span){j->id.b, sizeof j->id.b},
		(struct span){sealed.s, sealed.n}, (uint8_t *)j->path);
}

static struct mail_job *job_of(struct mail *m, struct mail_tenant *t, const struct rows *r)
{
	struct mail_job *j = oom_check(calloc(1, sizeof *j));

	j->tenant = t;
	j->id = rows_get(r, 0, "id").id;
	j->order = rows_get(r, 0, "orderId").id;
	j->user = rows_get(r, 0, "userId").id;
	j->attempts = rows_int(r, 0, "attempts");
	j->created_at = rows_int(r, 0, "createdAt");
	j->recipient = oom_check(strdup(rows_text(r, 0, "recipient")));
	j->said = -1;
	snprintf(j->kind, sizeof j->kind, "%s", rows_text(r, 0, "kind"));
	buf_init(&j->text, MESSAGE_MAX);
	/* its last sender died, and there is no attempt left */
	if (j->attempts >= ATTEMPTS)
		mail_result(j, MAIL_FAILED, 0, "interrupted");
	else if (clock_now() - j->created_at > EXPIRY_MS)
		mail_result(j, MAIL_CANCELLED, 0, "expired");
	else if (!unseal_path(m, j, rows_get(r, 0, "sealed")))
		mail_result(j, MAIL_FAILED, 0, "cannot decrypt the link (wrong key_file?)");
	return j;
}

/* Whether the rate admits one message at `now`, which it then counts. */
static enum err pace_admits(struct mail *m, struct params *p, int64_t now, bool *admitted)
{
	struct rows r;
	int64_t rate = m->s.conf->mail_rate;

	params_set(p, "share", val_int(INT64_C(60000000) / rate));
	params_set(p, "limit", val_time(now + MAX(BURST_MS - 60000 / rate, 0)));
	params_set(p, "far", val_time(now + BURST_MS + 60000 / rate + AHEAD_MS));
	enum err err = sql_run(m->s.db, m->s.arena, &pace, p, &r);
	*admitted = !err && r.affected > 0;
	if (!err && !*admitted)
		m->paced_ns = clock_mono_ns() + ns_of_ms(MIN(60000 / rate, 1000));
	return err;
}

/* The context of take_one(). */
struct taking {
	struct mail_tenant *tenant;
	struct mail_job *job;
};

/* Runs inside sender_transact(). A message that is not going to be sent needs no share of the rate.
 */
static enum err take_one(struct sender *s, void *ctx)
{
	struct mail *m = mail_of(s);
	struct taking *t = ctx;
	int64_t now = clock_now();
	bool admitted = true;
	struct params p;
	struct rows r;

	mail_job_free(t->job);
	t->job = NULL;
	params_init(&p, s->arena);
	params_set(&p, "org", val_uuid(t->tenant->org));
	params_set(&p, "now", val_time(now));
	enum err err = sql_run(s->db, s->arena, &take, &p, &r);
	if (err || r.n == 0)
		return err;
	t->job = job_of(m, t->tenant, &r);
	if (!t->job->done)
		err = pace_admits(m, &p, now, &admitted);
	if (err || !admitted) {
		mail_job_free(t->job);
		t->job = NULL;
		return err;
	}
	t->job->attempts = MIN(t->job->attempts + 1, ATTEMPTS);
	params_set(&p, "id", val_uuid(t->job->id));
	params_set(&p, "run", val_uuid(s->run));
	params_set(&p, "until", val_time(now + LEASE_MS));
	return sql_run(s->db, s->arena, &lease, &p, NULL);
}

enum err mail_lease(struct mail *m, struct mail_tenant *tenant, struct mail_job **job)
{
	struct taking t = {.tenant = tenant};
	enum err err = db_ready(m->s.db);

	if (!err)
		err = sender_transact(&m->s, take_one, &t);
	if (err) { /* if it was committed nevertheless, it is due again when the lease has expired
		    */
		mail_job_free(t.job);
		t.job = NULL;
	}
	*job = t.job;
	tenant->due = t.job != NULL || m->paced_ns > clock_mono_ns();
	return err;
}

/* ---- results ---- */

static size_t clean_length(const char *s)
{
	size_t n = strlen(s), at = 0, characters = 0, k;

	while (at < n && characters < ERROR_TEXT &&
		(k = utf8_length((const unsigned char *)s + at, n - at)) > 0) {
		at += k;
		characters++;
	}
	return at;
}

void mail_result(struct mail_job *j, enum mail_outcome outcome, int code, const char *text)
{
	j->done = true;
	j->outcome = outcome;
	j->code = code;
	snprintf(j->error, sizeof j->error, "%s", text);
	for (char *c = j->error; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	j->error[clean_length(j->error)] = '\0';
	for (size_t n = strlen(j->error); n && j->error[n - 1] == ' '; n--)
		j->error[n - 1] = '\0';
}

/* When to try again (Unix ms); 0: never. */
static int64_t next_try(const struct mail *m, const struct mail_job *j, int64_t now)
{
	if (j->outcome == MAIL_GIVEN_BACK)
		return now + DATABASE_RETRY_MS;
	if (j->outcome != MAIL_RETRY || j->attempts >= ATTEMPTS)
		return 0;
	return now +
		retry_pause(j->attempts, m->s.conf->mail_retry_first_ms,
			m->s.conf->mail_retry_second_ms);
}

static enum err store_one(struct mail *m, const struct mail_job *j)
{
	static const char *const states[] = {
		[MAIL_DELIVERED] = "DELIVERED",
		[MAIL_RETRY] = "FAILED",
		[MAIL_FAILED] = "FAILED",
		[MAIL_CANCELLED] = "CANCELLED",
		[MAIL_GIVEN_BACK] = "PENDING",
	};
	int64_t now = clock_now(), again = next_try(m, j, now);
	bool sent = j->outcome == MAIL_DELIVERED;
	struct params p;

	arena_reset(m->s.arena);
	params_init(&p, m->s.arena);
	params_set(&p, "id", val_uuid(j->id));
	params_set(&p, "org", val_uuid(j->tenant->org));
	params_set(&p, "run", val_uuid(m->s.run));
	params_set(&p, "status", val_text(again ? "PENDING" : states[j->outcome]));
	params_set(&p, "due", again ? val_time(again) : val_null());
	params_set(&p, "back", val_int(j->outcome == MAIL_GIVEN_BACK));
	params_set(&p, "code", j->code ? val_int(j->code) : val_null());
	params_set(&p, "error", *j->error ? val_text(j->error) : val_null());
	params_set(&p, "sent", sent ? val_time(now) : val_null());
	enum err err = db_ready(m->s.db);
	if (!err)
		err = sql_run(m->s.db, m->s.arena, &store, &p, NULL);
	if (err)
		return err;
	m->s.delivered += sent;
	m->s.failed += !sent && !again && j->outcome != MAIL_CANCELLED;
	return OK;
}

enum err mail_store(struct mail *m)
{
	enum err err = OK;

	while (m->finished && !err) {
		struct mail_job *j = m->finished;
		err = store_one(m, j);
		if (err)
			break;
		m->finished = j->next;
		mail_job_free(j);
	}
	return err;
}
