/* test_formats: prices, times and checkout links as visitors get them. */
#include "fcgi/public/checkout.h"
#include "fcgi/public/formats.h"

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
		assert_string_equal(price_text(a, currency, strtoll(stored, NULL, 10)), f.field[0]);
	}
	assert_string_equal(price_text(a, "PHP", 0), "Free");
	assert_string_equal(amount_text(a, "PHP", 150005), "1500.05");
	assert_string_equal(amount_text(a, "JPY", 150000), "1500");
	assert_string_equal(amount_text(a, "KWD", 150005), "150.005");
	assert_string_equal(title_case_word(a, "HEADLINER"), "Headliner");
	arena_free(a);
}

static void times(void **state)
{
	const int64_t starts = INT64_C(1796468400000); /* 2026-12-05T11:00Z */
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_string_equal(day_text(a, "Asia/Manila", starts), "Sat 5 December 2026, 19:00");
	assert_string_equal(
		span_text(a, "Asia/Manila", starts, val_null()), "Sat 5 December 2026, 19:00");
	assert_string_equal(span_text(a, "Asia/Manila", starts, val_time(starts + 4 * 3600000)),
		"Sat 5 December 2026, 19:00 \xe2\x80\x93 23:00");
	assert_string_equal(span_text(a, "Asia/Manila", starts, val_time(starts + 7 * 3600000)),
		"Sat 5 December 2026, 19:00 \xe2\x80\x93 Sun 6 December 2026, 02:00");
	arena_free(a);
}

static void checkouts(void **state)
{
	static const struct {
		const char *checkout, *url;
	} rows[] = {
		{"https://shop.example/pay", "https://shop.example/pay?hold="},
		{"https://shop.example", "https://shop.example?hold="},
		{"https://shop.example/pay?", "https://shop.example/pay?hold="},
		{"https://shop.example/pay?lang=fil", "https://shop.example/pay?lang=fil&hold="},
		{"https://shop.example/pay?lang=fil&", "https://shop.example/pay?lang=fil&hold="},
	};
	const struct uuid id = {{0x6b, 0xe4, 0xb1, 0xd7, 0x17, 0xc1, 0x40, 0xed, 0x96, 0xf0, 0x35,
		0x0e, 0x06, 0x48, 0x8f, 0x2a}};
	const char *text = "6be4b1d7-17c1-40ed-96f0-350e06488f2a";
	struct arena *a = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(checkout_url(a, rows[i].checkout, &id),
			arena_printf(a, "%s%s", rows[i].url, text));
	assert_string_equal(checkout_url(a, "https://shop.example/#/pay?x", &id),
		arena_printf(a, "https://shop.example/?hold=%s#/pay?x", text));
	assert_string_equal(checkout_url(a, "https://shop.example/?a=b#top", &id),
		arena_printf(a, "https://shop.example/?a=b&hold=%s#top", text));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prices), cmocka_unit_test(times), cmocka_unit_test(checkouts)};

	return cmocka_run_group_tests_name("wording", tests, NULL, NULL);
}
