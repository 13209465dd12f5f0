/* fanout: creates a delivery of each outbox event for each endpoint that subscribes to it:
 * organizations in turn. */
#include "cron/webhook_flush/handover.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#include <string.h>
#include <sys/param.h>

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
const struct statement *const fanout_statements[] = {
	&waiting,
	&next_tenant,
	&tenant_suspended,
	NULL,
};

enum err fanout_waiting(struct flush *f, bool *any)
{
	struct rows r;
	enum err err;

	arena_reset(f->s.arena);
	err = db_ready(f->s.db);
	if (!err)
		err = sql_run(f->s.db, f->s.arena, &waiting, NULL, &r);
	*any = !err && r.n > 0;
	return err;
}

/* Appends an organization to those to serve, unless it failed before or is suspended. */
static enum err add_tenant(struct flush *f, struct handover *h, struct params *p)
{
	struct uuid org = params_get(p, "org").id;
	struct rows r;
	enum err err = sql_run(f->s.db, f->s.arena, &tenant_suspended, p, &r);

	if (!err && r.n == 0 && (!f->fanout.failed.n || !map_find(&f->fanout.failed, org.b)))
		h->org[h->n_orgs++] = org;
	return err;
}

/* Reads the next organizations that have events, at most `most`, and appends those to serve; *n:
 * how many were read. */
static enum err read_tenants(struct flush *f, struct handover *h, size_t most, size_t *n)
{
	enum err err = db_ready(f->s.db);

	for (*n = 0; !err && *n < most; ++*n) {
		struct params p;
		struct rows r;

		params_init(&p, f->s.arena);
		params_set(&p, "after", val_uuid(f->fanout.after));
		err = sql_run(f->s.db, f->s.arena, &next_tenant, &p, &r);
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

	arena_reset(f->s.arena);
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
	f->s.failing = true;
}

/* Notes how many deliveries an event of each organization makes. It falls by half at most, so that
 * the next transaction takes no more than twice the events. */
static void measure_widths(struct flush *f, const struct handover *h)
{
	size_t made[FANOUT_TENANTS] = {0}, events[FANOUT_TENANTS] = {0};

	for (size_t i = 0; i < h->wanted.n; i++)
		made[handover_event(h, i)->turn]++;
	for (size_t i = 0; i < h->handed; i++)
		events[h->list[i].turn]++;
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
			receiver_due(handover_receiver(f, h, i), 0, h->now);
	measure_widths(f, h);
	if (h->served > 0)
		f->fanout.after = h->org[h->served - 1];
}

/* Queues what was leased. */
static enum err send_leased(struct flush *f, struct handover *h)
{
	enum err err = OK;

	if (h->jobs)
		err = read_event_bodies(f, h->jobs, handover_events(f, h));
	jobs_enqueue(f, h->jobs);
	h->jobs = NULL;
	handover_drop(f, h);
	return err;
}

enum err fanout(struct flush *f, bool *more)
{
	struct handover h = {.now = clock_now()};

	h.before = f->fanout.after;
	enum err err = next_tenants(f, &h, more);
	if (err || h.n_orgs == 0)
		return err;
	err = sender_transact(&f->s, handover_run, &h);
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
	handover_drop(f, &h);
	if (!of_tenant(err))
		return err;
	isolate(f, &h);
	*more = true;
	return OK;
}
