/* test_value: values, named values and rows. */
#include "common/base/arena.h"
#include "common/base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
	*state = arena_new(1 << 20);
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void equality(void **state)
{
	struct uuid u = uuid_make(), w = uuid_make();
	(void)state;
	assert_true(val_equal(val_null(), val_null()));
	assert_false(val_equal(val_null(), (struct val){.type = VAL_NONE}));
	assert_true(val_equal(val_int(-3), val_int(-3)));
	assert_false(val_equal(val_int(3), val_int(4)));
	assert_true(val_equal(val_bool(true), val_int(1)));
	assert_false(val_equal(val_bool(true), val_int(2)));
	assert_false(val_equal(val_int(1), val_time(1)));
	assert_true(val_equal(val_uuid(u), val_uuid(u)));
	assert_false(val_equal(val_uuid(u), val_uuid(w)));
	assert_true(val_equal(val_text("a"), val_text("a")));
	assert_false(val_equal(val_text("a"), val_text("ab")));
	assert_false(val_equal(val_text("a"), val_bytes("a", 1)));
	assert_true(val_equal(val_bytes("a\0b", 3), val_bytes("a\0b", 3)));
	assert_false(val_equal(val_bytes("a\0b", 3), val_bytes("a\0c", 3)));
	assert_true(val_equal(val_bytes(NULL, 0), val_bytes("", 0)));
}

static void making(void **state)
{
	(void)state;
	assert_int_equal(val_text(NULL).type, VAL_NULL);
	assert_int_equal(val_bool(true).i, 1);
	assert_false(val_is_set(val_null()));
	assert_false(val_is_set((struct val){.type = VAL_NONE}));
	assert_true(val_is_set(val_text("")));
	assert_true(val_is_set(val_int(0)));
}

static void params(void **state)
{
	char names[100][16];
	struct params p;
	params_init(&p, *state);
	assert_int_equal(params_get(&p, "a").type, VAL_NONE);
	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof names[i], "n%d", i);
		params_set(&p, names[i], val_int(i));
	}
	for (int i = 0; i < 100; i++) {
		char same[16];
		snprintf(same, sizeof same, "n%d", i);
		assert_true(params_has(&p, same));
		assert_int_equal(params_get(&p, same).i, i);
	}
	params_set(&p, "n7", val_text("seven"));
	assert_int_equal(p.n, 100);
	assert_string_equal(params_text(&p, "n7"), "seven");
	assert_null(params_text(&p, "n8"));
	assert_null(params_text(&p, "none"));
}

static void rows(void **state)
{
	static const char *const names[] = {"id", "name"};
	struct val cells[] = {val_int(1), val_text("one"), val_int(2), val_null()};
	struct rows r = {.n = 2, .columns = 2, .names = names, .cells = cells};
	struct params p;
	assert_int_equal(rows_int(&r, 1, "id"), 2);
	assert_string_equal(rows_text(&r, 0, "name"), "one");
	assert_null(rows_text(&r, 1, "name"));
	assert_int_equal(rows_int(&r, 0, "name"), 0);
	assert_int_equal(rows_get(&r, 2, "id").type, VAL_NONE);
	assert_int_equal(rows_get(&r, 0, "other").type, VAL_NONE);
	params_init(&p, *state);
	params_set(&p, "name", val_text("old"));
	params_from_row(&p, &r, 0);
	assert_string_equal(params_text(&p, "name"), "one");
	params_from_row(&p, &r, 5);
	assert_int_equal(p.n, 2);
}

static void lists(void **state)
{
	struct params a, b;
	params_init(&a, *state);
	params_init(&b, *state);
	params_set(&a, "x", val_int(1));
	params_set(&a, "y", val_text("two"));
	params_set(&b, "y", val_text("two"));
	params_set(&b, "x", val_int(1));
	struct val one = {.type = VAL_LIST, .items = &a, .count = 1},
		   other = {.type = VAL_LIST, .items = &b, .count = 1};
	assert_true(val_equal(one, other));
	params_set(&b, "x", val_int(2));
	assert_false(val_equal(one, other));
	other.count = 0;
	assert_false(val_equal(one, other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality),
		cmocka_unit_test(making),
		cmocka_unit_test(params),
		cmocka_unit_test(rows),
		cmocka_unit_test(lists),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
