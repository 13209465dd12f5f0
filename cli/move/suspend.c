/* suspend: `ticketgate org suspend` and `resume`: whether an organization accepts changes. */
#include "cli/move/move.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"

#include <string.h>
#include <sys/param.h>

#define DRAIN_TRIES 40 /* lock waits for a writer that does not end */
#define LEASES_MS 65000 /* longer than a delivery is reserved for its sender */
#define LEASES_PAUSE_MS 200

static const struct statement org_row = {"move_org",
	"SELECT o.id, o.slug,"
	" EXISTS (SELECT 1 FROM write_epochs e"
	" WHERE e.org_id = o.id AND e.mark = " EPOCH_SUSPENDED ") AS suspended"
	" FROM organizations o"
	" WHERE o.slug = :slug",
	SQL_READ | SQL_GLOBAL};
static const struct statement last_epoch = {"move_suspend",
	"INSERT IGNORE INTO write_epochs (org_id, mark)"
	" VALUES (:org, " EPOCH_SUSPENDED ")",
	SQL_WRITE};
static const struct statement open_epochs = {"move_epochs",
	"SELECT mark"
	" FROM write_epochs"
	" WHERE org_id = :org AND mark < " EPOCH_SUSPENDED " ORDER BY mark",
	SQL_READ};
static const struct statement epoch_wait = {"move_epoch_wait",
	"SELECT mark"
	" FROM write_epochs"
	" WHERE org_id = :org AND mark = :mark"
	" FOR UPDATE",
	SQL_READ | SQL_QUIET};
static const struct statement epoch_drop = {"move_epoch_drop",
	"DELETE FROM write_epochs"
	" WHERE org_id = :org AND mark = :mark",
	SQL_WRITE};
static const struct statement deliveries_sent = {"move_leases",
	"SELECT d.id"
	" FROM webhook_endpoints w FORCE INDEX (endpoint_org)"
	" STRAIGHT_JOIN webhook_deliveries d FORCE INDEX (delivery_due)"
	" ON d.endpoint_id = w.id AND d.due_at IS NOT NULL"
	" WHERE w.org_id = :org AND d.lease IS NOT NULL AND d.due_at > :now"
	" LIMIT 1",
	SQL_READ};
static const struct statement epoch_reopen = {"move_resume",
	"DELETE FROM write_epochs"
	" WHERE org_id = :org AND mark = " EPOCH_SUSPENDED,
	SQL_WRITE};
static const struct statement epoch_start = {"move_epoch_start",
	"INSERT INTO write_epochs (org_id, mark)"
	" VALUES (:org, :mark)",
	SQL_WRITE};
static const struct statement audit_latest = {"move_audit_latest",
	"SELECT MAX(id) AS id"
	" FROM audit"
	" WHERE org_id = :org",
	SQL_READ};

enum err org_state_read(struct cli *c, const char *slug, struct org_state *out)
{
	struct params p;
	struct rows r = {0};
	struct uuid id;
	enum err err = org_find(c, slug, &id);

	if (err)
		return err;
	params_init(&p, c->arena);
	params_set(&p, "slug", val_text(slug));
	err = sql_run(c->db, c->arena, &org_row, &p, &r);
	if (err)
		return err;
	if (r.n == 0)
		return ERR_NOT_FOUND;
	*out = (struct org_state){rows_get(&r, 0, "id").id, rows_text(&r, 0, "slug"),
		rows_int(&r, 0, "suspended") != 0};
	return OK;
}

int org_refuse(struct cli *c, enum err err, const char *slug, const char *doing)
{
	if (err == ERR_NOT_FOUND)
		return refuse(
			"organization %s does not exist; run `ticketgate org list` to list all",
			slug);
	return reject_db(c, err, doing);
}

/* ---- suspend ---- */

struct suspension {
	struct params p;
	struct uuid org;
};

/* Runs inside transact(). */
static enum err close_org(struct cli *c, void *ctx)
{
	struct suspension *s = ctx;
	enum err err = audit(c, s->org, "org.suspend", s->org);

	if (err)
		return err;
	return sql_run(c->db, c->arena, &last_epoch, &s->p, NULL);
}

/* Ends an epoch when nobody writes in it any more; runs inside transact(). */
static enum err end_epoch(struct cli *c, void *ctx)
{
	struct suspension *s = ctx;
	enum err err = sql_run(c->db, c->arena, &epoch_wait, &s->p, NULL);

	c->audited.action = NULL;
	if (err)
		return err;
	return sql_run(c->db, c->arena, &epoch_drop, &s->p, NULL);
}

/* Waits for the transactions that began before. */
static enum err end_epochs(struct cli *c, struct suspension *s)
{
	struct rows r;
	enum err err = sql_run(c->db, c->arena, &open_epochs, &s->p, &r);

	for (size_t i = 0; i < r.n && !err; i++) {
		params_set(&s->p, "mark", rows_get(&r, i, "mark"));
		int tries = 0;
		do {
			progress("Waiting for changes that have begun ...");
			err = transact(c, end_epoch, s);
		} while (err == ERR_RETRY && ++tries < DRAIN_TRIES);
	}
	return err;
}

/* Waits for webhook deliveries that are being sent; a sender that died holds none for longer. */
static enum err wait_for_deliveries(struct cli *c, struct suspension *s)
{
	int64_t end = clock_now() + LEASES_MS;
	struct rows r;
	enum err err;

	do {
		params_set(&s->p, "now", val_time(clock_now()));
		err = sql_run(c->db, c->arena, &deliveries_sent, &s->p, &r);
		if (err || r.n == 0)
			break;
		progress("Waiting for webhook deliveries that are being sent ...");
		clock_pause_ms(LEASES_PAUSE_MS);
	} while (clock_now() < end);
	return err;
}

int org_suspend(struct cli *c)
{
	int64_t began = clock_mono_ns();
	struct suspension s;
	struct org_state org;
	enum err err = org_state_read(c, c->argument, &org);

	if (err)
		return org_refuse(c, err, c->argument, "suspending the organization");
	s.org = org.id;
	params_init(&s.p, c->arena);
	params_set(&s.p, "org", val_uuid(org.id));
	if (!org.suspended)
		err = transact(c, close_org, &s);
	if (!err || err == ERR_SUSPENDED)
		err = end_epochs(c, &s);
	if (!err)
		err = wait_for_deliveries(c, &s);
	progress(NULL);
	if (err)
		return org_refuse(c, err, c->argument, "suspending the organization");
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "slug", org.slug);
		write_bool(&c->json, "suspended", true);
		write_end_object(&c->json);
		return DONE;
	}
	buf_printf(&c->out,
		"Suspended %s in %.1f s: nothing of it is being changed or sent any more; it can "
		"still be read.\nNext: ticketgate org export %s, or ticketgate org resume %s\n",
		org.slug, (double)(clock_mono_ns() - began) / 1e9, org.slug, org.slug);
	return DONE;
}

/* ---- resume ---- */

/* New ids must be above all that exist, wherever they were made; runs inside transact(). */
static enum err open_org(struct cli *c, void *ctx)
{
	struct suspension *s = ctx;
	struct rows r;
	int64_t ms = clock_now();
	enum err err = sql_run(c->db, c->arena, &audit_latest, &s->p, &r);

	if (err)
		return err;
	struct val latest = rows_get(&r, 0, "id");
	if (latest.type == VAL_UUID)
		ms = MAX(ms, uuid_time(&latest.id));
	params_set(&s->p, "mark", val_uuid(uuid_of_time(ms + 1, false)));
	err = sql_run(c->db, c->arena, &epoch_start, &s->p, NULL);
	if (!err)
		err = sql_run(c->db, c->arena, &epoch_reopen, &s->p, NULL);
	if (!err)
		err = audit(c, s->org, "org.resume", s->org);
	return err;
}

int org_resume(struct cli *c)
{
	struct suspension s;
	struct org_state org;
	enum err err = org_state_read(c, c->argument, &org);

	if (err)
		return org_refuse(c, err, c->argument, "resuming the organization");
	if (strncmp(org.slug, INCOMPLETE, strlen(INCOMPLETE)) == 0)
		return refuse("its import has not ended; import it again, or remove it with "
			      "`ticketgate org remove '%s'`",
			org.slug);
	if (!org.suspended)
		return refuse("organization %s is not suspended", org.slug);
	s.org = org.id;
	params_init(&s.p, c->arena);
	params_set(&s.p, "org", val_uuid(org.id));
	err = transact(c, open_org, &s);
	if (err)
		return org_refuse(c, err, c->argument, "resuming the organization");
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "slug", org.slug);
		write_bool(&c->json, "suspended", false);
		write_end_object(&c->json);
		return DONE;
	}
	buf_printf(&c->out, "Resumed %s: it accepts changes.\n", org.slug);
	return DONE;
}
