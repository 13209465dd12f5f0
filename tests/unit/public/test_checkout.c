/* test_checkout: the address at which a buyer pays. */
#include "fcgi/public/checkout.h"

#include "tests/unit/cases.h"

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
	const struct CMUnitTest tests[] = {cmocka_unit_test(checkouts)};

	return cmocka_run_group_tests_name("checkout", tests, NULL, NULL);
}
