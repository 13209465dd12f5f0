/* test_utf8: any bytes become text that may be shown. */
#include "common/base/utf8.h"

#include "tests/unit/cases.h"

#define REPLACEMENT "\xef\xbf\xbd"

static void clean_cases(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} rows[] = {
		{"", 0, ""},
		{"plain\ttext\r\n", 12, "plain\ttext\r\n"},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"a\xff"
		 "b",
			3, "a" REPLACEMENT "b"},
		{"a\0b", 3, "a" REPLACEMENT "b"},
		{"\x1b[2J\x7f", 5, REPLACEMENT "[2J" REPLACEMENT},
		/* NEL, a control character of two bytes */
		{"\xc2\x85", 2, REPLACEMENT},
		{"\xed\xa0\x80", 3, REPLACEMENT REPLACEMENT REPLACEMENT}, /* a surrogate */
		{"\xc0\xaf", 2, REPLACEMENT REPLACEMENT}, /* overlong */
		{"\xf4\x90\x80\x80", 4,
			REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT}, /* past U+10FFFF */
		{"ab\xc3", 3, "ab"}, /* cut off */
		{"ab\xe2\x82", 4, "ab"},
		{"ab\xf0\x9f\x98", 5, "ab"},
		{"\xe2(", 2, REPLACEMENT "("}, /* not cut off, wrong */
		{"\xe2\x82(", 3, REPLACEMENT REPLACEMENT "("},
	};
	struct arena *a = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(utf8_clean(a, rows[i].in, rows[i].n), rows[i].out);
	arena_free(a);
}

/* Whatever comes in, UTF-8 without control characters comes out, and stays as it is. */
static void clean_anything(void **state)
{
	struct arena *a = arena_new(1 << 20);
	uint32_t seed = 7;
	char in[64];

	(void)state;
	for (int i = 0; i < 20000; i++, arena_reset(a)) {
		size_t n = (size_t)i % sizeof in;
		for (size_t k = 0; k < n; k++) {
			seed = seed * 1664525 + 1013904223;
			in[k] = (char)(seed >> 24 & (seed & 0x100 ? 0xff : 0x8f));
		}
		char *out = utf8_clean(a, in, n);
		assert_true(utf8_valid(out, strlen(out), NULL));
		assert_true(strlen(out) <= 3 * n);
		for (char *c = out; *c; c++)
			assert_true(
				(unsigned char)*c >= ' ' || *c == '\t' || *c == '\n' || *c == '\r');
		assert_string_equal(utf8_clean(a, out, strlen(out)), out);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_cases), cmocka_unit_test(clean_anything)};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
