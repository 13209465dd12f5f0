/* test_map: entries are found again after growth, whatever their keys, and each comes once. */
#include "common/base/map.h"

#include "tests/unit/cases.h"

#define ENTRIES 5000

static void numbers(struct arena *arena)
{
	struct map m;
	uint64_t key, seen = 0, *value;

	map_init(&m, arena, sizeof key, sizeof *value);
	assert_null(map_find(&m, &(uint64_t){1}));
	for (uint64_t i = 0; i < ENTRIES; i++) {
		/* keys that differ in high bytes only, as well as in low ones */
		key = i % 2 ? i : i << 40;
		value = map_at(&m, &key);
		assert_int_equal(*value, 0);
		*value = i + 1;
	}
	assert_int_equal(m.n, ENTRIES);
	assert_true(m.size >= 2 * m.n);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		key = i % 2 ? i : i << 40;
		value = map_find(&m, &key);
		assert_non_null(value);
		assert_int_equal(*value, i + 1);
		assert_ptr_equal(map_at(&m, &key), value);
	}
	assert_null(map_find(&m, &(uint64_t){UINT64_MAX}));
	for (size_t at = 0; (value = map_next(&m, &at, &key));) {
		assert_int_equal(key, (*value - 1) % 2 ? *value - 1 : (*value - 1) << 40);
		seen += *value;
	}
	assert_int_equal(seen, (uint64_t)ENTRIES * (ENTRIES + 1) / 2);
	map_free(&m);
}

static void malloc_numbers(void **state)
{
	(void)state;
	numbers(NULL);
}

static void arena_numbers(void **state)
{
	struct arena *a = arena_new(1 << 22);

	(void)state;
	numbers(a);
	arena_free(a);
}

/* A text is found by what it says and not by its address. */
static void texts(void **state)
{
	static const char *const words[] = {"", "a", "b", "ab", "ba", "aa", "abc"};
	const size_t n = sizeof words / sizeof *words;
	struct map m;
	char copy[8];
	const char *key;
	size_t count = 0;

	(void)state;
	map_init(&m, NULL, MAP_TEXT, 1);
	for (size_t i = 0; i < n; i++)
		*(char *)map_at(&m, words[i]) = (char)('0' + i);
	for (size_t i = 0; i < n; i++) {
		snprintf(copy, sizeof copy, "%s", words[i]);
		assert_int_equal(*(char *)map_find(&m, copy), '0' + i);
	}
	assert_null(map_find(&m, "c"));
	for (size_t at = 0; map_next(&m, &at, &key); count++)
		assert_string_equal(key, words[*(char *)map_find(&m, key) - '0']);
	assert_int_equal(count, n);
	map_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malloc_numbers),
		cmocka_unit_test(arena_numbers),
		cmocka_unit_test(texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
