/* retention: deletes what visitors, ended holds and scans that did not admit leave behind, after
 * hold_history_days. */
#include "cli/maintenance/retention.h"

#define HISTORY_DAY_MS (INT64_C(24) * 3600 * 1000)
#define LEDGER_MARK "ledger"

#define ENDED(status)                  \
	"DELETE"                       \
	" FROM holds"                  \
	" WHERE status = '" status "'" \
	" AND expires_at < :before"    \
	" ORDER BY expires_at"         \
	" LIMIT 1000"
static const struct statement expired = {
	"cli_holds_expired", ENDED("EXPIRED"), SQL_WRITE | SQL_GLOBAL};
static const struct statement released = {
	"cli_holds_released", ENDED("RELEASED"), SQL_WRITE | SQL_GLOBAL};
static const struct statement used = {"cli_holds_used", ENDED("USED"), SQL_WRITE | SQL_GLOBAL};

/* Scans that were undone, or lost against an earlier one: a device that has them still has been off
 * for a month. */
#define NOT_ADMITTED(status)           \
	"DELETE"                       \
	" FROM check_ins"              \
	" WHERE status = '" status "'" \
	" AND created_at < :before"    \
	" ORDER BY created_at"         \
	" LIMIT 1000"
static const struct statement superseded = {
	"cli_check_ins_superseded", NOT_ADMITTED("SUPERSEDED"), SQL_WRITE | SQL_GLOBAL};
static const struct statement undone = {
	"cli_check_ins_undone", NOT_ADMITTED("UNDONE"), SQL_WRITE | SQL_GLOBAL};

static const struct statement visitor_orgs = {
	"cli_visitor_orgs", "SELECT id, slug FROM organizations", SQL_READ | SQL_GLOBAL};
static const struct statement visitor_audit = {"cli_visitor_audit",
	"DELETE"
	" FROM audit"
	" WHERE org_id = :org AND actor_type = 'visitor' AND actor_id IS NULL AND id < :oldest"
	" ORDER BY id"
	" LIMIT 1000",
	SQL_WRITE};

static const struct statement mark_touch = {"cli_mark_touch",
	"INSERT IGNORE INTO sweep_marks (name, mark)"
	" VALUES (:name, x'00000000000000000000000000000000')",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement mark_lock = {"cli_mark_lock",
	"SELECT mark"
	" FROM sweep_marks"
	" WHERE name = :name"
	" FOR UPDATE",
	SQL_READ | SQL_GLOBAL};
static const struct statement mark_move = {"cli_mark_move",
	"UPDATE sweep_marks"
	" SET mark = :upto"
	" WHERE name = :name",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement ledger_window = {"cli_ledger_window",
	"SELECT MAX(w.id) AS upto, COUNT(*) AS n"
	" FROM (SELECT id FROM ledger FORCE INDEX (PRIMARY) WHERE id > :mark AND id < :oldest"
	" ORDER BY id LIMIT 1000) w",
	SQL_READ | SQL_GLOBAL};
#define OLD_MOVEMENTS                        \
	" FROM ledger FORCE INDEX (PRIMARY)" \
	" WHERE id > :mark AND id <= :upto"  \
	" AND kind IN ('HOLD', 'RELEASE', 'EXPIRE')"
static const struct statement ledger_carry = {"cli_ledger_carry",
	"INSERT INTO ledger (id, org_id, event_id, ticket_id, kind, sold, held, source_id, at)"
	" SELECT ticket_id, MIN(org_id), MIN(event_id), ticket_id, 'CARRIED', 0, SUM(held),"
	" ticket_id, :now" OLD_MOVEMENTS " GROUP BY ticket_id"
	" ORDER BY ticket_id"
	" ON DUPLICATE KEY UPDATE held = held + VALUES(held), at = VALUES(at)",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement ledger_drop = {"cli_ledger_drop",
	"DELETE"
	" FROM ledger"
	" WHERE id > :mark AND id <= :upto"
	" AND kind IN ('HOLD', 'RELEASE', 'EXPIRE')",
	SQL_WRITE | SQL_GLOBAL};

/* One batch of a job: its statement, parameters, and how many rows it looked at and deleted. */
struct retention {
	const struct statement *st;
	struct params p;
	int64_t seen, deleted;
};

static enum err delete_batch(struct cli *c, void *ctx)
{
	struct retention *b = ctx;
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, b->st, &b->p, &r);

	b->seen = b->deleted = err ? 0 : (int64_t)r.affected;
	return err;
}

/* Carries the sums of a window of old movements forward and deletes these, in one transaction, so
 * that the ledger's sums never change. */
static enum err ledger_batch(struct cli *c, void *ctx)
{
	struct retention *b = ctx;
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, &mark_touch, &b->p, NULL);

	b->seen = b->deleted = 0;
	if (!err)
		err = sql_run(c->db, c->arena, &mark_lock, &b->p, &r);
	if (err)
		return err;
	params_set(&b->p, "mark", rows_get(&r, 0, "mark"));
	err = sql_run(c->db, c->arena, &ledger_window, &b->p, &r);
	if (err || rows_int(&r, 0, "n") == 0)
		return err;
	b->seen = rows_int(&r, 0, "n");
	params_set(&b->p, "upto", rows_get(&r, 0, "upto"));
	err = sql_run(c->db, c->arena, &ledger_carry, &b->p, NULL);
	if (!err)
		err = sql_run(c->db, c->arena, &ledger_drop, &b->p, &r);
	if (err)
		return err;
	b->deleted = (int64_t)r.affected;
	return sql_run(c->db, c->arena, &mark_move, &b->p, NULL);
}

/* Runs one batch. */
static enum err purge_some(
	struct cli *c, transaction *batch, struct retention *b, struct job_run *run)
{
	enum err err = transact(c, batch, b);

	if (err)
		return err;
	run->total += b->deleted;
	progress("Deleted %lld rows of old holds and visitors ...", (long long)run->total);
	return OK;
}

static void retention_begin(struct cli *c, struct retention *b, int64_t now)
{
	int64_t before = now - c->conf->hold_history_days * HISTORY_DAY_MS;

	*b = (struct retention){.st = NULL};
	params_init(&b->p, c->arena);
	params_set(&b->p, "now", val_time(now));
	params_set(&b->p, "before", val_time(before));
	params_set(&b->p, "oldest", val_uuid(uuid_of_time(before, false)));
	params_set(&b->p, "name", val_text(LEDGER_MARK));
}

enum err retention_turn(struct cli *c, struct job_run *run)
{
	static const struct statement *const old[] = {
		&expired, &released, &used, &superseded, &undone};
	struct retention b;
	enum err err = OK;

	retention_begin(c, &b, run->now);
	run->more = false;
	for (size_t i = 0; i < sizeof old / sizeof *old && !err; i++) {
		b.st = old[i];
		err = purge_some(c, delete_batch, &b, run);
		run->more |= b.seen > 0;
	}
	if (err)
		return err;
	err = purge_some(c, ledger_batch, &b, run);
	run->more |= b.seen > 0;
	return err;
}

struct visitors {
	struct retention b;
	struct job_run *run;
};

static enum err purge_visitors(struct cli *c, struct rows *orgs, size_t row, void *ctx, bool *more)
{
	struct visitors *v = ctx;

	params_set(&v->b.p, "org", rows_get(orgs, row, "id"));
	enum err err = purge_some(c, delete_batch, &v->b, v->run);
	*more = v->b.seen > 0;
	return err;
}

enum err retention_visitors_turn(struct cli *c, struct job_run *run)
{
	struct visitors v = {.run = run};
	const struct org_job job = {
		"deleting visitors' audit entries of", &visitor_orgs, purge_visitors, &v};

	retention_begin(c, &v.b, run->now);
	v.b.st = &visitor_audit;
	return each_org(c, &job, run);
}
