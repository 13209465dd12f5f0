/* test_db: values through a real server, and what a connection does when things go wrong.
 */
#include "tests/db/test_db.h"

#include <pthread.h>
#include <stdatomic.h>

#define R (SQL_READ | SQL_GLOBAL)
#define W (SQL_WRITE | SQL_GLOBAL)

struct world {
	struct db *admin, *db;
	struct arena *a;
	struct params p;
	struct rows r;
};

static const struct statement
	put = {"put",
		"INSERT INTO test_types (id, i, u, b, d, d6, t, long_t, bytes, long_b, e, s, j,"
		" dec_v)"
		" VALUES (:id, :i, :u, :b, :d, :d, :t, :long_t, :bytes,"
		" :long_b, :e, :s, :j, :dec_v)",
		W},
	get = {"get", "SELECT * FROM test_types WHERE id = :id", R},
	any = {"any", "SELECT :x AS x", R},
	connection = {"connection", "SELECT CONNECTION_ID() AS id", R},
	add = {"add", "INSERT INTO test_rows (id, n, name) VALUES (:id, 0, :name)", W},
	bump = {"bump",
		"UPDATE test_rows"
		" SET n = n + 1"
		" WHERE id = :id",
		W},
	same = {"same",
		"UPDATE test_rows"
		" SET n = n"
		" WHERE id = :id",
		W},
	count = {"count", "SELECT COUNT(*) AS n FROM test_rows", R};

static enum err run(struct world *w, const struct statement *st)
{
	return sql_run(w->db, w->a, st, &w->p, &w->r);
}

static void set(struct world *w, const char *name, struct val v)
{
	params_set(&w->p, name, v);
}

static void add_row(struct world *w, int64_t id, const char *name)
{
	set(w, "id", val_int(id));
	set(w, "name", val_text(name));
}

static int64_t rows_in_table(struct world *w)
{
	struct rows r;
	assert_int_equal(sql_run(w->db, w->a, &count, NULL, &r), OK);
	return rows_int(&r, 0, "n");
}

static void kill_db(struct world *w)
{
	char text[60];
	struct rows r;
	assert_int_equal(sql_run(w->db, w->a, &connection, NULL, &r), OK);
	snprintf(text, sizeof text, "KILL CONNECTION %lld", (long long)rows_int(&r, 0, "id"));
	script(w->admin, text);
	for (int i = 0; i < 200; i++) { /* KILL only asks */
		static const struct statement alive = {"alive",
			"SELECT COUNT(*) AS n"
			" FROM information_schema.PROCESSLIST"
			" WHERE id = :id",
			R};
		struct params p;
		struct rows left;
		params_init(&p, w->a);
		params_set(&p, "id", val_int(rows_int(&r, 0, "id")));
		assert_int_equal(sql_run(w->admin, w->a, &alive, &p, &left), OK);
		if (rows_int(&left, 0, "n") == 0)
			return;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	fail_msg("the killed connection lives on");
}

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->admin = db_new(test_conf());
	w->db = db_new(test_conf());
	w->a = arena_new((size_t)64 << 20);
	params_init(&w->p, w->a);
	script(w->admin, "DROP TABLE IF EXISTS test_rows");
	script(w->admin,
		"CREATE TABLE test_rows (id INT PRIMARY KEY, n INT NOT NULL, name VARCHAR(50) "
		"NULL, UNIQUE KEY row_name (name)) ENGINE=InnoDB");
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	script(w->admin, "DROP TABLE IF EXISTS test_rows, test_types");
	db_free(w->admin);
	db_free(w->db);
	arena_free(w->a);
	free(w);
	return 0;
}

/* ---- values ---- */

static void make_types(struct world *w)
{
	script(w->admin, "DROP TABLE IF EXISTS test_types");
	script(w->admin,
		"CREATE TABLE test_types (id BINARY(16) PRIMARY KEY, i BIGINT NULL, u BIGINT "
		"UNSIGNED NULL, b BOOLEAN NULL, d DATETIME(3) NULL, d6 DATETIME(6) NULL,"
		" t VARCHAR(300) NULL, long_t MEDIUMTEXT NULL, bytes VARBINARY(300) NULL, long_b "
		"MEDIUMBLOB NULL, e ENUM('DRAFT','LIVE') NULL,"
		" s SET('a:b','c') NULL, j JSON NULL, dec_v DECIMAL(9,6) NULL) ENGINE=InnoDB "
		"DEFAULT CHARSET=utf8mb4");
}

static void check(struct world *w, const char *name, struct val expected)
{
	struct val v = rows_get(&w->r, 0, name);
	assert_int_equal(v.type, expected.type);
	if (!val_equal(v, expected))
		fail_msg("column %s differs", name);
	if (v.type == VAL_TEXT)
		assert_int_equal(v.s[v.n], 0);
	set(w, name, (struct val){.type = VAL_NONE});
}

static void round_trip(struct world *w, const char *name, struct val v, struct val expected)
{
	set(w, "id", val_uuid(uuid_make()));
	set(w, name, v);
	assert_int_equal(run(w, &put), OK);
	assert_int_equal(w->r.affected, 1);
	assert_int_equal(run(w, &get), OK);
	assert_int_equal(w->r.n, 1);
	assert_true(val_equal(rows_get(&w->r, 0, "id"), params_get(&w->p, "id")));
	check(w, name, expected);
}

static void simple_values(void **state)
{
	struct world *w = *state;
	static const int64_t times[] = {
		0, 1, 999, 1750010400123, -1, TIME_MIN, TIME_MAX, 951782400000};
	static const int64_t numbers[] = {0, -1, INT64_MIN, INT64_MAX, 300};
	make_types(w);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		round_trip(w, "i", val_int(numbers[i]), val_int(numbers[i]));
	round_trip(w, "u", val_int(INT64_MAX), val_int(INT64_MAX));
	round_trip(w, "b", val_bool(true), val_int(1));
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		round_trip(w, "d", val_time(times[i]), val_time(times[i]));
	round_trip(w, "e", val_text("LIVE"), val_text("LIVE"));
	round_trip(w, "s", val_text("a:b,c"), val_text("a:b,c"));
	round_trip(w, "j", val_text("{\"a\": [1]}"), val_text("{\"a\": [1]}"));
	round_trip(w, "dec_v", val_text("-12.5"), val_text("-12.500000"));
	round_trip(w, "t", val_null(), val_null());
	round_trip(w, "i", val_null(), val_null());
}

static void texts(void **state)
{
	struct world *w = *state;
	static const size_t sizes[] = {0, 1, 63, 64, 65, 255, 256, 257, 1200, 80 * 1024, 2 << 20};
	make_types(w);
	round_trip(w, "t", val_text(""), val_text(""));
	round_trip(w, "bytes", val_bytes("", 0), val_bytes("", 0));
	round_trip(w, "bytes", val_bytes("\0\xff'\\", 4), val_bytes("\0\xff'\\", 4));
	round_trip(
		w, "bytes", val_bytes("0123456789abcdef", 16), val_bytes("0123456789abcdef", 16));
	round_trip(w, "t", val_text("MŰPA 🎫 'x' \\ \"y\" ?"), val_text("MŰPA 🎫 'x' \\ \"y\" ?"));
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char *s = arena_alloc(w->a, sizes[i] + 1);
		for (size_t k = 0; k < sizes[i]; k++)
			s[k] = (char)('a' + k % 26);
		round_trip(w, "long_t", val_text(s), val_text(s));
		round_trip(w, "long_b", val_bytes(s, sizes[i]), val_bytes(s, sizes[i]));
		if (sizes[i] <= 300)
			round_trip(w, "t", val_text(s), val_text(s));
	}
}

static void past_63_bits(void **state)
{
	struct world *w = *state;
	static const struct statement big = {
		"big", "SELECT CAST(18446744073709551615 AS UNSIGNED) AS u", R};
	assert_int_equal(run(w, &big), ERR_INTERNAL);
	assert_int_equal(w->r.n, 0);
	assert_int_equal(rows_in_table(w), 0);
}

/* What a parameter's column is changes with the parameter. */
static void shapes(void **state)
{
	struct world *w = *state;
	struct rows first;
	struct uuid id = uuid_make();
	static const struct statement max_id = {
		"max_id", "SELECT MAX(b) AS id FROM (SELECT CAST(:x AS BINARY(16)) AS b) x", R};
	for (int i = 0; i < 3; i++) {
		set(w, "x", val_int(i));
		assert_int_equal(sql_run(w->db, w->a, &any, &w->p, &first), OK);
		assert_int_equal(rows_int(&first, 0, "x"), i);
		set(w, "x", val_text("ő"));
		assert_int_equal(run(w, &any), OK);
		assert_string_equal(rows_text(&w->r, 0, "x"), "ő");
		set(w, "x", val_null());
		assert_int_equal(run(w, &any), OK);
		assert_int_equal(rows_get(&w->r, 0, "x").type, VAL_NULL);
	}
	set(w, "x", val_uuid(id));
	assert_int_equal(run(w, &max_id), OK);
	assert_true(val_equal(rows_get(&w->r, 0, "id"), val_uuid(id)));
	db_drop(w->db);
	assert_string_equal(first.names[0], "x"); /* names outlive the connection */
	params_init(&w->p, w->a);
	assert_int_equal(run(w, &any), OK); /* unknown parameter */
	assert_int_equal(rows_get(&w->r, 0, "x").type, VAL_NULL);
}

static void affected(void **state)
{
	struct world *w = *state;
	static const struct statement del = {"del", "DELETE FROM test_rows", W},
				      ret = {"ret",
					      "INSERT INTO test_rows (id, n)"
					      " VALUES (7, 1), (8, 2)"
					      " RETURNING id, n",
					      W};
	assert_int_equal(db_ready(w->db), OK);
	add_row(w, 1, "a");
	assert_false(db_wrote(w->db));
	assert_int_equal(run(w, &add), OK);
	assert_true(db_wrote(w->db));
	assert_int_equal(run(w, &same), OK);
	assert_int_equal(w->r.affected, 1); /* found, though not changed */
	set(w, "id", val_int(99));
	assert_int_equal(run(w, &bump), OK);
	assert_int_equal(w->r.affected, 0);
	assert_int_equal(run(w, &ret), OK);
	assert_int_equal(w->r.affected, 2);
	assert_int_equal(rows_int(&w->r, 1, "id"), 8);
	assert_int_equal(run(w, &del), OK);
	assert_int_equal(w->r.affected, 3);
	assert_int_equal(db_ready(w->db), OK);
	assert_false(db_wrote(w->db));
}

static void procedure(void **state)
{
	struct world *w = *state;
	static const struct statement call = {"call", "CALL test_procedure(:x)", R};
	script(w->admin,
		"CREATE OR REPLACE PROCEDURE test_procedure(x INT) BEGIN"
		" SELECT x AS first;"
		" SELECT 2 AS second; END");
	for (int i = 0; i < 3; i++) {
		set(w, "x", val_int(i));
		assert_int_equal(run(w, &call), OK);
		assert_int_equal(rows_int(&w->r, 0, "first"), i);
		assert_int_equal(rows_in_table(w), 0);
	}
	script(w->admin, "DROP PROCEDURE test_procedure");
}

/* ---- refusals ---- */

static void duplicate(void **state)
{
	struct world *w = *state;
	add_row(w, 1, "x' for key 'PRIMARY");
	assert_int_equal(run(w, &add), OK);
	assert_int_equal(run(w, &add), ERR_DUPLICATE);
	assert_string_equal(db_duplicate_key(w->db), "PRIMARY");
	set(w, "id", val_int(2));
	assert_int_equal(run(w, &add), ERR_DUPLICATE);
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
	assert_int_equal(run(w, &add), OK);
	assert_int_equal(db_begin(other), OK);
	assert_int_equal(sql_run(other, w->a, &bump, &w->p, NULL), OK);
	assert_int_equal(db_begin(w->db), OK);
	assert_int_equal(run(w, &claim), ERR_RETRY); /* expected: the transaction goes on */
	set(w, "id", val_int(2));
	set(w, "name", val_text("b"));
	assert_int_equal(run(w, &add), OK);
	set(w, "id", val_int(1));
	assert_int_equal(run(w, &bump), ERR_RETRY); /* not expected: it can only be rolled back */
	assert_int_equal(run(w, &count), ERR_RETRY);
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
	assert_int_equal(run(w, &add), OK);
	add_row(w, 2, "b");
	assert_int_equal(run(w, &add), OK);
	assert_int_equal(db_begin(other), OK);
	assert_int_equal(sql_run(other, w->a, &bump, &w->p, NULL), OK);
	assert_int_equal(db_begin(w->db), OK);
	assert_int_equal(run(w, &claim), ERR_RETRY);
	assert_int_equal(db_errno(w->db), 1205);
	db_rollback(other);
	db_free(other);
	db_rollback(w->db);
	/* both are usable again: the statement and the connection */
	assert_int_equal(run(w, &claim), OK);
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
	assert_int_equal(db_begin(db), OK);
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
	assert_int_equal(run(w, &add), OK);
	add_row(w, 2, "b");
	assert_int_equal(run(w, &add), OK);
	assert_int_equal(db_begin(w->db), OK);
	add_row(w, 3, "c");
	assert_int_equal(run(w, &add), OK);
	set(w, "id", val_int(1));
	assert_int_equal(run(w, &bump), OK);
	atomic_store(&second_holds, 0);
	pthread_create(&t, NULL, second, w);
	while (!atomic_load(&second_holds))
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	struct params p;
	params_init(&p, w->a);
	params_set(&p, "id", val_int(2));
	enum err e = sql_run(w->db, w->a, &bump, &p, NULL);
	if (e == ERR_RETRY) { /* nothing may slip into autocommit */
		assert_int_equal(db_errno(w->db), 1213);
		assert_int_equal(sql_run(w->db, w->a, &bump, &p, NULL), ERR_RETRY);
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
	assert_int_equal(run(w, &add), OK);
	assert_int_equal(sql_run(db, w->a, &slow, NULL, &w->r), ERR_UNAVAILABLE);
	assert_int_equal(db_errno(db), 1969);
	assert_int_equal(sql_run(db, w->a, &count, NULL, &w->r), OK);
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
	assert_int_equal(run(w, &two), ERR_INTERNAL);
}

/* ---- lost connections ---- */

static void lost_between(void **state)
{
	struct world *w = *state;
	assert_int_equal(rows_in_table(w), 0);
	kill_db(w);
	assert_int_equal(run(w, &count), ERR_LOST);
	assert_false(db_in_transaction(w->db));
	assert_int_equal(run(w, &count), OK); /* made again, prepared again */
	kill_db(w);
	assert_int_equal(db_begin(w->db), OK); /* begin asks twice */
	add_row(w, 1, "a");
	assert_int_equal(run(w, &add), OK);
	assert_int_equal(db_commit(w->db), OK);
	assert_int_equal(rows_in_table(w), 1);
}

static void lost_inside(void **state)
{
	struct world *w = *state;
	assert_int_equal(db_begin(w->db), OK);
	add_row(w, 1, "a");
	assert_int_equal(run(w, &add), OK);
	kill_db(w);
	add_row(w, 2, "b");
	assert_int_equal(run(w, &add), ERR_LOST);
	assert_true(db_wrote(w->db));
	/* not on a new connection outside the transaction */
	assert_int_equal(run(w, &add), ERR_LOST);
	assert_int_equal(db_commit(w->db), ERR_LOST);
	assert_int_equal(rows_in_table(w), 0);
	assert_int_equal(db_begin(w->db), OK);
	assert_int_equal(run(w, &add), OK);
	kill_db(w);
	assert_int_equal(db_commit(w->db), ERR_LOST);
	assert_false(db_in_transaction(w->db));
	assert_int_equal(rows_in_table(w), 0);
	assert_int_equal(db_begin(w->db), OK);
	assert_int_equal(run(w, &add), OK);
	kill_db(w);
	db_rollback(w->db);
	assert_int_equal(rows_in_table(w), 0);
	assert_int_equal(db_begin(w->db), OK);
	assert_int_equal(run(w, &add), OK);
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
		assert_int_equal(sql_run(db, w->a, &count, NULL, NULL), ERR_UNAVAILABLE);
	assert_true(clock_mono_ns() - t < 40000000);
	c.db_socket = test_conf()->db_socket;
	c.db_host = test_conf()->db_host;
	for (int i = 0; i < 200 && db_ready(db) != OK; i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	assert_true(clock_mono_ns() - t < INT64_C(1500000000));
	assert_int_equal(sql_run(db, w->a, &count, NULL, NULL), OK);
	db_free(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(simple_values, begin, end),
		cmocka_unit_test_setup_teardown(texts, begin, end),
		cmocka_unit_test_setup_teardown(past_63_bits, begin, end),
		cmocka_unit_test_setup_teardown(shapes, begin, end),
		cmocka_unit_test_setup_teardown(affected, begin, end),
		cmocka_unit_test_setup_teardown(procedure, begin, end),
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
