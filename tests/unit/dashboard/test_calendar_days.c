/* test_calendar_days: the days of time zones, and where their clocks are put. */
#include "fcgi/dashboard/calendar_days.h"

#include "common/base/clock.h"
#include "tests/unit/cases.h"

static struct days d;

static int64_t at(const char *text)
{
	int64_t t = 0;

	assert_true(time_parse(text, strlen(text), &t));
	return t;
}

static bool between(const char *zone, const char *from, const char *to)
{
	return days_between(zone, at(from), at(to), &d);
}

static void plain(void **state)
{
	(void)state;
	assert_true(between("Asia/Manila", "2026-08-01T02:00:00Z", "2026-08-03T15:59:59Z"));
	assert_int_equal(d.n, 3);
	assert_string_equal(d.text[0], "2026-08-01");
	assert_string_equal(d.text[2], "2026-08-03");
	assert_int_equal(d.begin, at("2026-07-31T16:00:00Z"));
	assert_int_equal(d.end, at("2026-08-03T16:00:00Z"));
	assert_int_equal(d.stretches, 1);
	assert_int_equal(d.stretch[0].shift, 8 * 3600);
	assert_true(between("UTC", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"));
	assert_int_equal(d.n, 2);
	assert_int_equal(d.end, at("2026-03-02T00:00:00Z"));
	assert_true(between("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"));
	assert_int_equal(d.n, 1);
	assert_int_equal(d.begin, at("2025-12-31T18:15:00Z"));
	assert_int_equal(d.stretch[0].shift, 5 * 3600 + 45 * 60);
}

/* 23 and 25 hours; and days that begin at one o'clock, for the clock is put at midnight. */
static void clocks_put(void **state)
{
	(void)state;
	assert_true(between("Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"));
	assert_int_equal(d.n, 3);
	assert_int_equal(d.stretches, 2);
	assert_int_equal(d.stretch[0].end, at("2026-03-29T01:00:00Z"));
	assert_int_equal(d.stretch[0].shift, 3600);
	assert_int_equal(d.stretch[1].shift, 7200);
	assert_int_equal(d.stretch[1].day, 1);
	assert_int_equal(d.end - d.begin, INT64_C(71) * 3600000);
	assert_true(between("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T12:00:00Z"));
	assert_int_equal(d.n, 1);
	assert_int_equal(d.stretches, 2);
	assert_int_equal(d.end - d.begin, INT64_C(25) * 3600000);
	assert_true(between("America/Sao_Paulo", "2017-10-14T12:00:00Z", "2017-10-16T12:00:00Z"));
	assert_int_equal(d.n, 3);
	assert_string_equal(d.text[1], "2017-10-15");
	assert_int_equal(d.end - d.begin, INT64_C(71) * 3600000);
	assert_true(between("Australia/Lord_Howe", "2026-04-05T00:00:00Z", "2026-04-05T00:00:00Z"));
	assert_int_equal(d.end - d.begin, INT64_C(49) * 1800000);
}

/* In every zone and over two years: days follow each other without a gap, stretches cover them
 * exactly, and each lies in its day. */
static void every_zone(void **state)
{
	static const char *const zones[] = {"Asia/Manila", "America/New_York", "America/St_Johns",
		"Pacific/Apia", "Pacific/Chatham", "Asia/Tehran", "Africa/Cairo",
		"America/Santiago", "Asia/Gaza", "Antarctica/Troll"};

	(void)state;
	for (size_t z = 0; z < sizeof zones / sizeof *zones; z++)
		for (int year = 0; year < 2; year++) {
			assert_true(between(zones[z],
				year ? "2025-01-01T00:00:00Z" : "2024-01-01T00:00:00Z",
				year ? "2026-01-01T00:00:00Z" : "2025-01-01T00:00:00Z"));
			assert_in_range(d.n, 366, 367);
			assert_int_equal(d.stretch[0].begin, d.begin);
			assert_int_equal(d.stretch[d.stretches - 1].end, d.end);
			for (size_t i = 1; i < d.n; i++)
				assert_true(strcmp(d.text[i - 1], d.text[i]) < 0);
			for (size_t i = 1; i < d.stretches; i++) {
				struct civil c;
				char text[24];
				assert_int_equal(d.stretch[i].begin, d.stretch[i - 1].end);
				assert_int_equal(d.stretch[i].begin % 900000, 0);
				civil_from_time(d.stretch[i].begin + d.stretch[i].shift * 1000, &c);
				snprintf(text, sizeof text, "%04d-%02d-%02d", c.year % 10000,
					c.month % 100, c.day % 100);
				assert_string_equal(text, d.text[d.stretch[i].day]);
			}
		}
}

/* Zones that left a date out when they crossed the date line, and one whose clock went back from a
 * minute past midnight. */
static void dates_left_out(void **state)
{
	(void)state;
	assert_true(between("Pacific/Apia", "2011-12-28T12:00:00Z", "2012-01-01T12:00:00Z"));
	assert_int_equal(d.n, 5); /* 28, 29, 31, 1, 2 */
	assert_string_equal(d.text[1], "2011-12-29");
	assert_string_equal(d.text[2], "2011-12-31");
	assert_string_equal(d.text[4], "2012-01-02");
	assert_int_equal(day_index(&d, at("2011-12-29T00:00:00Z") / 86400000), 1);
	assert_int_equal(day_index(&d, at("2011-12-30T00:00:00Z") / 86400000), 1);
	assert_int_equal(day_index(&d, at("2011-12-31T00:00:00Z") / 86400000), 2);
	assert_int_equal(day_index(&d, at("2013-01-01T00:00:00Z") / 86400000), 4);
	assert_int_equal(day_index(&d, at("2001-01-01T00:00:00Z") / 86400000), 0);
	assert_true(between("Pacific/Apia", "2011-12-31T12:00:00Z", "2011-12-31T12:00:00Z"));
	assert_int_equal(d.n, 1);
	assert_int_equal(d.begin, at("2011-12-31T10:00:00Z"));
	assert_true(between("Pacific/Apia", "2011-12-30T09:59:00Z", "2011-12-30T10:01:00Z"));
	assert_int_equal(d.n, 2);
	assert_int_equal(d.end - d.begin, INT64_C(48) * 3600000);
	assert_true(between("Pacific/Kwajalein", "1993-08-20T00:00:00Z", "1993-08-23T00:00:00Z"));
	for (size_t i = 0; i < d.n; i++)
		assert_true(strcmp(d.text[i], "1993-08-21") != 0);
	assert_true(between("America/St_Johns", "2009-10-30T12:00:00Z", "2009-11-03T12:00:00Z"));
	assert_int_equal(d.n, 5);
	assert_int_equal(d.end - d.begin, INT64_C(121) * 3600000);
}

static void too_many(void **state)
{
	(void)state;
	assert_true(between("UTC", "2025-01-01T00:00:00Z", "2026-02-04T23:00:00Z"));
	assert_int_equal(d.n, DAYS_MAX);
	assert_false(between("UTC", "2025-01-01T00:00:00Z", "2026-02-05T00:00:00Z"));
	assert_false(between("UTC", "1970-01-01T00:00:00Z", "2026-02-05T00:00:00Z"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(plain),
		cmocka_unit_test(clocks_put), cmocka_unit_test(every_zone),
		cmocka_unit_test(dates_left_out), cmocka_unit_test(too_many)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
