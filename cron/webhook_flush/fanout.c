/* fanout: creates a delivery of each outbox event for each endpoint that subscribes to it. */
#include "cron/webhook_flush/flush.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define OUTBOX_IDS                              \
	"JSON_TABLE(:ids, '$[*]' COLUMNS (turn" \
	" INT PATH '$[0]', id CHAR(32) PATH '$[1]')) j"
/* The endpoint subscribes to the event and existed when it happened, and has no delivery of it yet.
 * A join, because MariaDB turns NOT EXISTS into NOT IN and may then read all deliveries first. */
#define DELIVERIES                                                    \
	" LEFT JOIN webhook_deliveries d FORCE INDEX (delivery_once)" \
	" ON d.endpoint_id = w.id AND d.outbox_id = o.id"
#define WANTS                                                                           \
	"w.status = 'ACTIVE' AND w.deleted_at IS NULL AND w.created_at <= o.created_at" \
	" AND FIND_IN_SET(o.type, w.events) AND d.id IS NULL"

static const struct statement waiting = {
	"outbox_waiting",
	"SELECT id"
	" FROM outbox FORCE INDEX (outbox_pending)"
	" WHERE pending = 1"
	" LIMIT 1",
	SQL_READ | SQL_GLOBAL,
};
/* Reads one index entry, whatever the statistics say: a loose index scan for all organizations is
 * chosen by statistics, which a burst of events outdates. */
static const struct statement next_tenant = {
	"outbox_tenants",
	"SELECT MIN(org_id) AS org"
	" FROM outbox FORCE INDEX (outbox_pending)"
	" WHERE pending = 1 AND org_id > :after",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement tenant_suspended = {
	"outbox_suspended",
	"SELECT mark"
	" FROM write_epochs"
	" WHERE org_id = :org AND mark = " EPOCH_SUSPENDED,
	SQL_READ,
};
static const struct statement fanout_consume = {
	"outbox_take",
	"SELECT id"
	" FROM outbox FORCE INDEX (outbox_pending)"
	" WHERE pending = 1 AND org_id = :tenant"
	" ORDER BY id"
	" LIMIT :most"
	" FOR UPDATE SKIP LOCKED",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement match = {
	"outbox_match",
	"SELECT j.turn, o.id AS outbox, w.id AS endpoint, w.org_id AS org, o.type AS event"
	" FROM " OUTBOX_IDS " STRAIGHT_JOIN outbox o ON o.id = UNHEX(j.id)"
	" STRAIGHT_JOIN webhook_endpoints w FORCE INDEX (endpoint_kind) ON w.org_id = o.org_id"
	" AND w.deleted_at IS NULL AND w.kind IN ('WEBHOOK', 'KEY')"
	" LEFT JOIN api_keys k ON w.kind = 'KEY' AND k.id = w.source_id" DELIVERIES " WHERE " WANTS
	" AND (w.kind = 'WEBHOOK'"
	" OR (k.id IS NOT NULL AND k.revoked_at IS NULL"
	" AND (k.expires_at IS NULL OR k.expires_at > :now)))"
	" UNION ALL "
	"SELECT j.turn, o.id, w.id, w.org_id, o.type FROM " OUTBOX_IDS
	" STRAIGHT_JOIN outbox o ON o.id = UNHEX(j.id)"
	" STRAIGHT_JOIN webhook_endpoints w FORCE INDEX (endpoint_source) ON w.source_id = "
	"o.event_id"
	" AND w.kind = 'EVENT' AND w.org_id = o.org_id" DELIVERIES " WHERE " WANTS
	" ORDER BY turn, outbox, endpoint"
	" LIMIT :most",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement fanout_insert = {
	"delivery_insert",
	"INSERT INTO webhook_deliveries (id, org_id, endpoint_id, outbox_id, event,"
	" due_at, created_at, lease, attempts, tries)"
	" SELECT UNHEX(j.id), UNHEX(j.org), UNHEX(j.endpoint), UNHEX(j.outbox), j.event,"
	" IF(j.leased, :until, :now), :now, IF(j.leased, :run, NULL), j.leased, j.leased"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS ("
	"id CHAR(32) PATH '$[0]', org CHAR(32) PATH '$[1]', endpoint CHAR(32) PATH '$[2]', outbox "
	"CHAR(32) PATH '$[3]', event VARCHAR(40) PATH '$[4]', leased INT PATH '$[5]')) j",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement fanout_count = {
	"delivery_count",
	"INSERT INTO webhook_tallies (endpoint_id, org_id, pending)"
	" SELECT UNHEX(j.endpoint), UNHEX(j.org), COUNT(*)"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS ("
	"org CHAR(32) PATH '$[1]', endpoint CHAR(32) PATH '$[2]')) j"
	" GROUP BY j.endpoint, j.org"
	" ORDER BY j.endpoint"
	" ON DUPLICATE KEY UPDATE pending = pending + VALUES(pending)",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement handed = {
	"outbox_handed",
	"UPDATE " OUTBOX_IDS " STRAIGHT_JOIN outbox o ON o.id = UNHEX(j.id)"
	" SET o.pending = NULL",
	SQL_WRITE | SQL_GLOBAL,
};

const struct statement *const fanout_statements[] = {
	&waiting,
	&next_tenant,
	&tenant_suspended,
	&fanout_consume,
	&match,
	&fanout_insert,
	&fanout_count,
	&handed,
	NULL,
};

enum err fanout_waiting(struct flush *f, bool *any)
{
	struct rows r;
	enum err err;

	arena_reset(f->arena);
	err = db_ready(f->db);
	if (!err)
		err = sql_run(f->db, f->arena, &waiting, NULL, &r);
	*any = !err && r.n > 0;
	return err;
}

/* One transaction of the fan-out. */
struct handover {
	int64_t now;
	struct uuid org[FANOUT_TENANTS]; /* whose turn it is */
	size_t n_orgs;
	struct uuid before; /* whose turn was before */
	/* the events taken, by organization in turn and then by id; turn[i] of id[i] is an index
	 * in org */
	struct uuid id[FANOUT_EVENTS];
	unsigned char turn[FANOUT_EVENTS];
	size_t taken;
	struct rows wanted; /* deliveries created, */
	bool leased[FANOUT_MAX]; /* and which of them are sent right away: */
	struct job *jobs; /* the newest first */
	struct receivers free; /* endpoints that may have some */
	size_t handed; /* of the taken events, those that have all their deliveries now */
	size_t served; /* of the organizations, those that had their turn */
};

/* Does another organization wait for this one's part of the transaction, for its own part or for
 * its deliveries that are being sent? */
static bool shared(const struct flush *f, const struct handover *h, const struct tenant *t)
{
	return h->n_orgs > 1 || f->flying + f->queued > t->flying + t->queued;
}

/* How many events of an organization to take: so many that their deliveries are its share. However
 * many it has, and to however many endpoints they go, the others do not wait for more than that. */
static size_t events_of(struct flush *f, const struct handover *h, size_t k)
{
	const struct tenant *t = tenant_by_org(f, h->org[k]);
	size_t share = FANOUT_MAX / h->n_orgs;

	if (shared(f, h, t))
		share = MIN(share, FANOUT_SHARE);
	/* none was seen yet: as if it were wide */
	return MAX(MIN(share / (t->width ? t->width : FANOUT_WIDTH), FANOUT_EVENTS / h->n_orgs), 1);
}

/* Locks the oldest events of each organization; SKIP LOCKED leaves those that another sender is
 * handling. */
static enum err take_events(struct flush *f, struct handover *h)
{
	enum err err = OK;

	h->taken = 0;
	for (size_t k = 0; k < h->n_orgs && !err; k++) {
		struct params p;
		struct rows r;

		params_init(&p, f->arena);
		params_set(&p, "tenant", val_uuid(h->org[k]));
		params_set(&p, "most", val_int((int64_t)events_of(f, h, k)));
		err = sql_run(f->db, f->arena, &fanout_consume, &p, &r);
		for (size_t i = 0; !err && i < r.n; i++) {
			assert(h->taken < FANOUT_EVENTS);
			h->turn[h->taken] = (unsigned char)k;
			h->id[h->taken++] = rows_get(&r, i, "id").id;
		}
	}
	return err;
}

/* The first n events taken, as a JSON array of rows. */
static struct val taken_ids(struct flush *f, const struct handover *h, size_t n)
{
	struct json *j = rows_begin(f);

	for (size_t i = 0; i < n; i++) {
		write_array(j, NULL);
		write_int(j, NULL, h->turn[i]);
		write_hex(j, NULL, h->id[i].b, sizeof h->id[i].b);
		write_end_array(j);
	}
	return rows_end(f);
}

/* How far the deliveries go: when they were cut at FANOUT_MAX, the last one's event may lack some,
 * and stays in the outbox together with those after it. */
static void measure_handed(struct handover *h)
{
	h->handed = h->taken;
	h->served = h->n_orgs;
	if (h->wanted.n < FANOUT_MAX)
		return;
	struct val last = rows_get(&h->wanted, h->wanted.n - 1, "outbox");
	for (h->handed = 0; !uuid_equal(&h->id[h->handed], &last.id); h->handed++)
		assert(h->handed + 1 < h->taken);
	h->served = (size_t)h->turn[h->handed] + 1;
}

/* So that deliveries are not committed behind a reader of their list: their ids are made after
 * this. */
static enum err hold_epochs(struct flush *f, const struct handover *h)
{
	enum err err = OK;

	for (size_t k = 0; k < h->n_orgs && !err; k++) {
		struct params p;

		params_init(&p, f->arena);
		params_set(&p, "org", val_uuid(h->org[k]));
		err = epoch_hold(f->db, f->arena, &p);
	}
	return err;
}

static void drop_jobs(struct flush *f, struct handover *h)
{
	while (h->jobs) {
		struct job *next = h->jobs->next;
		job_free(f, h->jobs);
		h->jobs = next;
	}
	for (size_t k = 0; k < h->n_orgs; k++)
		tenant_by_org(f, h->org[k])->leased = 0;
	f->leased = 0;
}

static struct receiver *receiver_of(struct flush *f, const struct handover *h, size_t i)
{
	return receiver_by_id(
		f, rows_get(&h->wanted, i, "org").id, rows_get(&h->wanted, i, "endpoint").id);
}

/* Reads the endpoints that have nothing else to receive and a free place: this run leases their
 * deliveries when it creates them. */
static enum err read_free(struct flush *f, struct handover *h, struct params *p)
{
	uint64_t round = ++f->round;

	h->free.n = 0;
	for (size_t i = 0; i < h->wanted.n && h->free.n < RECEIVERS_MAX; i++) {
		struct receiver *r = receiver_of(f, h, i);
		if (r->round == round || !receiver_is_free(f, r, h->now))
			continue;
		r->round = round;
		h->free.list[h->free.n++] = r;
	}
	return h->free.n ? receivers_load(f, &h->free, p) : OK;
}

/* Leases a delivery if its endpoint is among those that were read and has a place. */
static bool lease(struct flush *f, struct handover *h, size_t i, struct uuid id)
{
	struct receiver *r = receiver_of(f, h, i);

	if (r->round != f->round || !r->url || !receiver_is_free(f, r, h->now))
		return false;
	struct job *j = job_leased(r, id, rows_get(&h->wanted, i, "outbox").id, h->now);
	j->attempts = j->tries = 1;
	j->next = h->jobs;
	h->jobs = j;
	r->tenant->leased++;
	f->leased++;
	return true;
}

/* The deliveries to create, as a JSON array of rows. */
static struct val deliveries(struct flush *f, struct handover *h)
{
	const struct rows *r = &h->wanted;
	struct json *j = rows_begin(f);

	for (size_t i = 0; i < r->n; i++) {
		struct uuid id = uuid_make(), org = rows_get(r, i, "org").id,
			    endpoint = rows_get(r, i, "endpoint").id,
			    outbox = rows_get(r, i, "outbox").id;

		h->leased[i] = lease(f, h, i, id);
		write_array(j, NULL);
		write_hex(j, NULL, id.b, sizeof id.b);
		write_hex(j, NULL, org.b, sizeof org.b);
		write_hex(j, NULL, endpoint.b, sizeof endpoint.b);
		write_hex(j, NULL, outbox.b, sizeof outbox.b);
		write_text(j, NULL, rows_text(r, i, "event"));
		write_int(j, NULL, h->leased[i]);
		write_end_array(j);
	}
	return rows_end(f);
}

static enum err fanout_batch(struct flush *f, void *ctx)
{
	struct handover *h = ctx;
	struct params p;

	drop_jobs(f, h);
	h->wanted = (struct rows){.n = 0};
	enum err err = take_events(f, h);
	if (err || h->taken == 0)
		return err;
	params_init(&p, f->arena);
	params_set(&p, "now", val_time(h->now));
	params_set(&p, "until", val_time(h->now + LEASE_MS));
	params_set(&p, "run", val_uuid(f->run));
	params_set(&p, "most", val_int(FANOUT_MAX));
	params_set(&p, "ids", taken_ids(f, h, h->taken));
	err = sql_run(f->db, f->arena, &match, &p, &h->wanted);
	if (err)
		return err;
	measure_handed(h);
	if (h->wanted.n > 0) {
		err = read_free(f, h, &p);
		if (!err)
			err = hold_epochs(f, h);
		params_set(&p, "rows", deliveries(f, h));
		if (!err)
			err = sql_run(f->db, f->arena, &fanout_insert, &p, NULL);
		if (!err)
			err = sql_run(f->db, f->arena, &fanout_count, &p, NULL);
	}
	if (err || h->handed == 0)
		return err;
	params_set(&p, "ids", taken_ids(f, h, h->handed));
	return sql_run(f->db, f->arena, &handed, &p, NULL);
}

/* Appends an organization to those to serve, unless it failed before or is suspended. */
static enum err add_tenant(struct flush *f, struct handover *h, struct params *p)
{
	struct uuid org = params_get(p, "org").id;
	struct rows r;
	enum err err = sql_run(f->db, f->arena, &tenant_suspended, p, &r);

	if (!err && r.n == 0 && (!f->fanout.failed.n || !map_find(&f->fanout.failed, org.b)))
		h->org[h->n_orgs++] = org;
	return err;
}

/* Reads the next organizations that have events, at most `most`, and appends those to serve; *n:
 * how many were read. */
static enum err read_tenants(struct flush *f, struct handover *h, size_t most, size_t *n)
{
	enum err err = db_ready(f->db);

	for (*n = 0; !err && *n < most; ++*n) {
		struct params p;
		struct rows r;

		params_init(&p, f->arena);
		params_set(&p, "after", val_uuid(f->fanout.after));
		err = sql_run(f->db, f->arena, &next_tenant, &p, &r);
		if (err || rows_get(&r, 0, "org").type != VAL_UUID)
			break;
		f->fanout.after = rows_get(&r, 0, "org").id;
		params_set(&p, "org", val_uuid(f->fanout.after));
		err = add_tenant(f, h, &p);
	}
	return err;
}

/* The organizations to serve; *more: there may be others after them. After the last organization it
 * is the first one's turn, unless the round has found nothing to do. */
static enum err next_tenants(struct flush *f, struct handover *h, bool *more)
{
	size_t n, most = f->fanout.alone ? 1 : FANOUT_TENANTS;

	arena_reset(f->arena);
	f->fanout.alone -= f->fanout.alone > 0;
	enum err err = read_tenants(f, h, most, &n);
	if (!err && n == 0) {
		bool busy = f->fanout.busy;
		f->fanout.busy = false;
		f->fanout.after = (struct uuid){.b = {0}};
		if (busy)
			err = read_tenants(f, h, most, &n);
	}
	*more = !err && n == most;
	return err;
}

/* Whether an error may be caused by what an organization has stored. */
static bool of_tenant(enum err err)
{
	return err && err != ERR_RETRY && err != ERR_LOST && err != ERR_UNAVAILABLE &&
		err != ERR_SUSPENDED;
}

/* After a failure the organizations of the batch are served one by one; the one that fails then is
 * passed over. */
static void isolate(struct flush *f, const struct handover *h)
{
	char id[UUID_TEXT + 1];

	if (h->n_orgs > 1) {
		f->fanout.alone = h->n_orgs;
		f->fanout.after = h->before;
		return;
	}
	uuid_print(&h->org[0], id);
	log_msg(LOG_ERROR, "cannot fan out the events of organization %s; the next run tries again",
		id);
	if (!f->fanout.failed.key)
		map_init(&f->fanout.failed, NULL, sizeof h->org[0].b, sizeof(bool));
	map_at(&f->fanout.failed, h->org[0].b);
}

/* Notes how many deliveries an event of each organization makes. It falls by half at most, so that
 * the next transaction takes no more than twice the events. */
static void measure_widths(struct flush *f, const struct handover *h)
{
	size_t made[FANOUT_TENANTS] = {0}, events[FANOUT_TENANTS] = {0};

	for (size_t i = 0; i < h->wanted.n; i++)
		made[rows_int(&h->wanted, i, "turn")]++;
	for (size_t i = 0; i < h->handed; i++)
		events[h->turn[i]]++;
	for (size_t k = 0; k < h->served; k++) {
		struct tenant *t = tenant_by_org(f, h->org[k]);
		size_t width = howmany(made[k], MAX(events[k], 1));

		if (events[k] + made[k] > 0)
			t->width = MAX(MAX(width, 1), howmany(t->width, 2));
	}
}

/* After a success. */
static void advance(struct flush *f, const struct handover *h)
{
	for (size_t i = 0; i < h->wanted.n; i++)
		if (!h->leased[i])
			receiver_due(receiver_of(f, h, i), 0, h->now);
	measure_widths(f, h);
	if (h->served > 0)
		f->fanout.after = h->org[h->served - 1];
}

/* Queues what was leased. */
static enum err send_leased(struct flush *f, struct handover *h)
{
	enum err err = OK;

	if (h->jobs)
		err = read_event_bodies(f, h->jobs, taken_ids(f, h, h->taken));
	jobs_enqueue(f, h->jobs);
	h->jobs = NULL;
	drop_jobs(f, h);
	return err;
}

enum err fanout(struct flush *f, bool *more)
{
	struct handover h = {.now = clock_now()};

	h.before = f->fanout.after;
	enum err err = next_tenants(f, &h, more);
	if (err || h.n_orgs == 0)
		return err;
	err = flush_transact(f, fanout_batch, &h);
	f->fanout.busy |= !err && h.taken > 0;
	*more |= f->fanout.busy;
	if (!err) {
		advance(f, &h);
		return send_leased(f, &h);
	}
	/* the commit may have succeeded */
	if (err == ERR_LOST && h.jobs) {
		enum err released = release(f, h.jobs);
		h.jobs = NULL;
		err = released ? released : err;
	}
	drop_jobs(f, &h);
	if (!of_tenant(err))
		return err;
	isolate(f, &h);
	*more = true;
	return OK;
}
