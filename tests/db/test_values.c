/* test_values: values through a real server and back. */
#include "tests/db/db_world.h"

#include "common/db/dialect.h"

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
	set_param(w, name, (struct val){.type = VAL_NONE});
}

static void round_trip(struct world *w, const char *name, struct val v, struct val expected)
{
	set_param(w, "id", val_uuid(uuid_make()));
	set_param(w, name, v);
	assert_int_equal(run_statement(w, &put_types), OK);
	assert_int_equal(w->r.affected, 1);
	assert_int_equal(run_statement(w, &get_types), OK);
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

#define MANY 7

/* The parameters of one row: every other value is NULL, and the first row's are. */
static void nth_row(struct world *w, struct params *p, struct uuid id, size_t i)
{
	static const char *const texts[] = {"", "a", "MŰPA 🎫"};
	bool null = i % 2 == 0;
	params_init(p, w->a);
	params_set(p, "id", val_uuid(id));
	params_set(p, "i", null ? val_null() : val_int((int64_t)i - 3));
	params_set(p, "b", val_bool(i % 3 == 0));
	params_set(p, "d", null ? val_null() : val_time(1750010400123 + (int64_t)i));
	params_set(p, "t", null ? val_null() : val_text(texts[i % 3]));
	params_set(p, "bytes", null ? val_null() : val_bytes("\0\xff", i % 3));
}

static void compare_row(struct world *w, const struct params *wanted)
{
	static const char *const names[] = {"id", "i", "d", "t", "bytes"};
	set_param(w, "id", params_get(wanted, "id"));
	assert_int_equal(run_statement(w, &get_types), OK);
	assert_int_equal(w->r.n, 1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		check(w, names[i], params_get(wanted, names[i]));
	check(w, "b", val_int(params_get(wanted, "b").i));
}

/* One statement for many rows gives what one for each gives, and can be run for one afterwards. */
static void many(void **state)
{
	struct world *w = *state;
	struct params rows[MANY];
	const struct params *list[MANY];
	const struct params_many all = {list, MANY}, last = {list + MANY - 1, 1}, none = {list, 0};
	uint64_t n = 9;
	make_types(w);
	for (size_t i = 0; i < MANY; i++) {
		nth_row(w, &rows[i], uuid_make(), i);
		list[i] = &rows[i];
	}
	assert_int_equal(sql_run_many(w->db, w->a, &put_types, &none, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(sql_run_many(w->db, w->a, &put_types, &all, &n), OK);
	assert_int_equal(n, MANY);
	for (size_t i = 0; i < MANY; i++)
		compare_row(w, &rows[i]);
	assert_int_equal(sql_run_many(w->db, w->a, &put_types, &all, &n), ERR_DUPLICATE);
	nth_row(w, &rows[MANY - 1], uuid_make(), MANY - 1);
	assert_int_equal(sql_run_many(w->db, w->a, &put_types, &last, &n), OK);
	assert_int_equal(n, 1);
	compare_row(w, &rows[MANY - 1]);
	round_trip(w, "i", val_int(5), val_int(5));
}

/* The rows that were found are counted, wherever they are in the list. */
static void many_updates(void **state)
{
	struct world *w = *state;
	struct params rows[4];
	const struct params *list[4];
	const struct params_many all = {list, 4};
	uint64_t n;
	add_row(w, 1, "one");
	assert_int_equal(run_statement(w, &add_one), OK);
	add_row(w, 2, "two");
	assert_int_equal(run_statement(w, &add_one), OK);
	for (size_t i = 0; i < 4; i++) {
		params_init(&rows[i], w->a);
		params_set(&rows[i], "id", val_int((int64_t)i));
		list[i] = &rows[i];
	}
	assert_int_equal(sql_run_many(w->db, w->a, &bump_row, &all, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(sql_run_many(w->db, w->a, &same_row, &all, &n), OK);
	assert_int_equal(n, 2);
}

static void past_63_bits(void **state)
{
	struct world *w = *state;
	static const struct statement big = {
		"big", "SELECT CAST(18446744073709551615 AS UNSIGNED) AS u", R};
	assert_int_equal(run_statement(w, &big), ERR_INTERNAL);
	assert_int_equal(w->r.n, 0);
	assert_int_equal(rows_in_table(w), 0);
}

/* The column of a parameter is NULL or not from one execution to the next. */
static void typed_or_null(struct world *w, const struct statement *st, struct val v)
{
	for (int i = 0; i < 4; i++) {
		set_param(w, "x", i % 2 ? v : val_null());
		assert_int_equal(run_statement(w, st), OK);
		assert_true(val_equal(rows_get(&w->r, 0, "x"), i % 2 ? v : val_null()));
	}
}

/* What a parameter's column is changes with the parameter: on MariaDB only. MySQL converts a text
 * to the integer that the parameter was before (common/db/statement.h). */
static void shapes(void **state)
{
	struct world *w = *state;
	static const struct statement number = {"number", "SELECT :x AS x", R},
				      text = {"text", "SELECT :x AS x", R};
	struct rows first;
	struct uuid id = uuid_make();
	static const struct statement max_id = {
		"max_id", "SELECT MAX(b) AS id FROM (SELECT CAST(:x AS BINARY(16)) AS b) x", R};
	typed_or_null(w, &number, val_int(7));
	typed_or_null(w, &text, val_text("ő"));
	set_param(w, "x", val_int(3));
	assert_int_equal(sql_run(w->db, w->a, &number, &w->p, &first), OK);
	for (int i = 0; i < 3 && !db_is_mysql(w->db); i++) {
		set_param(w, "x", val_int(i));
		assert_int_equal(run_statement(w, &select_any), OK);
		assert_int_equal(rows_int(&w->r, 0, "x"), i);
		set_param(w, "x", val_text("ő"));
		assert_int_equal(run_statement(w, &select_any), OK);
		assert_string_equal(rows_text(&w->r, 0, "x"), "ő");
		set_param(w, "x", val_null());
		assert_int_equal(run_statement(w, &select_any), OK);
		assert_int_equal(rows_get(&w->r, 0, "x").type, VAL_NULL);
	}
	set_param(w, "x", val_uuid(id));
	assert_int_equal(run_statement(w, &max_id), OK);
	assert_true(val_equal(rows_get(&w->r, 0, "id"), val_uuid(id)));
	db_drop(w->db);
	assert_string_equal(first.names[0], "x"); /* names outlive the connection */
	params_init(&w->p, w->a);
	assert_int_equal(run_statement(w, &select_any), OK); /* unknown parameter */
	assert_int_equal(rows_get(&w->r, 0, "x").type, VAL_NULL);
}

static void affected(void **state)
{
	struct world *w = *state;
	static const struct statement del = {"del", "DELETE FROM test_rows", W},
				      ret = {"ret",
					      "INSERT INTO test_rows (id, n)"
					      " VALUES (7, 1), (8, 2)" SQL_MARIADB(
						      "RETURNING id, n"),
					      W};
	assert_int_equal(db_ready(w->db), OK);
	add_row(w, 1, "a");
	assert_false(db_wrote(w->db));
	assert_int_equal(run_statement(w, &add_one), OK);
	assert_true(db_wrote(w->db));
	assert_int_equal(run_statement(w, &same_row), OK);
	assert_int_equal(w->r.affected, 1); /* found, though not changed */
	set_param(w, "id", val_int(99));
	assert_int_equal(run_statement(w, &bump_row), OK);
	assert_int_equal(w->r.affected, 0);
	assert_int_equal(run_statement(w, &ret), OK);
	assert_int_equal(w->r.affected, 2);
	assert_true(db_is_mysql(w->db) || rows_int(&w->r, 1, "id") == 8);
	assert_int_equal(run_statement(w, &del), OK);
	assert_int_equal(w->r.affected, 3);
	assert_int_equal(db_ready(w->db), OK);
	assert_false(db_wrote(w->db));
}

static void procedure(void **state)
{
	struct world *w = *state;
	static const struct statement call = {"call", "CALL test_procedure(:x)", R};
	script(w->admin, "DROP PROCEDURE IF EXISTS test_procedure");
	script(w->admin,
		"CREATE PROCEDURE test_procedure(x INT) BEGIN"
		" SELECT x AS first;"
		" SELECT 2 AS second; END");
	for (int i = 0; i < 3; i++) {
		set_param(w, "x", val_int(i));
		assert_int_equal(run_statement(w, &call), OK);
		assert_int_equal(rows_int(&w->r, 0, "first"), i);
		assert_int_equal(rows_in_table(w), 0);
	}
	script(w->admin, "DROP PROCEDURE test_procedure");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(simple_values, begin, end),
		cmocka_unit_test_setup_teardown(many, begin, end),
		cmocka_unit_test_setup_teardown(many_updates, begin, end),
		cmocka_unit_test_setup_teardown(texts, begin, end),
		cmocka_unit_test_setup_teardown(past_63_bits, begin, end),
		cmocka_unit_test_setup_teardown(shapes, begin, end),
		cmocka_unit_test_setup_teardown(affected, begin, end),
		cmocka_unit_test_setup_teardown(procedure, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
