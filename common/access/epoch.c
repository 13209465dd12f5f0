/* epoch: up to which id everything of an organization is committed. */
#include "common/access/epoch.h"

#include "common/base/clock.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

static const struct statement epoch_lock = {
	"epoch_hold", "SELECT mark FROM " EPOCH_LOCKED " e", SQL_READ};
static const struct statement epoch_newest = {
	"epoch_newest",
	"SELECT MAX(mark) AS mark"
	" FROM write_epochs"
	" WHERE org_id = :org",
	SQL_READ,
};
/* IGNORE: another reader may begin the same one. */
static const struct statement epoch_begin = {
	"epoch_begin",
	"INSERT IGNORE INTO write_epochs (org_id, mark)"
	" VALUES (:org, :mark)",
	SQL_WRITE,
};
static const struct statement epoch_test = {
	"epoch_test",
	"SELECT mark"
	" FROM write_epochs"
	" WHERE org_id = :org AND mark = :mark"
	" FOR UPDATE NOWAIT",
	SQL_READ | SQL_QUIET,
};
static const struct statement epoch_end = {
	"epoch_end",
	"DELETE FROM write_epochs"
	" WHERE org_id = :org AND mark = :mark",
	SQL_WRITE,
};

static const struct statement epoch_entry = {
	"epoch_enter",
	"INSERT INTO epoch_entries (id, org_id, mark)"
	" VALUES (:entry, :org, :mark)",
	SQL_WRITE,
};
static const struct statement epoch_leave = {
	"epoch_leave",
	"DELETE FROM epoch_entries"
	" WHERE org_id = :org AND id = :entry",
	SQL_WRITE,
};

static const struct statement epoch_read_only = {
	"epoch_read_only", "SELECT @@global.read_only AS `only`", SQL_READ | SQL_GLOBAL};

const struct statement *const epoch_reader_statements[] = {
	&epoch_begin,
	&epoch_test,
	&epoch_end,
	&epoch_read_only,
	NULL,
};
const struct statement *const epoch_writer_statements[] = {
	&epoch_lock,
	&epoch_newest,
	&epoch_begin,
	&epoch_entry,
	&epoch_leave,
	NULL,
};

struct epoch_reader { /* what epoch_mark was called with */
	const struct statement *state;
	struct uuid *mark;
};

/* Runs a statement on one epoch of :org. */
static enum err run_on(struct db *db, struct arena *a, const struct params *p,
	const struct statement *st, struct uuid mark)
{
	struct params one;

	params_init(&one, a);
	params_set(&one, "org", params_get(p, "org"));
	params_set(&one, "mark", val_uuid(mark));
	return sql_run(db, a, st, &one, NULL);
}

static bool is_suspended(const struct uuid *mark)
{
	static const struct uuid highest = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return uuid_equal(mark, &highest);
}

/* ---- what this process knows ---- */

#define KNOWN_MAX 64 /* organizations; of two in one place the last one is known */

static struct known {
	struct uuid org, mark;
} known[KNOWN_MAX];

static struct known *known_of(struct uuid org)
{
	return &known[org.b[sizeof org.b - 1] % KNOWN_MAX];
}

struct uuid epoch_known(const struct params *p)
{
	struct uuid org = params_get(p, "org").id;
	const struct known *k = known_of(org);

	return uuid_equal(&k->org, &org) ? k->mark : (struct uuid){{0}};
}

static void remember(const struct params *p, const struct uuid *mark)
{
	struct uuid org = params_get(p, "org").id, before = epoch_known(p);

	if (memcmp(mark->b, before.b, sizeof before.b) > 0)
		*known_of(org) = (struct known){org, *mark};
}

/* ---- readers ---- */

/* The first epoch of an organization that has none: every id may be written in it. */
static enum err begin_first(struct db *db, struct arena *a, const struct params *p)
{
	return run_on(db, a, p, &epoch_begin, uuid_of_time(0, false));
}

/* Ends the epochs that nobody holds, the oldest first. Sets *mark to the oldest that is left, which
 * is the newest of all when nobody holds another. */
static enum err end_unheld(struct db *db, struct arena *a, const struct params *p,
	const struct rows *rows, struct uuid *mark)
{
	for (size_t i = 0; i + 1 < rows->n; i++) {
		*mark = rows_get(rows, i, "mark").id;
		enum err err = run_on(db, a, p, &epoch_test, *mark);
		if (err == ERR_RETRY) /* held */
			return OK;
		if (!err)
			err = run_on(db, a, p, &epoch_end, *mark);
		if (err)
			return err;
	}
	*mark = rows_get(rows, rows->n - 1, "mark").id;
	return OK;
}

/* Begins an epoch above all ids made until now, and above `latest`: the clocks of other machines
 * may be ahead. */
static enum err begin_next(
	struct db *db, struct arena *a, const struct params *p, const struct uuid *latest)
{
	int64_t ms = MAX(clock_now(), uuid_time(latest)) + 1;

	return run_on(db, a, p, &epoch_begin, uuid_of_time(ms, false));
}

/* The `latest` of EPOCH_STATE as an id; false: the list is empty. */
static bool read_latest(const struct rows *rows, struct uuid *latest)
{
	struct val v = rows_get(rows, rows->n - 1, "latest");

	*latest = v.id;
	if (v.type == VAL_TIME)
		*latest = uuid_of_time(v.i, true);
	return v.type == VAL_UUID || v.type == VAL_TIME;
}

/* One round: reads the state, ends epochs, and begins one if there are rows above the mark. *more:
 * one was begun, and the next round may reach its mark. */
static enum err advance(struct db *db, struct arena *a, const struct params *p,
	const struct epoch_reader *reader, bool *more)
{
	struct rows rows;
	enum err err = sql_run(db, a, reader->state, p, &rows);

	*more = false;
	if (err)
		return err;
	*reader->mark = uuid_of_time(0, false);
	if (rows.n == 0) {
		*more = true;
		return begin_first(db, a, p);
	}
	struct uuid newest = rows_get(&rows, rows.n - 1, "mark").id, latest;
	err = end_unheld(db, a, p, &rows, reader->mark);
	/* while an older epoch is held, another one would not help */
	if (err || !read_latest(&rows, &latest) || !uuid_equal(reader->mark, &newest) ||
		memcmp(latest.b, newest.b, sizeof newest.b) < 0)
		return err;
	*more = true;
	return begin_next(db, a, p, &latest);
}

/* Whether the database accepts no writes. */
static bool is_read_only(struct db *db, struct arena *a)
{
	struct rows rows;

	return db_ready(db) == OK && sql_run(db, a, &epoch_read_only, NULL, &rows) == OK &&
		rows_int(&rows, 0, "only") != 0;
}

enum err epoch_mark(struct db *db, struct arena *a, const struct params *p,
	const struct statement *state, struct uuid *mark)
{
	const struct epoch_reader reader = {state, mark};
	enum err err = OK;
	bool more = true;

	assert(!db_in_transaction(db));
	/* the second round is the last: rows committed since the first need not be below the mark
	 */
	for (int round = 0; round < 2 && more && !err; round++)
		err = advance(db, a, p, &reader, &more);
	if (err == ERR_RETRY) /* another reader was faster; the mark is right, but may be low */
		err = OK;
	if (!err && !is_suspended(mark))
		remember(p, mark);
	if (err == ERR_UNAVAILABLE && is_read_only(db, a)) {
		memset(mark->b, 0xff, sizeof mark->b);
		return OK;
	}
	return err;
}

/* ---- writers ---- */

/* Reads the newest mark by `st` and keeps later ids above it. *mark is not an id when the epoch was
 * begun here. */
static enum err follow(struct db *db, struct arena *a, const struct params *p,
	const struct statement *st, struct val *mark)
{
	struct rows rows;

	enum err err = sql_run(db, a, st, p, &rows);
	*mark = !err && rows.n ? rows_get(&rows, 0, "mark") : val_null();
	if (err)
		return err;
	if (mark->type != VAL_UUID)
		return begin_first(db, a, p);
	if (is_suspended(&mark->id))
		return ERR_SUSPENDED;
	uuid_not_before(uuid_time(&mark->id));
	return OK;
}

/* Makes the transaction conflict with the end of the epoch on all nodes of a cluster. */
static enum err enter(struct db *db, struct arena *a, const struct params *p, struct val mark)
{
	struct params entry;

	params_init(&entry, a);
	params_set(&entry, "org", params_get(p, "org"));
	params_set(&entry, "mark", mark);
	params_set(&entry, "entry", val_uuid(uuid_make()));
	enum err err = sql_run(db, a, &epoch_entry, &entry, NULL);
	return err ? err : sql_run(db, a, &epoch_leave, &entry, NULL);
}

enum err epoch_hold(struct db *db, struct arena *a, const struct params *p)
{
	struct val mark;

	assert(db_in_transaction(db));
	enum err err = follow(db, a, p, &epoch_lock, &mark);
	if (!err && db_is_replicated(db) && mark.type == VAL_UUID)
		err = enter(db, a, p, mark);
	return err;
}

enum err epoch_enter(struct db *db, struct arena *a, const struct params *p)
{
	enum err err = db_is_replicated(db) ? epoch_hold(db, a, p) : OK;

	return err == ERR_SUSPENDED ? OK : err; /* the lock that follows finds it out */
}

enum err epoch_follow(struct db *db, struct arena *a, const struct params *p)
{
	struct val mark;

	return follow(db, a, p, &epoch_newest, &mark);
}
