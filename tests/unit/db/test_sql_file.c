/* test_sql_file: a migration is split at lines that end with a semicolon. */
#include "common/db/sql_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
	const char *text, *out; /* the statements, each followed by a | */
	bool whole; /* nothing stands behind the last semicolon */
} rows[] = {
	{"", "", true},
	{"\n \t\r\n-- only; a comment\n", "", true},
	{"SELECT 1;", "SELECT 1|", true},
	{"SELECT 1;\n", "SELECT 1|", true},
	{"SELECT 1; \t\r\n\nSELECT\n\n2;\n", "SELECT 1|SELECT\n2|", true},
	{"SELECT 1 -- one\n  -- two;\n, 2;\n", "SELECT 1 -- one\n, 2|", true},
	{"BEGIN\n  SELECT 1; --\nEND;", "BEGIN\n  SELECT 1; --\nEND|", true},
	{"SELECT 1; SELECT 2;", "SELECT 1; SELECT 2|", true},
	{";\n;\n", "||", true},
	{"SELECT 1;\nSELECT 2\n", "SELECT 1|", false},
	{"SELECT 1;\nSELECT 2", "SELECT 1|", false},
	{"SELECT 2", "", false},
	{"x", "", false},
	{"SELECT\n2", "", false},
};

/* Each text is in memory of its own size: a sanitizer sees what is read or written behind it. */
static void all(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new(1 << 20);
		struct sql_statements found;
		char *text = strdup(rows[i].text), joined[100] = "";

		assert_non_null(text);
		assert_int_equal(sql_file_split(a, text, &found), rows[i].whole);
		for (size_t k = 0; k < found.n; k++)
			strcat(strcat(joined, found.list[k]), "|");
		assert_string_equal(joined, rows[i].out);
		free(text);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all)};

	return cmocka_run_group_tests_name("sql_file", tests, NULL, NULL);
}
