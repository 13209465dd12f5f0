/* overtaken: reads rows at one node of a cluster, up to the marks of their epochs, while processes
 * write rows at another one. */

/* No row may be committed below a mark that the reader has passed (common/access/epoch.h). Before
 * each one, the reader writes many rows: while the writers' node repeats that, it is behind, and
 * rows that it sends to the others come after the end of their epoch. Prints how many rows there
 * were, and how many of them came too late.
 *
 *   TG_CONF=the writers' node  TG_OTHER=the reader's  overtaken MARKS */
#include "tests/db/test_db.h"

#include "common/access/audit.h"
#include "common/access/epoch.h"
#include "common/base/uuid.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 24
#define PATIENCE_NS INT64_C(120000000000)

/* The rows are those of the installation in the audit log. */
static const struct statement state = {
	"overtaken_state",
	EPOCH_STATE("SELECT a.id FROM audit a WHERE a.org_id = :org ORDER BY a.id DESC LIMIT 1"),
	SQL_READ,
};
static const struct statement between = {
	"overtaken_between",
	"SELECT COUNT(*) AS n FROM audit WHERE org_id = :org AND id >= :low AND id < :high",
	SQL_READ,
};

static const struct statement burden = {
	"overtaken_burden", "UPDATE test_overtaken SET n = n + 1", SQL_WRITE | SQL_GLOBAL};
static const char table[] = "CREATE OR REPLACE TABLE test_overtaken"
			    " (id INT PRIMARY KEY, n INT NOT NULL DEFAULT 0)";
static const char rows_of_it[] = "INSERT INTO test_overtaken (id) SELECT seq FROM seq_1_to_10000";

static struct db *connect_to(const char *path)
{
	char why[500] = "";
	struct config *c = path ? config_load(path, "ticketgate", why, sizeof why) : NULL;

	if (!c) {
		fprintf(stderr, "no configuration: %s\n", why);
		_exit(1);
	}
	return db_new(c);
}

/* A row as requests write it, whose id was made before the epoch is locked; or as everybody else
 * does. */
static enum err write_row(struct db *db, struct arena *a, struct audit_row *row, bool as_request)
{
	struct params p;

	if (!as_request)
		return audit_write(db, a, row);
	row->id = uuid_make();
	audit_params(&p, a, row);
	enum err err = epoch_enter(db, a, &p);
	return err ? err : sql_run(db, a, &audit_insert, &p, NULL);
}

static _Noreturn void writer(bool as_request)
{
	struct audit_row row = {
		.actor_type = "system", .actor_name = "overtaken", .action = "overtaken"};
	struct db *db = connect_to(getenv("TG_CONF"));
	struct arena *a = arena_new(1 << 20);

	for (;;) {
		struct params p;

		row.at = clock_now();
		row.actor_id = row.resource = val_null();
		db_begin(db);
		enum err err = write_row(db, a, &row, as_request);
		if (!err)
			err = db_commit(db);
		if (db_in_transaction(db))
			db_rollback(db);
		if (err == ERR_UNAVAILABLE)
			_exit(1);
		params_init(&p, a);
		params_set(&p, "org", val_uuid(row.org));
		if (err && epoch_follow(db, a, &p) == ERR_UNAVAILABLE)
			_exit(1);
		arena_reset(a);
	}
}

static int64_t count(struct db *db, struct arena *a, struct uuid low, struct uuid high)
{
	struct params p;
	struct rows rows;

	params_init(&p, a);
	params_set(&p, "org", val_uuid((struct uuid){{0}}));
	params_set(&p, "low", val_uuid(low));
	params_set(&p, "high", val_uuid(high));
	return sql_run(db, a, &between, &p, &rows) == OK ? rows_int(&rows, 0, "n") : -1;
}

/* Passes marks, and counts the rows that are there when it does. *first and *last: the outer marks;
 * returns the number of rows between them, -1 when the database fails. */
static int64_t read_marks(struct db *db, long wanted, struct uuid *first, struct uuid *last)
{
	struct arena *a = arena_new(1 << 20);
	int64_t met = 0, end = clock_mono_ns() + PATIENCE_NS;

	memset(first, 0, sizeof *first);
	*last = *first;
	for (long passed = -1; passed < wanted && clock_mono_ns() < end;) {
		struct params p;
		struct uuid mark;

		arena_reset(a);
		params_init(&p, a);
		params_set(&p, "org", val_uuid((struct uuid){{0}}));
		if (sql_run(db, a, &burden, NULL, NULL) == ERR_UNAVAILABLE ||
			epoch_mark(db, a, &p, &state, &mark))
			return -1;
		if (memcmp(mark.b, last->b, sizeof mark.b) <= 0)
			continue;
		int64_t n = passed < 0 ? 0 : count(db, a, *last, mark);
		if (n < 0)
			return -1;
		if (passed++ < 0)
			*first = mark;
		met += n;
		*last = mark;
	}
	arena_free(a);
	return met;
}

int main(int argc, char **argv)
{
	long wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
	pid_t child[WRITERS];
	struct uuid first, last;

	for (int i = 0; i < WRITERS; i++)
		if ((child[i] = fork()) == 0)
			writer(i % 2);
	struct db *db = connect_to(getenv("TG_OTHER"));
	struct arena *a = arena_new(1 << 20);
	script(db, table);
	script(db, rows_of_it);
	int64_t met = read_marks(db, wanted, &first, &last);
	for (int i = 0; i < WRITERS; i++)
		kill(child[i], SIGKILL);
	for (int i = 0; i < WRITERS; i++)
		waitpid(child[i], NULL, 0);
	usleep(500000);
	int64_t there = count(db, a, first, last);
	printf("%lld rows, %lld of them too late\n", (long long)there, (long long)(there - met));
	return met < wanted || there != met;
}
