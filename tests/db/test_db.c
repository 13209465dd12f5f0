/* test_db: what a connection does when things go wrong. */
#include "tests/db/db_world.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- refusals ---- */

static void duplicate(void **state)
{
	struct world *w = *state;
	add_row(w, 1, "x' for key 'PRIMARY");
	assert_int_equal(run_statement(w, &add_one), OK);
	assert_int_equal(run_statement(w, &add_one), ERR_DUPLICATE);
	assert_string_equal(db_duplicate_key(w->db), "PRIMARY");
	set_param(w, "id", val_int(2));
	assert_int_equal(run_statement(w, &add_one), ERR_DUPLICATE);
	assert_string_equal(db_duplicate_key(w->db), "row_name");
	assert_int_equal(db_errno(w->db), 1062);
}

static void lock_wait(void **state)
{
	struct world *w = *state;
	static const struct statement claim = {"claim",
		"SELECT id"
		" FROM test_rows"
		" WHERE id = :id"
		" FOR UPDATE NOWAIT",
		R | SQL_QUIET};
	struct db *other = db_new(test_conf());
	add_row(w, 1, "a");
	assert_int_equal(run_statement(w, &add_one), OK);
	db_begin(other);
	assert_int_equal(sql_run(other, w->a, &bump_row, &w->p, NULL), OK);
	db_begin(w->db);
	assert_int_equal(
		run_statement(w, &claim), ERR_RETRY); /* expected: the transaction goes on */
	set_param(w, "id", val_int(2));
	set_param(w, "name", val_text("b"));
	assert_int_equal(run_statement(w, &add_one), OK);
	set_param(w, "id", val_int(1));
	assert_int_equal(run_statement(w, &bump_row),
		ERR_RETRY); /* not expected: it can only be rolled back */
	assert_int_equal(run_statement(w, &count_rows), ERR_RETRY);
	assert_int_equal(db_commit(w->db), ERR_RETRY);
	assert_int_equal(rows_in_table(w), 1);
	db_rollback(other);
	db_free(other);
}

/* The first row has come when the second one turns out to be locked: the connector tells of that at
 * the connection, not at the statement. */
static void lock_wait_between_rows(void **state)
{
	struct world *w = *state;
	static const struct statement claim = {"claim_all",
		"SELECT id"
		" FROM test_rows"
		" WHERE id < 9"
		" ORDER BY id"
		" FOR UPDATE NOWAIT",
		R};
	struct db *other = db_new(test_conf());
	add_row(w, 1, "a");
	assert_int_equal(run_statement(w, &add_one), OK);
	add_row(w, 2, "b");
	assert_int_equal(run_statement(w, &add_one), OK);
	db_begin(other);
	assert_int_equal(sql_run(other, w->a, &bump_row, &w->p, NULL), OK);
	db_begin(w->db);
	assert_int_equal(run_statement(w, &claim), ERR_RETRY);
	assert_int_equal(db_errno(w->db), 1205);
	db_rollback(other);
	db_free(other);
	db_rollback(w->db);
	/* both are usable again: the statement and the connection */
	assert_int_equal(run_statement(w, &claim), OK);
	assert_int_equal(w->r.n, 2);
}

static _Atomic int second_holds;

static void *second(void *p)
{
	static const struct statement one = {"one",
		"UPDATE test_rows"
		" SET n = n + 1"
		" WHERE id = 1",
		W};
	struct db *db = db_new(test_conf());
	struct rows r;
	struct arena *a = arena_new(1 << 20);
	static const struct statement two = {"two",
		"UPDATE test_rows"
		" SET n = n + 10"
		" WHERE id = 2",
		W};
	db_begin(db);
	assert_int_equal(sql_run(db, a, &two, NULL, &r), OK);
	atomic_store(&second_holds, 1);
	enum err e = sql_run(db, a, &one, NULL, &r);
	if (e == OK)
		assert_int_equal(db_commit(db), OK);
	db_rollback(db);
	db_free(db);
	arena_free(a);
	return e == OK ? NULL : p;
}

static void deadlock(void **state)
{
	struct world *w = *state;
	pthread_t t;
	void *lost;
	add_row(w, 1, "a");
	assert_int_equal(run_statement(w, &add_one), OK);
	add_row(w, 2, "b");
	assert_int_equal(run_statement(w, &add_one), OK);
	db_begin(w->db);
	add_row(w, 3, "c");
	assert_int_equal(run_statement(w, &add_one), OK);
	set_param(w, "id", val_int(1));
	assert_int_equal(run_statement(w, &bump_row), OK);
	atomic_store(&second_holds, 0);
	pthread_create(&t, NULL, second, w);
	while (!atomic_load(&second_holds))
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	struct params p;
	params_init(&p, w->a);
	params_set(&p, "id", val_int(2));
	enum err e = sql_run(w->db, w->a, &bump_row, &p, NULL);
	if (e == ERR_RETRY) { /* nothing may slip into autocommit */
		assert_int_equal(db_errno(w->db), 1213);
		assert_int_equal(sql_run(w->db, w->a, &bump_row, &p, NULL), ERR_RETRY);
		db_rollback(w->db);
	} else {
		assert_int_equal(e, OK);
		assert_int_equal(db_commit(w->db), OK);
	}
	pthread_join(t, &lost);
	assert_true((lost != NULL) != (e == ERR_RETRY)); /* one of the two */
	assert_int_equal(rows_in_table(w), e == OK ? 3 : 2);
}

static void time_limit(void **state)
{
	struct world *w = *state;
	static const struct statement slow = {
		"slow", "SELECT COUNT(*) AS n FROM test_rows a, (SELECT SLEEP(5)) b", R};
	struct config c = *test_conf();
	c.db_statement_ms = 200;
	struct db *db = db_new(&c);
	add_row(w, 1, "a");
	assert_int_equal(run_statement(w, &add_one), OK);
	assert_int_equal(sql_run(db, w->a, &slow, NULL, &w->r), ERR_UNAVAILABLE);
	assert_int_equal(db_errno(db), 1969);
	assert_int_equal(sql_run(db, w->a, &count_rows, NULL, &w->r), OK);
	db_free(db);
}

static void checks(void **state)
{
	struct world *w = *state;
	static const struct {
		struct statement st;
		enum err err;
		const char *why;
	} row[] = {
		{{"a",
			 "SELECT id"
			 " FROM test_rows"
			 " WHERE id = :org",
			 SQL_READ},
			OK, ""},
		{{"b", "SELECT id FROM test_rows", R}, OK, ""},
		{{"c", "SELECT id FROM test_rows", SQL_READ}, ERR_INTERNAL, "SQL_GLOBAL"},
		{{"d", "SELECT ':org'", SQL_READ}, ERR_INTERNAL, "SQL_GLOBAL"},
		{{"e", "SELECT id FROM test_rows", SQL_GLOBAL}, ERR_INTERNAL,
			"SQL_READ or SQL_WRITE"},
		{{"f", "SELECT nothing FROM test_rows", R}, ERR_INTERNAL, "1054"},
		{{"g", "SELECT : FROM test_rows", R}, ERR_INTERNAL, "parameter"},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char why[300];
		assert_int_equal(sql_check(w->db, &row[i].st, why, sizeof why), row[i].err);
		assert_non_null(strstr(why, row[i].why));
	}
	static const struct statement two = {"two", "SELECT 1; SELECT 2", R};
	assert_int_equal(run_statement(w, &two), ERR_INTERNAL);
}

/* ---- lost connections ---- */

static void lost_between(void **state)
{
	struct world *w = *state;
	assert_int_equal(rows_in_table(w), 0);
	kill_db(w);
	assert_int_equal(run_statement(w, &count_rows), ERR_LOST);
	assert_false(db_in_transaction(w->db));
	assert_int_equal(run_statement(w, &count_rows), OK); /* made again, prepared again */
	kill_db(w);
	db_begin(w->db); /* its first statement asks twice */
	add_row(w, 1, "a");
	assert_int_equal(run_statement(w, &add_one), OK);
	assert_int_equal(db_commit(w->db), OK);
	assert_int_equal(rows_in_table(w), 1);
}

static void lost_inside(void **state)
{
	struct world *w = *state;
	db_begin(w->db);
	add_row(w, 1, "a");
	assert_int_equal(run_statement(w, &add_one), OK);
	kill_db(w);
	add_row(w, 2, "b");
	assert_int_equal(run_statement(w, &add_one), ERR_LOST);
	assert_true(db_wrote(w->db));
	/* not on a new connection outside the transaction */
	assert_int_equal(run_statement(w, &add_one), ERR_LOST);
	assert_int_equal(db_commit(w->db), ERR_LOST);
	assert_int_equal(rows_in_table(w), 0);
	db_begin(w->db);
	assert_int_equal(run_statement(w, &add_one), OK);
	kill_db(w);
	assert_int_equal(db_commit(w->db), ERR_LOST);
	assert_false(db_in_transaction(w->db));
	assert_int_equal(rows_in_table(w), 0);
	db_begin(w->db);
	assert_int_equal(run_statement(w, &add_one), OK);
	kill_db(w);
	db_rollback(w->db);
	assert_int_equal(rows_in_table(w), 0);
	db_begin(w->db);
	assert_int_equal(run_statement(w, &add_one), OK);
	db_drop(w->db); /* on purpose: that is a rollback, too */
	assert_false(db_in_transaction(w->db));
	assert_int_equal(rows_in_table(w), 0);
}

static void back_off(void **state)
{
	struct world *w = *state;
	struct config c = *test_conf();
	char socket[] = "/nonexistent/db.sock";
	c.db_socket = socket;
	c.db_host = NULL;
	struct db *db = db_new(&c);
	assert_int_equal(db_ready(db), ERR_UNAVAILABLE);
	assert_int_equal(db_errno(db), 2002);
	int64_t t = clock_mono_ns();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(sql_run(db, w->a, &count_rows, NULL, NULL), ERR_UNAVAILABLE);
	assert_true(clock_mono_ns() - t < 40000000);
	c.db_socket = test_conf()->db_socket;
	c.db_host = test_conf()->db_host;
	for (int i = 0; i < 200 && db_ready(db) != OK; i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	assert_true(clock_mono_ns() - t < INT64_C(1500000000));
	assert_int_equal(sql_run(db, w->a, &count_rows, NULL, NULL), OK);
	db_free(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(duplicate, begin, end),
		cmocka_unit_test_setup_teardown(lock_wait, begin, end),
		cmocka_unit_test_setup_teardown(lock_wait_between_rows, begin, end),
		cmocka_unit_test_setup_teardown(deadlock, begin, end),
		cmocka_unit_test_setup_teardown(time_limit, begin, end),
		cmocka_unit_test_setup_teardown(checks, begin, end),
		cmocka_unit_test_setup_teardown(lost_between, begin, end),
		cmocka_unit_test_setup_teardown(lost_inside, begin, end),
		cmocka_unit_test_setup_teardown(back_off, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
