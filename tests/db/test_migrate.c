/* test_migrate: migrations run once, after crashes, from two machines, and never changed.
 */
#include "common/db/migrate.h"
#include "tests/db/test_db.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct world {
	struct db *db;
	struct arena *a;
	char folder[64];
	char said[4000];
};

static const struct statement count = {"count", "SELECT COUNT(*) AS n FROM test_log",
				      SQL_READ | SQL_GLOBAL},
			      finished = {"finished",
				      "SELECT COUNT(*) AS n"
				      " FROM migrations"
				      " WHERE finished_at IS NOT NULL",
				      SQL_READ | SQL_GLOBAL};

static void say(void *ctx, const char *line)
{
	struct world *w = ctx;
	size_t n = strlen(w->said);
	snprintf(w->said + n, sizeof w->said - n, "%s\n", line);
}

static void write_file(struct world *w, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", w->folder, name);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void drop(struct world *w)
{
	script(w->db, "DROP TABLE IF EXISTS test_log, migrations, migration_lease");
}

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->db = db_new(test_conf());
	w->a = arena_new(1 << 20);
	strcpy(w->folder, "/tmp/test_migrate.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	drop(w);
	write_file(w, "001_first.sql",
		"-- a table;\nCREATE TABLE IF NOT EXISTS test_log (\n  -- inside;\n  id INT "
		"PRIMARY KEY\n);\r\n\nINSERT IGNORE INTO test_log"
		" VALUES (1);\n");
	write_file(w, "002_second.sql",
		"INSERT IGNORE INTO test_log"
		" VALUES (2);\nINSERT IGNORE INTO test_log"
		" VALUES (3);\n");
	write_file(w, "grants.sql", "not a migration");
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	char command[128];
	drop(w);
	snprintf(command, sizeof command, "rm -r %s", w->folder);
	assert_int_equal(system(command), 0);
	db_free(w->db);
	arena_free(w->a);
	free(w);
	return 0;
}

static int64_t number(struct world *w, const struct statement *st)
{
	struct rows r;
	assert_int_equal(sql_run(w->db, w->a, st, NULL, &r), OK);
	return rows_int(&r, 0, "n");
}

static enum err migrate(struct world *w)
{
	w->said[0] = '\0';
	return migrate_run(w->db, w->folder, say, w);
}

static void twice(void **state)
{
	struct world *w = *state;
	size_t n = 0;
	assert_int_equal(migrate_pending(w->db, w->folder, &n, say, w), OK);
	assert_int_equal(n, 2);
	assert_string_equal(w->said, "001_first\n002_second\n");
	assert_int_equal(migrate(w), OK);
	assert_string_equal(w->said, "001_first: applied\n002_second: applied\n");
	assert_int_equal(number(w, &count), 3);
	assert_int_equal(migrate(w), OK);
	assert_string_equal(w->said, "the database is up to date (002_second)\n");
	assert_int_equal(migrate_pending(w->db, w->folder, &n, NULL, NULL), OK);
	assert_int_equal(n, 0);
}

static void changed(void **state)
{
	struct world *w = *state;
	size_t n;
	assert_int_equal(migrate(w), OK);
	write_file(w, "002_second.sql", "INSERT IGNORE INTO test_log VALUES (22);\n");
	assert_int_equal(migrate(w), ERR_CONFLICT);
	assert_non_null(strstr(w->said, "002_second.sql was modified"));
	assert_int_equal(migrate_pending(w->db, w->folder, &n, NULL, NULL), ERR_CONFLICT);
	assert_int_equal(number(w, &count), 3);
}

/* A mistake in the middle of a file, mended: the file begins again. */
static void mended(void **state)
{
	struct world *w = *state;
	write_file(w, "002_second.sql",
		"INSERT IGNORE INTO test_log"
		" VALUES (2);\nINSERT INTO test_nothing"
		" VALUES (3);\n");
	assert_int_equal(migrate(w), ERR_INTERNAL);
	assert_non_null(strstr(w->said, "002_second: statement 2 of 2 failed: 1146"));
	assert_int_equal(number(w, &finished), 1);
	assert_int_equal(migrate(w), ERR_INTERNAL);
	assert_non_null(strstr(w->said, "resuming after statement 1 of 2"));
	write_file(w, "002_second.sql",
		"INSERT IGNORE INTO test_log"
		" VALUES (2);\nINSERT IGNORE INTO test_log"
		" VALUES (33);\n");
	assert_int_equal(migrate(w), OK);
	assert_int_equal(number(w, &count), 3);
}

static void bad_files(void **state)
{
	struct world *w = *state;
	write_file(w, "002_other.sql", "SELECT 1;\n");
	assert_int_equal(migrate(w), ERR_INTERNAL);
	assert_non_null(strstr(w->said, "same number"));
	write_file(w, "001_first.sql", "SELECT 1;\nSELECT 2");
	assert_int_equal(migrate(w), ERR_INTERNAL);
	assert_non_null(strstr(w->said, "does not end with a semicolon"));
	strcat(w->folder, "/none");
	assert_int_equal(migrate(w), ERR_INTERNAL);
	w->folder[strlen(w->folder) - 5] = '\0';
}

/* Four machines at once: one applies, the others wait and find nothing left to do. */
static void together(void **state)
{
	struct world *w = *state;
	pid_t pid[4];
	int status;
	write_file(w, "002_second.sql",
		"INSERT IGNORE INTO test_log"
		" SELECT 2"
		" FROM (SELECT SLEEP(0.3)) x;\nINSERT IGNORE INTO test_log"
		" VALUES (3);\n");
	for (int i = 0; i < 4; i++)
		if ((pid[i] = fork()) == 0) {
			struct db *db = db_new(test_conf());
			enum err e = migrate_run(db, w->folder, NULL, NULL);
			db_free(db);
			_exit(e == OK ? 0 : 1);
		}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(number(w, &count), 3);
	assert_int_equal(number(w, &finished), 2);
}

/* Killed in the middle; the lease it held is moved into the past instead of waiting for it. */
static void crash(void **state)
{
	struct world *w = *state;
	static const struct statement half = {"half",
		"SELECT COUNT(*) AS n"
		" FROM migrations"
		" WHERE name = '002_second' AND done = 1",
		SQL_READ | SQL_GLOBAL | SQL_QUIET};
	write_file(w, "002_second.sql",
		"INSERT IGNORE INTO test_log"
		" VALUES (2);\nDO SLEEP(3);\nINSERT IGNORE INTO test_log"
		" VALUES (3);\n");
	pid_t pid = fork();
	if (pid == 0) {
		struct db *db = db_new(test_conf());
		_exit(migrate_run(db, w->folder, NULL, NULL) == OK ? 0 : 1);
	}
	for (int i = 0; i < 1000; i++) {
		struct rows r;
		if (sql_run(w->db, w->a, &half, NULL, &r) == OK && rows_int(&r, 0, "n") == 1)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	script(w->db, "UPDATE migration_lease SET expires_at = '2000-01-01'");
	script(w->db, "DELETE FROM test_log WHERE id = 2");
	write_file(w, "003_third.sql", "INSERT IGNORE INTO test_log VALUES (4);\n");
	assert_int_equal(number(w, &finished), 1);
	assert_int_equal(migrate(w), OK);
	assert_non_null(strstr(w->said, "002_second: resuming after statement 1 of 3"));
	/* 1, 3, 4: the first statement of the file did not run again */
	assert_int_equal(number(w, &count), 3);
}

static void data(void **state)
{
	struct world *w = *state;
	char path[128];
	snprintf(path, sizeof path, "%s/sql", w->folder);
	setenv("TG_DATA", w->folder, 1);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_string_equal(data_find("sql"), path);
	unsetenv("TG_DATA");
	assert_null(data_find("no such folder"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(twice, begin, end),
		cmocka_unit_test_setup_teardown(changed, begin, end),
		cmocka_unit_test_setup_teardown(mended, begin, end),
		cmocka_unit_test_setup_teardown(bad_files, begin, end),
		cmocka_unit_test_setup_teardown(together, begin, end),
		cmocka_unit_test_setup_teardown(crash, begin, end),
		cmocka_unit_test_setup_teardown(data, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
