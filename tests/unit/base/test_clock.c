/* test_clock: every day of nine thousand years, and the lines of time.txt. */
#include "common/base/clock.h"

#include "tests/unit/cases.h"

#include <sys/param.h>

static void time_txt(void **state)
{
	struct cases c;

	(void)state;
	for (cases_open(&c, "time.txt"); cases_next(&c);) {
		char text[TIME_TEXT + 1] = "-";
		int64_t t = 7;
		/* No NUL behind the input: reading past it is an error the sanitizers see. */
		char *exact = malloc(MAX(c.length[1], 1));

		assert_non_null(exact);
		memcpy(exact, c.field[1], c.length[1]);
		if (time_parse(exact, c.length[1], &t))
			time_print(t, text);
		else if (t != 7)
			case_fail(&c, "a refused time was stored");
		if (strcmp(text, c.field[0]) != 0)
			case_fail(&c, "%s gives %s, not %s", c.field[1], text, c.field[0]);
		free(exact);
	}
}

/* Counts the days by hand, without the formulas under test. */
static void every_day(void **state)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t t = TIME_MIN;

	(void)state;
	for (int year = 1000; year <= 9999; year++)
		for (int month = 1; month <= 12; month++) {
			int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

			for (int day = 1; day <= days[month - 1] + (month == 2 && leap);
				day++, t += 86400000) {
				struct civil c, want = {year, month, day, 23, 59, 59, 999};

				civil_from_time(t + 86399999, &c);
				assert_memory_equal(&c, &want, sizeof c);
				assert_int_equal(time_from_civil(&want), t + 86399999);
			}
		}
	assert_int_equal(t - 1, TIME_MAX);
}

static void known_times(void **state)
{
	char text[TIME_TEXT + 1];
	int64_t t;

	(void)state;
	assert_true(time_parse("2009-02-13T23:31:30Z", 20, &t));
	assert_int_equal(t, INT64_C(1234567890000));
	time_print(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	time_print(TIME_MIN, text);
	assert_string_equal(text, "1000-01-01T00:00:00.000Z");
	time_print(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	time_print(INT64_MIN, text);
	assert_string_equal(text, "1000-01-01T00:00:00.000Z");
}

/* Only the byte count decides where the text ends. */
static void counted_not_terminated(void **state)
{
	static const char text[] = "2025-06-15T18:00:00.123+08:00";
	int64_t t;

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++)
		assert_false(time_parse(text, n, &t));
	assert_true(time_parse(text, sizeof text - 1, &t));
}

static void now(void **state)
{
	int64_t a = clock_now(), m = clock_mono_ns();

	(void)state;
	assert_true(a > INT64_C(1700000000000) && a < TIME_MAX);
	assert_true(clock_now() - a < 60000);
	assert_true(clock_mono_ns() >= m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_txt),
		cmocka_unit_test(every_day),
		cmocka_unit_test(known_times),
		cmocka_unit_test(counted_not_terminated),
		cmocka_unit_test(now),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
