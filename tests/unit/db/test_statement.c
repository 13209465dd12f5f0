/* test_statement: named parameters become question marks, and nothing else does. */
#include "common/db/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
	const char *sql, *out, *names; /* out NULL: refused */
} good[] = {
	{"", "", ""},
	{"SELECT 1", "SELECT 1", ""},
	{"SELECT :a", "SELECT ?", "a"},
	{":a:b", "??", "a b"},
	{"a=:a AND b=:long_name2 OR c=:a", "a=? AND b=? OR c=?", "a long_name2 a"},
	{"(:x IS NULL OR y = :x)", "(? IS NULL OR y = ?)", "x x"},
	{"SELECT ':a', \":b\", `:c`, :d", "SELECT ':a', \":b\", `:c`, ?", "d"},
	{"'it''s :a' :b", "'it''s :a' ?", "b"},
	{"'\\' :a' :b", "'\\' :a' ?", "b"},
	{"`back\\` :a", "`back\\` ?", "a"},
	{"'what?' :a", "'what?' ?", "a"},
	{"/* :a ? */ :b", "/* :a ? */ ?", "b"},
	{"-- :a ?\n:b", "-- :a ?\n?", "b"},
	{"5--:b", "5--?", "b"},
	{"# it's :a\n:b", "# it's :a\n?", "b"},
	{"SELECT 1 -- :a", "SELECT 1 -- :a", ""},
	{"SELECT 1 --", "SELECT 1 --", ""},
	{"'12:30:00' < :t", "'12:30:00' < ?", "t"},
	{"\xc3\xa9 = :\x61", "\xc3\xa9 = ?", "a"},
	{"a : b", NULL, NULL},
	{"a :", NULL, NULL},
	{"@x := 1", NULL, NULL},
	{"a::b", NULL, NULL},
	{"a = ?", NULL, NULL},
	{"'open :a", NULL, NULL},
	{"'open \\", NULL, NULL},
	{"/* open :a", NULL, NULL},
	{"`open", NULL, NULL},
};

static void all(void **state)
{
	struct arena *a = arena_new(1 << 20);
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char *out, joined[100] = "";
		const char **names;
		int n = sql_rewrite(a, good[i].sql, &out, &names);
		if (!good[i].out) {
			assert_int_equal(n, -1);
			continue;
		}
		assert_true(n >= 0);
		assert_string_equal(out, good[i].out);
		for (int k = 0; k < n; k++) {
			strcat(joined, k ? " " : "");
			strcat(joined, names[k]);
		}
		assert_string_equal(joined, good[i].names);
		assert_null(names[n]);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
