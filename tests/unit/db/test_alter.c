/* test_alter: ALTER TABLE with IF [NOT] EXISTS, as MySQL gets it. */
#include "common/db/alter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* `changes`: kind (c: column, k: key), whether it is wanted (+, else -), table and name of each.
 * `all` and `none`: the statement when all of them apply, and when none does. */
static const struct {
	const char *sql, *changes, *all, *none;
} rows[] = {
	{"SELECT 1", "", "SELECT 1", "SELECT 1"},
	{"ALTER TABLE t MODIFY COLUMN a INT", "", "ALTER TABLE t MODIFY COLUMN a INT",
		"ALTER TABLE t MODIFY COLUMN a INT"},
	{"ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT", "c-t.a ", "ALTER TABLE t ADD COLUMN a INT",
		NULL},
	{"ALTER TABLE t\n  DROP PRIMARY KEY, ADD PRIMARY KEY (a, b),\n  DROP KEY IF EXISTS k,\n"
	 "  ADD KEY IF NOT EXISTS l (a, b)",
		"k+t.k k-t.l ",
		"ALTER TABLE t \n  DROP PRIMARY KEY,  ADD PRIMARY KEY (a, b), DROP KEY k, ADD KEY l"
		" (a, b)",
		"ALTER TABLE t \n  DROP PRIMARY KEY,  ADD PRIMARY KEY (a, b)"},
	{"alter table `t` add column if not exists `a` ENUM('x,y', 'IF EXISTS') AFTER b,"
	 " MODIFY COLUMN IF EXISTS c INT",
		"c-t.a c+t.c ",
		"alter table `t` ADD COLUMN `a` ENUM('x,y', 'IF EXISTS') AFTER b, MODIFY COLUMN c "
		"INT",
		NULL},
	{"ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT AS (IF(b LIKE ')', 1, 2)) STORED,"
	 " ADD UNIQUE KEY IF NOT EXISTS u (a), DROP COLUMN IF EXISTS d",
		"c-t.a k-t.u c+t.d ",
		"ALTER TABLE t ADD COLUMN a INT AS (IF(b LIKE ')', 1, 2)) STORED, ADD UNIQUE KEY u"
		" (a), DROP COLUMN d",
		NULL},
	{"ALTER TABLE t", "", "ALTER TABLE t", "ALTER TABLE t"},
	{"ALTER TABLE t ADD COLUMN IF NOT EXISTS", "c-t. ", "ALTER TABLE t ADD COLUMN", NULL},
};

static void check_text(const char *found, const char *wanted)
{
	if (wanted)
		assert_string_equal(found, wanted);
	else
		assert_null(found);
}

static void all(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new(1 << 20);
		struct alter alter;
		char changes[200] = "";
		assert_true(alter_read(a, rows[i].sql, &alter));
		for (size_t k = 0; k < alter.n; k++) {
			const struct alter_change *c = &alter.list[k];
			size_t n = strlen(changes);
			snprintf(changes + n, sizeof changes - n, "%c%c%s.%s ", c->key ? 'k' : 'c',
				c->wanted ? '+' : '-', c->table, c->name);
			alter.list[k].apply = true;
		}
		assert_string_equal(changes, rows[i].changes);
		check_text(alter_compose(a, rows[i].sql, &alter), rows[i].all);
		for (size_t k = 0; k < alter.n; k++)
			alter.list[k].apply = false;
		check_text(alter_compose(a, rows[i].sql, &alter), rows[i].none);
		arena_free(a);
	}
}

static void too_many(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct alter alter;
	char sql[ALTER_MOST * 60] = "ALTER TABLE t";
	(void)state;
	for (int i = 0; i <= ALTER_MOST; i++)
		snprintf(sql + strlen(sql), 60, "%s ADD COLUMN IF NOT EXISTS c%d INT", i ? "," : "",
			i);
	assert_false(alter_read(a, sql, &alter));
	*strrchr(sql, ',') = '\0';
	assert_true(alter_read(a, sql, &alter));
	assert_int_equal(alter.n, ALTER_MOST);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all), cmocka_unit_test(too_many)};

	return cmocka_run_group_tests_name("alter", tests, NULL, NULL);
}
