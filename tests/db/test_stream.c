/* test_stream: many rows, many runs, and walks that end early, in constant memory. */
#include "tests/db/test_db.h"

#include <malloc.h>

#define R (SQL_READ | SQL_GLOBAL)

#define DIGITS                                                                         \
	"(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"      \
	" UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7" \
	" UNION ALL SELECT 8 UNION ALL SELECT 9)"

/* 100,000 rows, each with a short text and every thousandth with a long one */
static const struct statement
	many = {"many",
		"SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n,"
		" CONCAT('row ', a.d) AS t,"
		" IF(a.d + b.d + c.d = 0, REPEAT('x', 50000), NULL) AS big"
		" FROM " DIGITS " a, " DIGITS " b, " DIGITS " c, " DIGITS " e, " DIGITS " f",
		R},
	some = {"some", "SELECT REPEAT('y', 1000) AS y FROM " DIGITS " a, " DIGITS " b", R},
	one = {"one", "SELECT :x AS x, 1 AS one", R},
	prepared_count = {"prepared_count", "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'", R};

struct world {
	struct db *db;
	struct arena *a;
};

struct walk {
	struct db *db;
	int64_t n, sum, big, stop;
	size_t before;
};

static size_t in_use(void)
{
	return mallinfo2().uordblks;
}

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->db = db_new(test_conf());
	w->a = arena_new(1 << 20);
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	db_free(w->db);
	arena_free(w->a);
	free(w);
	return 0;
}

static enum err each(void *ctx, const struct rows *r)
{
	struct walk *k = ctx;
	const char *big = rows_text(r, 0, "big");
	k->n++;
	k->sum += rows_int(r, 0, "n");
	k->big += big && strlen(big) == 50000 && big[49999] == 'x';
	assert_int_equal(strncmp(rows_text(r, 0, "t"), "row ", 4), 0);
	if (k->n == 5000)
		k->before = in_use();
	return k->n == k->stop ? ERR_CONFLICT : OK;
}

static void flat(void **state)
{
	struct world *w = *state;
	struct walk k = {.n = 0};
	assert_int_equal(sql_stream(w->db, &many, NULL, each, &k), OK);
	assert_int_equal(k.n, 100000);
	assert_int_equal(k.sum, INT64_C(4999950000));
	assert_int_equal(k.big, 100);
	assert_in_range(in_use(), 0, k.before + 100000);
}

static enum err nested(void *ctx, const struct rows *r)
{
	struct walk *k = ctx;
	struct arena *a = arena_new(1 << 20);
	struct rows rows;
	(void)r;
	k->n++;
	enum err e = sql_run(k->db, a, &one, NULL, &rows);
	arena_free(a);
	return e;
}

static void ends_early(void **state)
{
	struct world *w = *state;
	struct walk k = {.db = w->db, .stop = 3};
	struct rows r;
	assert_int_equal(sql_stream(w->db, &many, NULL, each, &k), ERR_CONFLICT);
	assert_int_equal(k.n, 3);
	assert_int_equal(sql_run(w->db, w->a, &one, NULL, &r), OK);
	k.n = 0;
	assert_int_equal(sql_stream(w->db, &many, NULL, nested, &k), ERR_INTERNAL);
	assert_int_equal(k.n, 1);
	assert_int_equal(sql_run(w->db, w->a, &one, NULL, &r), OK);
	assert_int_equal(r.n, 1);
}

static jmp_buf back;

static void full(void *ctx)
{
	(void)ctx;
	longjmp(back, 1);
}

/* The arena's ceiling ends the request in the middle of a result. */
static void ceiling(void **state)
{
	struct world *w = *state;
	struct rows r;
	struct arena *small = arena_new(20000);
	arena_guard(small, full, NULL);
	for (volatile int i = 0; i < 3; i++) {
		db_begin(w->db);
		if (setjmp(back) == 0) {
			enum err e = sql_run(w->db, small, &some, NULL, &r);
			fail_msg("no ceiling: %d", e);
		}
		arena_reset(small);
		if (i == 1)
			db_rollback(w->db);
		else if (i == 2)
			assert_int_equal(sql_run(w->db, small, &one, NULL, &r), OK);
		assert_int_equal(db_commit(w->db), OK);
	}
	arena_free(small);
}

static int64_t on_server(struct world *w)
{
	struct rows r;
	assert_int_equal(sql_run(w->db, w->a, &prepared_count, NULL, &r), OK);
	return strtoll(rows_text(&r, 0, "Value"), NULL, 10);
}

/* Two hundred statements, more than the first table holds, run again and again. */
static void no_growth(void **state)
{
	struct world *w = *state;
	struct statement *st = calloc(200, sizeof *st);
	size_t before = 0;
	int64_t held = 0;
	for (int i = 0; i < 10000; i++) {
		struct statement *s = &st[i % 200];
		struct params p;
		struct rows r;
		if (i < 200)
			*s = one;
		params_init(&p, w->a);
		params_set(&p, "x", val_int(i));
		assert_int_equal(sql_run(w->db, w->a, s, &p, &r), OK);
		assert_int_equal(rows_int(&r, 0, "x"), i);
		if (i == 1000) {
			held = on_server(w);
			arena_reset(w->a);
			before = in_use();
		}
		arena_reset(w->a);
	}
	assert_in_range(in_use(), 0, before + 4096);
	assert_int_equal(on_server(w), held);
	free(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(flat, begin, end),
		cmocka_unit_test_setup_teardown(ends_early, begin, end),
		cmocka_unit_test_setup_teardown(ceiling, begin, end),
		cmocka_unit_test_setup_teardown(no_growth, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
