/* test_slug: names as parts of URLs and as search words. */
#include "common/ticketing/slug.h"

#include "common/text/validate.h"
#include "common/text/words.h"
#include "tests/unit/cases.h"

static void names(void **state)
{
	static const char *const rows[][2] = {
		{"Caf\xc3\xa9 del Mar 2025!", "cafe-del-mar-2025"},
		{"  --a--  ", "a"},
		{"A&B", "a-b"},
		{"\xc5\x81\xc3\xb3"
		 "d\xc5\xba",
			"lodz"},
		{"", "event"},
		{"!!!", "event"},
		{"\xe6\x97\xa5\xe6\x9c\xac", "event"},
		{"01900000-0000-7000-8000-000000000000", "event"},
		{"\xc3\x97x", "x"},
		{"x\xcc\x81y", "xy"},
		{"Stra\xc3\x9f"
		 "e",
			"strasse"},
		{"Nh\xe1\xba\xa1"
		 "c Vi\xe1\xbb\x87t \xc4\x90\xc3\xaam",
			"nhac-viet-dem"},
		{"Cafe\xcc\x81 Sen\xcc\x83or", "cafe-senor"},
		{"\xce\xa9megaqq", "event"},
		{"Rock \xce\xa9mega 5", "rock-5"},
		{"Meg\xce\xb1 Rock\xd0\xb8"
		 "2030",
			"2030"},
		{"\xe6\x9d\xb1\xe4\xba\xacTokyo", "tokyo"},
		{"Night\xe2\x80\x8bmarket", "night-market"},
		{"\xc2\xbd price", "1-2-price"},
		{"O'Hara", "o-hara"},
		{"\xc3\x86r\xc3\xb8", "aero"},
		{"a\xf0\x9f\x8e\x9f"
		 "b",
			"a-b"},
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(slug_make(a, rows[i][0], "event"), rows[i][1]);
	arena_free(a);
}

/* Whatever the bytes, a slug is one that a client could have chosen, with room for a suffix. */
static void anything(void **state)
{
	struct arena *a = arena_new(1 << 20);
	unsigned seed = 2030;
	char name[300];

	(void)state;
	for (int round = 0; round < 20000; round++, arena_reset(a)) {
		size_t n = (seed = seed * 1103515245 + 12345) >> 16 & 0xff;

		for (size_t i = 0; i < n; i++)
			name[i] = (char)(((seed = seed * 1103515245 + 12345) >> 16 & 0xff) | 1);
		name[n] = 0;
		const char *slug = slug_make(a, name, "event");
		assert_true(validate_slug(slug, strlen(slug)) && strlen(slug) <= SLUG_MAX - 10);
		for (int attempt = 0; attempt < 6; attempt++) {
			const char *again = slug_alternative(a, slug, attempt);

			assert_true(validate_slug(again, strlen(again)) &&
				strlen(again) <= SLUG_MAX && strcmp(again, slug) != 0);
		}
	}
	arena_free(a);
}

static void words(void **state)
{
	struct arena *a = arena_new(1 << 20);
	const char *list[4];
	char longest[201];

	(void)state;
	assert_int_equal(search_words(a, " Rock & Roll, O'Brien ", list, 3), 4);
	assert_string_equal(list[0], "rock");
	assert_string_equal(list[1], "roll");
	assert_string_equal(list[2], "o");
	assert_int_equal(search_words(a, "", list, 3), 0);
	assert_int_equal(search_words(a, " -- %_ ", list, 3), 0);
	memset(longest, 'x', 200);
	longest[200] = 0;
	assert_int_equal(search_words(a, longest, list, 3), 1);
	assert_int_equal(strlen(list[0]), WORD_MAX);
	assert_string_equal(search_words_json(a, "caf\xc3\xa9 \"b\""), "[\"cafe\",\"b\"]");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(anything), cmocka_unit_test(words)};

	return cmocka_run_group_tests_name("slug", tests, NULL, NULL);
}
