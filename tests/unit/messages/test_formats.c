/* test_formats: prices and times as visitors read them. */
#include "common/messages/formats.h"

#include "tests/unit/cases.h"

static void prices(void **state)
{
	struct arena *a = arena_new(1 << 16);

	(void)state;
	struct cases f;
	char *currency, *stored;

	cases_open(&f, "money.txt");
	while (cases_next(&f)) {
		currency = f.field[1];
		stored = f.field[2];
		assert_string_equal(price_text(a, LANGUAGE_EN, currency, strtoll(stored, NULL, 10)),
			f.field[0]);
	}
	assert_string_equal(price_text(a, LANGUAGE_EN, "PHP", 0), "Free");
	assert_string_equal(amount_text(a, "PHP", 150005), "1500.05");
	assert_string_equal(amount_text(a, "JPY", 150000), "1500");
	assert_string_equal(amount_text(a, "KWD", 150005), "150.005");
	arena_free(a);
}

static void times(void **state)
{
	const int64_t starts = INT64_C(1796468400000); /* 2026-12-05T11:00Z */
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_string_equal(
		day_text(a, LANGUAGE_EN, "Asia/Manila", starts), "Sat 5 December 2026, 19:00");
	assert_string_equal(span_text(a, LANGUAGE_EN, "Asia/Manila", starts, val_null()),
		"Sat 5 December 2026, 19:00");
	assert_string_equal(
		span_text(a, LANGUAGE_EN, "Asia/Manila", starts, val_time(starts + 4 * 3600000)),
		"Sat 5 December 2026, 19:00 \xe2\x80\x93 23:00");
	assert_string_equal(
		span_text(a, LANGUAGE_EN, "Asia/Manila", starts, val_time(starts + 7 * 3600000)),
		"Sat 5 December 2026, 19:00 \xe2\x80\x93 Sun 6 December 2026, 02:00");
	arena_free(a);
}

/* The same instant in the other languages: the order of a date's parts is the language's. */
static void languages(void **state)
{
	const int64_t starts = INT64_C(1796468400000); /* 2026-12-05T11:00Z */
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_string_equal(
		day_text(a, LANGUAGE_FIL, "Asia/Manila", starts), "Sab, Disyembre 5, 2026, 19:00");
	assert_string_equal(
		span_text(a, LANGUAGE_FIL, "Asia/Manila", starts, val_time(starts + 4 * 3600000)),
		"Sab, Disyembre 5, 2026, 19:00 \xe2\x80\x93 23:00");
	assert_string_equal(price_text(a, LANGUAGE_FIL, "PHP", 0), "Libre");
	assert_string_equal(price_text(a, LANGUAGE_FIL, "PHP", 150000),
		"\xe2\x82\xb1"
		"1,500.00");
	/* every month and day has its own name */
	for (int month = 0; month < 12; month++)
		assert_non_null(strstr(
			day_text(a, LANGUAGE_EN, "UTC", starts + (int64_t)month * 61 * 43200000),
			message(LANGUAGE_EN, MSG_JANUARY + (unsigned)(month + 11) % 12)));
	for (int day = 0; day < 7; day++)
		assert_memory_equal(
			day_text(a, LANGUAGE_EN, "UTC", starts + (int64_t)day * 86400000),
			message(LANGUAGE_EN, MSG_SUN + (unsigned)(day + 6) % 7), 3);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prices), cmocka_unit_test(times), cmocka_unit_test(languages)};

	return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
