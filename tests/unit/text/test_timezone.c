/* test_timezone: what clocks show, across offsets, summer time and days. */
#include "common/text/timezone.h"

#include "tests/unit/cases.h"

static void prints(void **state)
{
	static const struct {
		const char *zone, *utc, *local;
		int weekday;
	} rows[] = {
		{"Asia/Manila", "2026-12-05T11:00:00Z", "2026-12-05T19:00:00+08:00", 6},
		{"Asia/Manila", "2026-12-31T16:00:00Z", "2027-01-01T00:00:00+08:00", 5},
		{"UTC", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59+00:00", 4},
		{"America/New_York", "2026-07-01T03:30:00Z", "2026-06-30T23:30:00-04:00", 2},
		{"America/New_York", "2026-01-01T03:30:00Z", "2025-12-31T22:30:00-05:00", 3},
		{"Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00", 0},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00", 0},
		{"Asia/Kathmandu", "2026-05-05T00:00:00Z", "2026-05-05T05:45:00+05:45", 2},
		{"America/St_Johns", "2026-01-05T00:00:00Z", "2026-01-04T20:30:00-03:30", 0},
		{"Nowhere/At_All", "2026-05-05T00:00:00Z", "2026-05-05T00:00:00+00:00", 2},
		{"Asia/Manila", "2026-12-05T11:00:00Z", "2026-12-05T19:00:00+08:00", 6},
		{"UTC", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59+00:00", 3},
	};
	char text[ZONE_TEXT + 1];
	struct civil c;
	int64_t at;
	int ahead;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(time_parse(rows[i].utc, strlen(rows[i].utc), &at));
		timezone_print(rows[i].zone, at, text);
		assert_string_equal(text, rows[i].local);
		timezone_civil(rows[i].zone, at, &c, &ahead);
		assert_int_equal(civil_weekday(&c), rows[i].weekday);
	}
}

/* Half a second before 1970 is still the second before. */
static void parts(void **state)
{
	struct civil c;
	int ahead;

	(void)state;
	timezone_civil("UTC", -500, &c, &ahead);
	assert_int_equal(c.second, 59);
	assert_int_equal(c.ms, 500);
	timezone_civil("Asia/Manila", 1500, &c, &ahead);
	assert_int_equal(c.hour, 8);
	assert_int_equal(c.ms, 500);
	assert_int_equal(ahead, 480);
}

/* Nobody is told a time of one zone under the name of another. */
static void unknown(void **state)
{
	(void)state;
	assert_string_equal(timezone_label("Asia/Manila"), "Asia/Manila");
	assert_string_equal(timezone_label("Nowhere/At_All"), "UTC");
	setenv("TZDIR", "/nonexistent", 1);
	assert_string_equal(timezone_label("Asia/Manila"), "UTC");
	unsetenv("TZDIR");
}

/* Names of the system's tz database exist, links among them; files beside the zones do not. */
static void exists(void **state)
{
	static const char *const good[] = {
		"UTC", "Asia/Manila", "America/Argentina/Buenos_Aires", "Etc/GMT+8", "Asia/Manila"};
	static const char *const bad[] = {"", "asia/manila", "Asia", "Asia/", "/Asia/Manila",
		"Asia//Manila", "../zoneinfo/UTC", "posix/UTC", "right/UTC", "posixrules",
		"zone.tab", "Nowhere/At_All", "Asia/Manila ", "localtime", "Factory"};
	(void)state;
	assert_true(timezone_database_exists());
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(timezone_exists(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(timezone_exists(bad[i]));
	setenv("TZDIR", "/nonexistent", 1);
	assert_false(timezone_database_exists());
	assert_true(timezone_exists("Nowhere/At_All")); /* its form is right */
	assert_false(timezone_exists("../etc/passwd"));
	unsetenv("TZDIR");
}

static void names(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char *list = timezone_names(a), last[72] = "";
	size_t n = 0;

	(void)state;
	assert_true(strstr(list, ",Asia/Manila,") && strstr(list, ",UTC"));
	for (char *name = list, *end; name; name = end, n++) {
		if ((end = strchr(name, ',')))
			*end++ = 0;
		assert_true(timezone_exists(name));
		assert_true(strcmp(last, name) < 0);
		snprintf(last, sizeof last, "%s", name);
	}
	assert_in_range(n, 300, 999);
	setenv("TZDIR", "/nonexistent", 1);
	assert_string_equal(timezone_names(a), "UTC");
	unsetenv("TZDIR");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(prints), cmocka_unit_test(parts),
		cmocka_unit_test(unknown), cmocka_unit_test(exists), cmocka_unit_test(names)};

	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
