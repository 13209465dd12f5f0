/* dequeue: takes due deliveries, a few per endpoint in turn, so that none waits for another. */
#include "cron/webhook_flush/flush.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* of RECEIVERS_MAX, endpoints of one organization: the others' deliveries wait for these */
#define TENANT_AT_ONCE 8

/* A loose index scan: reads two index entries per endpoint and number of attempts, however many
 * deliveries there are. */
static const struct statement due = {
	"delivery_due",
	"SELECT d.endpoint, d.attempts, d.due, w.org_id AS org"
	" FROM (SELECT endpoint_id AS endpoint, attempts, MIN(due_at) AS due"
	" FROM webhook_deliveries FORCE INDEX FOR"
	" GROUP BY (delivery_due)"
	" GROUP BY endpoint_id, attempts"
	" HAVING due <= :now) d"
	" LEFT JOIN webhook_endpoints w ON w.id = d.endpoint",
	SQL_READ | SQL_GLOBAL,
};
#define ENDPOINTS "JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(32) PATH '$')) j"
static const struct statement dequeue_endpoints = {
	"claim_endpoints",
	"SELECT w.id, w.org_id AS org, w.url, w.status = 'ACTIVE'"
	" AND w.deleted_at IS NULL AS active, w.consecutive_failures AS failures,"
	" w.not_before AS notBefore,"
	" (SELECT :again FROM write_epochs e"
	" WHERE e.org_id = w.org_id AND e.mark = " EPOCH_SUSPENDED ") AS suspended"
	" FROM " ENDPOINTS " STRAIGHT_JOIN webhook_endpoints w ON w.id = UNHEX(j.id)",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement dequeue_secrets = {
	"claim_secrets",
	"SELECT s.endpoint_id AS endpoint, s.id, s.sealed FROM " ENDPOINTS
	" STRAIGHT_JOIN webhook_secrets s ON s.endpoint_id = UNHEX(j.id)"
	" WHERE s.expires_at IS NULL OR s.expires_at > :now"
	" ORDER BY s.endpoint_id, s.expires_at IS NULL DESC, s.id DESC",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement some = {
	"claim_some",
	"SELECT id, outbox_id AS outbox, attempts, tries, manual,"
	" lease IS NOT NULL AS overdue, due_at AS due"
	" FROM webhook_deliveries FORCE INDEX (delivery_due)"
	" WHERE endpoint_id = :endpoint AND attempts = :attempts AND due_at BETWEEN :from"
	" AND :now"
	" ORDER BY due_at"
	" LIMIT :most"
	" FOR UPDATE SKIP LOCKED",
	SQL_READ | SQL_GLOBAL,
};
/* Records an attempt whose sender died before it reported a result. */
static const struct statement interrupted = {
	"claim_interrupted",
	"INSERT IGNORE INTO webhook_attempts (delivery_id, n, org_id, cause, started_at, error)"
	" SELECT d.id, d.tries, d.org_id, IF(d.manual, 'MANUAL', 'AUTOMATIC'),"
	" d.due_at - INTERVAL :lease SECOND, 'interrupted'"
	" FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(32) PATH '$')) j"
	" STRAIGHT_JOIN webhook_deliveries d ON d.id = UNHEX(j.id)"
	" WHERE d.lease IS NOT NULL",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement dequeue_consume = {
	"claim_take",
	"UPDATE JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(32) PATH '$')) j STRAIGHT_JOIN "
	"webhook_deliveries d ON d.id = UNHEX(j.id)"
	" SET d.lease = :run, d.due_at = :until,"
	" d.tries = IF(d.attempts < 3, d.tries + 1, d.tries),"
	" d.attempts = LEAST(d.attempts + 1, 3)",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement give_back = {
	"claim_give_back",
	"UPDATE JSON_TABLE(:rows, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', tries INT PATH '$[1]')) "
	"j STRAIGHT_JOIN webhook_deliveries d ON d.id = UNHEX(j.id)"
	" SET d.lease = NULL, d.due_at = :now, d.tries = d.tries - 1,"
	" d.attempts = d.attempts - 1"
	" WHERE d.lease = :run AND d.tries = j.tries",
	SQL_WRITE | SQL_GLOBAL,
};
const struct statement *const dequeue_statements[] = {
	&due,
	&dequeue_endpoints,
	&dequeue_secrets,
	&some,
	&interrupted,
	&dequeue_consume,
	&give_back,
	NULL,
};

enum err due_scan(struct sender *s, int64_t now)
{
	struct flush *f = flush_of(s);
	struct params p;
	struct rows r;
	enum err err;

	arena_reset(f->s.arena);
	params_init(&p, f->s.arena);
	params_set(&p, "now", val_time(now));
	err = db_ready(f->s.db);
	if (!err)
		err = sql_run(f->s.db, f->s.arena, &due, &p, &r);
	for (size_t i = 0; !err && i < r.n; i++)
		receiver_due(receiver_by_id(
				     f, rows_get(&r, i, "org").id, rows_get(&r, i, "endpoint").id),
			rows_int(&r, i, "attempts"), rows_int(&r, i, "due"));
	return err;
}

/* ---- choosing ---- */

static bool has_due(const struct receiver *r)
{
	for (int i = 0; i <= ATTEMPTS; i++)
		if (r->due[i])
			return true;
	return false;
}

/* How many more deliveries may be taken for an endpoint: enough to keep its window full, but no
 * more, since deliveries taken when a run is killed count as attempts. */
static unsigned window_room(const struct receiver *r)
{
	unsigned most = r->window < 4 ? r->window : 2 * r->window;

	if (r->taken < most)
		return most - r->taken;
	return 0;
}

bool receiver_is_free(const struct flush *f, const struct receiver *r, int64_t now)
{
	return !r->ended && !r->slow && !has_due(r) && r->rest_until <= now && window_room(r) > 0 &&
		f->queued + f->leased < FLYING_MAX &&
		r->tenant->queued + r->tenant->leased < TENANT_FLYING_MAX;
}

/* One transaction of taking deliveries. */
struct round {
	struct receivers to;
	int64_t now;
	struct job *jobs; /* newest first */
	size_t n_jobs;
	bool overdue; /* a delivery's lease has expired */
};

bool dequeue_wanted(const struct flush *f, int64_t now)
{
	for (size_t i = 0; i < f->n_list; i++)
		if (has_due(f->list[i]) && f->list[i]->rest_until <= now)
			return true;
	return false;
}

bool may_send_to_slow(const struct flush *f, const struct receiver *r)
{
	size_t of_host = r->host ? r->host->slow_count : 0;

	return f->slow_count < SUSPECTS_MAX && r->tenant->slow_count < TENANT_SUSPECTS_MAX &&
		of_host < (r->flying == 0 ? HOST_SUSPECTS_MAX : HOST_SUSPECTS);
}

/* The context of choosing a round's endpoints. */
struct choosing {
	struct flush *f;
	struct round *round;
	size_t wanted; /* deliveries */
};

static bool choosable(void *ctx, const void *item)
{
	const struct receiver *r = item;
	const struct choosing *c = ctx;

	return r->round != c->f->round && has_due(r) && window_room(r) > 0 &&
		r->rest_until <= c->round->now && r->tenant->queued < TENANT_FLYING_MAX &&
		r->tenant->chosen < TENANT_AT_ONCE && (!r->slow || may_send_to_slow(c->f, r));
}

static bool choose_one(void *ctx, void *item)
{
	struct receiver *r = item;
	struct choosing *c = ctx;

	r->round = c->f->round;
	r->tenant->chosen++;
	c->round->to.list[c->round->to.n++] = r;
	c->wanted += window_room(r);
	return true;
}

static bool chosen_enough(void *ctx)
{
	const struct choosing *c = ctx;

	return c->round->to.n == RECEIVERS_MAX || c->wanted >= BATCH;
}

/* Chooses endpoints that have something due and may receive. */
static void choose(struct flush *f, struct round *round)
{
	struct choosing c = {.f = f, .round = round};
	const struct turn_visitor v = {choosable, choose_one, chosen_enough, &c};

	f->round++;
	for (size_t i = 0; i < f->turns.n; i++)
		((struct tenant *)f->turns.list[i])->chosen = 0;
	turns_visit(&f->turns, &v);
	assert(round->to.n <= RECEIVERS_MAX);
}

/* ---- reading endpoints ---- */

/* Updates the endpoints from their rows. */
static void receivers_update(struct flush *f, struct receivers *to, const struct rows *r)
{
	for (size_t i = 0; i < to->n; i++)
		to->list[i]->ended = true; /* deleted, unless there is a row */
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < to->n; k++) {
			struct receiver *w = to->list[k];
			struct val id = rows_get(r, i, "id"), rest = rows_get(r, i, "notBefore");

			if (!uuid_equal(&id.id, &w->id))
				continue;
			w->ended = !rows_int(r, i, "active");
			w->org = rows_get(r, i, "org").id;
			w->rest_until = MAX(val_int_or(rest, 0), rows_int(r, i, "suspended"));
			w->slow = w->slow ||
				(!w->url &&
					(rows_int(r, i, "failures") > 0 || rest.type == VAL_TIME));
			receiver_set_url(f, w, rows_text(r, i, "url"));
			w->n_secrets = 0;
		}
}

static struct receiver *receiver_among(struct receivers *to, const struct uuid *id)
{
	for (size_t k = 0; k < to->n; k++)
		if (uuid_equal(&to->list[k]->id, id))
			return to->list[k];
	return NULL;
}

/* Decrypts the endpoints' secrets. */
static void unlock(struct flush *f, struct receivers *to, const struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct val endpoint = rows_get(r, i, "endpoint"), id = rows_get(r, i, "id"),
			   sealed = rows_get(r, i, "sealed");
		struct receiver *w = receiver_among(to, &endpoint.id);
		char *text;

		if (!w || w->n_secrets == SECRETS_MAX || sealed.type != VAL_BYTES ||
			sealed.n <= SEAL_OVERHEAD || sealed.n - SEAL_OVERHEAD > SECRET_TEXT_MAX)
			continue;
		text = w->secrets[w->n_secrets];
		text[sealed.n - SEAL_OVERHEAD] = '\0';
		if (unseal(f->s.conf->secrets_key, (struct span){id.id.b, sizeof id.id.b},
			    (struct span){sealed.s, sealed.n}, (uint8_t *)text))
			w->n_secrets++;
		assert(w->n_secrets <= SECRETS_MAX);
	}
}

enum err receivers_load(struct flush *f, struct receivers *to, struct params *p)
{
	struct json *j = rows_begin(&f->s);
	struct rows r;
	for (size_t i = 0; i < to->n; i++)
		write_hex(j, NULL, to->list[i]->id.b, sizeof(struct uuid));
	params_set(p, "ids", rows_end(&f->s));
	params_set(p, "again", val_int(clock_now() + SUSPENDED_MS));
	enum err err = sql_run(f->s.db, f->s.arena, &dequeue_endpoints, p, &r);
	if (err)
		return err;
	receivers_update(f, to, &r);
	err = sql_run(f->s.db, f->s.arena, &dequeue_secrets, p, &r);
	if (!err)
		unlock(f, to, &r);
	return err;
}

/* ---- taking ---- */

struct job *job_leased(struct receiver *r, struct uuid delivery, struct uuid subject, int64_t now)
{
	struct job *j = job_new(r);

	j->delivery = delivery;
	j->subject = subject;
	j->lease_until = now + LEASE_MS;
	j->url = oom_check(strdup(r->url));
	return j;
}

/* Creates a job for each row. A delivery that has had all its attempts is not sent again: its last
 * sender died, and it only remains to be recorded. */
static void add_jobs(struct round *c, struct receiver *w, const struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct uuid id = rows_get(r, i, "id").id;
		struct val outbox = rows_get(r, i, "outbox");
		struct job *j = job_leased(w, id, outbox.type == VAL_UUID ? outbox.id : id, c->now);

		j->attempts = rows_int(r, i, "attempts");
		j->tries = rows_int(r, i, "tries");
		j->manual = rows_int(r, i, "manual") != 0;
		j->spent = j->attempts >= ATTEMPTS;
		if (!j->spent) {
			j->attempts++;
			j->tries++;
		}
		c->overdue |= rows_int(r, i, "overdue") != 0;
		j->next = c->jobs;
		c->jobs = j;
		c->n_jobs++;
	}
}

/* Takes deliveries of an endpoint, those with more attempts first. */
static enum err take_from(struct flush *f, struct round *c, struct receiver *w, struct params *p)
{
	enum err err = OK;

	params_set(p, "endpoint", val_uuid(w->id));
	for (int class = ATTEMPTS; class >= 0 && !err; class --) {
		unsigned most = window_room(w);
		struct rows r;

		if (!w->due[class] || most == 0)
			continue;
		params_set(p, "attempts", val_int(class));
		params_set(p, "most", val_int(most));
		params_set(p, "from", val_time(w->from[class]));
		err = sql_run(f->s.db, f->s.arena, &some, p, &r);
		if (err)
			break;
		w->due[class] = r.n == most;
		if (r.n > 0)
			w->from[class] = rows_int(&r, r.n - 1, "due");
		add_jobs(c, w, &r);
	}
	return err;
}

static void drop_jobs(struct flush *f, struct round *c)
{
	while (c->jobs) {
		struct job *next = c->jobs->next;
		receiver_all_due(c->jobs->to); /* they are due as before */
		job_free(f, c->jobs);
		c->jobs = next;
	}
	c->n_jobs = 0;
}

/* Reads the chosen endpoints and leases their deliveries to this run; runs inside
 * sender_transact().
 */
static enum err take_round(struct sender *s, void *ctx)
{
	struct flush *f = flush_of(s);
	struct round *c = ctx;
	struct params p;

	drop_jobs(f, c);
	c->overdue = false;
	params_init(&p, f->s.arena);
	params_set(&p, "now", val_time(c->now));
	params_set(&p, "until", val_time(c->now + LEASE_MS));
	params_set(&p, "lease", val_int(LEASE_MS / 1000));
	params_set(&p, "run", val_uuid(f->s.run));
	enum err err = receivers_load(f, &c->to, &p);
	for (size_t i = 0; i < c->to.n && !err; i++) {
		struct receiver *w = c->to.list[i];
		if (!w->ended && w->rest_until <= c->now && w->url)
			err = take_from(f, c, w, &p);
	}
	if (err || c->n_jobs == 0)
		return err;
	params_set(&p, "ids", job_ids(f, c->jobs));
	if (c->overdue)
		err = sql_run(f->s.db, f->s.arena, &interrupted, &p, NULL);
	if (err)
		return err;
	return sql_run(f->s.db, f->s.arena, &dequeue_consume, &p, NULL);
}

/* ---- one round ---- */

static struct job *jobs_reverse(struct job *list)
{
	struct job *out = NULL;

	while (list) {
		struct job *next = list->next;
		list->next = out;
		out = list;
		list = next;
	}
	return out;
}

void jobs_enqueue(struct flush *f, struct job *newest)
{
	for (struct job *j = jobs_reverse(newest); j;) {
		struct job *next = j->next;
		if (j->spent)
			job_done(f, j);
		else
			job_queue(f, j);
		j = next;
	}
}

static enum err cancel_all(struct flush *f, struct round *c)
{
	enum err err = OK;

	for (size_t i = 0; i < c->to.n && !err; i++)
		if (c->to.list[i]->ended)
			err = cancel_ended(f, c->to.list[i]);
	return err;
}

enum err claim(struct flush *f, bool *any)
{
	struct round c = {.now = clock_now()};
	enum err err;

	*any = false;
	if (f->queued >= FLYING_MAX)
		return OK;
	choose(f, &c);
	if (c.to.n == 0)
		return OK;
	*any = true;
	err = sender_transact(&f->s, take_round, &c);
	/* the commit may have succeeded: give the deliveries back, unattempted */
	if (err == ERR_LOST && c.jobs)
		return release(f, c.jobs);
	if (err) {
		drop_jobs(f, &c);
		return err;
	}
	if (c.jobs)
		err = read_bodies(f, c.jobs, BODIES_MAX);
	jobs_enqueue(f, c.jobs);
	if (err)
		return err;
	return cancel_all(f, &c);
}

static enum err release_all(struct sender *s, void *ctx)
{
	struct flush *f = flush_of(s);
	struct params p;
	struct json *j = rows_begin(&f->s);

	for (const struct job *list = ctx; list; list = list->next) {
		if (list->spent)
			continue;
		write_array(j, NULL);
		write_hex(j, NULL, list->delivery.b, sizeof list->delivery.b);
		write_int(j, NULL, list->tries);
		write_end_array(j);
	}
	params_init(&p, f->s.arena);
	params_set(&p, "rows", rows_end(&f->s));
	params_set(&p, "run", val_uuid(f->s.run));
	params_set(&p, "now", val_time(clock_now()));
	return sql_run(f->s.db, f->s.arena, &give_back, &p, NULL);
}

enum err release(struct flush *f, struct job *list)
{
	enum err err = sender_transact(&f->s, release_all, list);

	while (list) {
		struct job *next = list->next;
		receiver_all_due(list->to);
		job_free(f, list);
		list = next;
	}
	return err;
}
