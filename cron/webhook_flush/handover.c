/* handover: locks events of the outbox and creates their deliveries. */
#include "cron/webhook_flush/handover.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#include <assert.h>
#include <sys/param.h>

/* Events that are locked, as JSON rows. What a delivery depends on is in them: a plain SELECT of
 * the same events may not see one yet that a locking one has just returned. */
#define TAKEN                                                                                  \
	"JSON_TABLE(:ids, '$[*]' COLUMNS (n INT PATH '$[0]', id CHAR(32) PATH '$[1]',"         \
	" org CHAR(32) PATH '$[2]', event CHAR(32) PATH '$[3]', type VARCHAR(40) PATH '$[4]'," \
	" created DATETIME(3) PATH '$[5]')) j"
/* The endpoint subscribes to the event and existed when it happened, and has no delivery of it yet.
 * A join, because MariaDB turns NOT EXISTS into NOT IN and may then read all deliveries first. */
#define DELIVERIES                                                    \
	" LEFT JOIN webhook_deliveries d FORCE INDEX (delivery_once)" \
	" ON d.endpoint_id = w.id AND d.outbox_id = UNHEX(j.id)"
#define WANTS                                                                            \
	"w.status = 'ACTIVE' AND w.deleted_at IS NULL AND w.created_at <= j.created"     \
	" AND FIND_IN_SET(CONVERT(j.type USING utf8mb4) COLLATE utf8mb4_unicode_520_ci," \
	" w.events) AND d.id IS NULL"
#define TO_ALL " AND w.deleted_at IS NULL AND w.kind IN ('WEBHOOK', 'KEY')"
#define MATCHED "SELECT j.n, w.id AS endpoint"

static const struct statement fanout_consume = {
	"outbox_take",
	"SELECT id, event_id AS event, type, CAST(created_at AS CHAR) AS created"
	" FROM outbox FORCE INDEX (outbox_pending)"
	" WHERE pending = 1 AND org_id = :tenant"
	" ORDER BY id"
	" LIMIT :most"
	" FOR UPDATE SKIP LOCKED",
	SQL_READ | SQL_GLOBAL,
};
/* Deliveries that an event makes at most: to the endpoints of the organization's webhooks and keys,
 * and to its own. */
static const struct statement widest = {
	"outbox_widest",
	"SELECT COUNT(*) + 1 AS n"
	" FROM webhook_endpoints w FORCE INDEX (endpoint_kind)"
	" WHERE w.org_id = :tenant" TO_ALL,
	SQL_READ | SQL_GLOBAL,
};
static const struct statement match = {
	"outbox_match",
	MATCHED " FROM " TAKEN " STRAIGHT_JOIN webhook_endpoints w FORCE INDEX (endpoint_kind)"
		" ON w.org_id = UNHEX(j.org)" TO_ALL
		" LEFT JOIN api_keys k ON w.kind = 'KEY' AND k.id = w.source_id" DELIVERIES
		" WHERE " WANTS " AND (w.kind = 'WEBHOOK'"
		" OR (k.id IS NOT NULL AND k.revoked_at IS NULL"
		" AND (k.expires_at IS NULL OR k.expires_at > :now)))"
		" UNION ALL " MATCHED " FROM " TAKEN
		" STRAIGHT_JOIN webhook_endpoints w FORCE INDEX (endpoint_source)"
		" ON w.source_id = UNHEX(j.event) AND w.kind = 'EVENT'"
		" AND w.org_id = UNHEX(j.org)" DELIVERIES " WHERE " WANTS " ORDER BY n, endpoint"
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
	"UPDATE " TAKEN " STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) ON o.id = UNHEX(j.id)"
	" SET o.pending = NULL WHERE o.pending = 1",
	SQL_WRITE | SQL_GLOBAL,
};

const struct statement *const handover_statements[] = {
	&fanout_consume,
	&widest,
	&match,
	&fanout_insert,
	&fanout_count,
	&handed,
	NULL,
};

/* How many events of an organization to take: so many that their deliveries are its share. However
 * many it has, and to however many endpoints they go, the others do not wait for more than that,
 * also those whose events come while the transaction runs. */
static size_t events_of(const struct handover *h, const struct tenant *t)
{
	size_t share = MIN(FANOUT_MAX / h->n_orgs, FANOUT_SHARE);

	return MAX(MIN(share / t->width, FANOUT_EVENTS / h->n_orgs), 1);
}

/* Before an event was seen: how many deliveries one may make. */
static enum err read_width(struct flush *f, struct tenant *t, const struct params *p)
{
	struct rows r;
	enum err err = sql_run(f->s.db, f->s.arena, &widest, p, &r);

	if (!err)
		t->width = (size_t)rows_int(&r, 0, "n");
	return err;
}

/* Locks the oldest events of each organization; SKIP LOCKED leaves those that another sender is
 * handling. */
static enum err take_events(struct flush *f, struct handover *h)
{
	enum err err = OK;

	h->taken = 0;
	for (size_t k = 0; k < h->n_orgs && !err; k++) {
		struct tenant *t = tenant_by_org(f, h->org[k]);
		struct params p;
		struct rows r;

		params_init(&p, f->s.arena);
		params_set(&p, "tenant", val_uuid(h->org[k]));
		if (t->width == 0 && (err = read_width(f, t, &p)) != OK)
			break;
		params_set(&p, "most", val_int((int64_t)events_of(h, t)));
		err = sql_run(f->s.db, f->s.arena, &fanout_consume, &p, &r);
		for (size_t i = 0; !err && i < r.n; i++) {
			assert(h->taken < FANOUT_EVENTS);
			h->list[h->taken++] = (struct taken){rows_get(&r, i, "id").id, k,
				rows_get(&r, i, "event"), rows_get(&r, i, "type"),
				rows_get(&r, i, "created")};
		}
	}
	return err;
}

/* The first n events taken, as a JSON array of rows: TAKEN. */
static struct val taken_rows(struct flush *f, const struct handover *h, size_t n)
{
	struct json *j = rows_begin(&f->s);

	for (size_t i = 0; i < n; i++) {
		const struct taken *t = &h->list[i];

		write_array(j, NULL);
		write_int(j, NULL, (int64_t)i);
		write_hex(j, NULL, t->id.b, sizeof t->id.b);
		write_hex(j, NULL, h->org[t->turn].b, sizeof h->org[t->turn].b);
		if (t->event.type == VAL_UUID)
			write_hex(j, NULL, t->event.id.b, sizeof t->event.id.b);
		else
			write_null(j, NULL);
		write_text_n(j, NULL, t->type.s, t->type.n);
		write_text_n(j, NULL, t->created.s, t->created.n);
		write_end_array(j);
	}
	return rows_end(&f->s);
}

struct val handover_events(struct flush *f, const struct handover *h)
{
	return taken_rows(f, h, h->taken);
}

/* How far the deliveries go: when they were cut at FANOUT_MAX, the last one's event may lack some,
 * and stays in the outbox together with those after it. */
static void measure_handed(struct handover *h)
{
	h->handed = h->taken;
	h->served = h->n_orgs;
	if (h->wanted.n < FANOUT_MAX)
		return;
	h->handed = (size_t)rows_int(&h->wanted, h->wanted.n - 1, "n");
	assert(h->handed < h->taken);
	h->served = h->list[h->handed].turn + 1;
}

/* So that deliveries are not committed behind a reader of their list: their ids are made after
 * this. */
static enum err hold_epochs(struct flush *f, const struct handover *h)
{
	enum err err = OK;

	for (size_t k = 0; k < h->n_orgs && !err; k++) {
		struct params p;

		params_init(&p, f->s.arena);
		params_set(&p, "org", val_uuid(h->org[k]));
		err = epoch_hold(f->s.db, f->s.arena, &p);
	}
	return err;
}

void handover_drop(struct flush *f, struct handover *h)
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

const struct taken *handover_event(const struct handover *h, size_t i)
{
	return &h->list[rows_int(&h->wanted, i, "n")];
}

struct receiver *handover_receiver(struct flush *f, const struct handover *h, size_t i)
{
	return receiver_by_id(
		f, h->org[handover_event(h, i)->turn], rows_get(&h->wanted, i, "endpoint").id);
}

/* Reads the endpoints that have nothing else to receive and a free place: this run leases their
 * deliveries when it creates them. */
static enum err read_free(struct flush *f, struct handover *h, struct params *p)
{
	uint64_t round = ++f->round;

	h->free.n = 0;
	for (size_t i = 0; i < h->wanted.n && h->free.n < RECEIVERS_MAX; i++) {
		struct receiver *r = handover_receiver(f, h, i);
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
	struct receiver *r = handover_receiver(f, h, i);

	if (r->round != f->round || !r->url || !receiver_is_free(f, r, h->now))
		return false;
	struct job *j = job_leased(r, id, handover_event(h, i)->id, h->now);
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
	struct json *j = rows_begin(&f->s);

	for (size_t i = 0; i < r->n; i++) {
		const struct taken *t = handover_event(h, i);
		struct uuid id = uuid_make(), endpoint = rows_get(r, i, "endpoint").id;

		h->leased[i] = lease(f, h, i, id);
		write_array(j, NULL);
		write_hex(j, NULL, id.b, sizeof id.b);
		write_hex(j, NULL, h->org[t->turn].b, sizeof h->org[t->turn].b);
		write_hex(j, NULL, endpoint.b, sizeof endpoint.b);
		write_hex(j, NULL, t->id.b, sizeof t->id.b);
		write_text_n(j, NULL, t->type.s, t->type.n);
		write_int(j, NULL, h->leased[i]);
		write_end_array(j);
	}
	return rows_end(&f->s);
}

/* Runs a statement that must change exactly n rows; after ERR_INTERNAL nothing of the transaction
 * may stay. */
static enum err change_rows(
	struct flush *f, const struct statement *st, const struct params *p, size_t n)
{
	struct rows r;
	enum err err = sql_run(f->s.db, f->s.arena, st, p, &r);

	if (err || r.affected == n)
		return err;
	log_msg(LOG_ERROR, "%s changed %zu rows instead of %zu: rolled back", st->name,
		(size_t)r.affected, n);
	return ERR_INTERNAL;
}

enum err handover_run(struct sender *s, void *ctx)
{
	struct flush *f = flush_of(s);
	struct handover *h = ctx;
	struct params p;

	handover_drop(f, h);
	h->wanted = (struct rows){.n = 0};
	enum err err = take_events(f, h);
	if (err || h->taken == 0)
		return err;
	params_init(&p, f->s.arena);
	params_set(&p, "now", val_time(h->now));
	params_set(&p, "until", val_time(h->now + LEASE_MS));
	params_set(&p, "run", val_uuid(f->s.run));
	params_set(&p, "most", val_int(FANOUT_MAX));
	params_set(&p, "ids", taken_rows(f, h, h->taken));
	err = sql_run(f->s.db, f->s.arena, &match, &p, &h->wanted);
	if (err)
		return err;
	measure_handed(h);
	if (h->wanted.n > 0) {
		err = read_free(f, h, &p);
		if (!err)
			err = hold_epochs(f, h);
		params_set(&p, "rows", deliveries(f, h));
		if (!err)
			err = change_rows(f, &fanout_insert, &p, h->wanted.n);
		if (!err)
			err = sql_run(f->s.db, f->s.arena, &fanout_count, &p, NULL);
	}
	if (err || h->handed == 0)
		return err;
	params_set(&p, "ids", taken_rows(f, h, h->handed));
	return change_rows(f, &handed, &p, h->handed);
}
