/* test_validate: email addresses, blank texts, and what is said about characters beyond ASCII. */
#include "common/text/unicode.h"
#include "common/text/validate.h"

#include "tests/unit/cases.h"

static void emails(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct cases c;

	(void)state;
	for (cases_open(&c, "email.txt"); cases_next(&c); arena_reset(a)) {
		const char *got = email_fault(a, c.field[1], c.length[1]);
		if (strcmp(text_or(got, "ok"), c.field[0]) != 0)
			case_fail(&c, "\"%s\" gives \"%s\"", c.field[1], text_or(got, "ok"));
	}
	char local[80], longest[300];
	memset(local, 'x', sizeof local);
	snprintf(longest, sizeof longest, "%.64s@b.example", local);
	assert_null(email_fault(a, longest, strlen(longest)));
	snprintf(longest, sizeof longest, "%.65s@b.example", local);
	assert_string_equal(email_fault(a, longest, strlen(longest)), "must be an email");
	arena_free(a);
}

static void blank(void **state)
{
	static const char *const texts[] = {"", " ", " \t\r\n", "\u200b", "\u00a0", "\u3000",
		"\u2060\ufeff", "\u202e", "\u00ad", "\u3164", "\u2800", "\ufe0f", "\u2028"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_true(text_is_blank(texts[i]));
	assert_false(text_is_blank("\u200b.") || text_is_blank("x") || text_is_blank("\u3042"));
}

static void urls(void **state)
{
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_null(url_encoding_fault(a, "https://a.example/x%C3%B1"));
	assert_string_equal(url_encoding_fault(a, "https://a.example/se\u00f1or.png"),
		"must be percent-encoded: replace '\u00f1' by %C3%B1");
	assert_string_equal(url_encoding_fault(a, "https://a.example/x\u200b"),
		"must be percent-encoded: replace U+200B by %E2%80%8B");
	assert_string_equal(url_encoding_fault(a, "https://ni\u00f1o.example/x"),
		"must have its host name in ASCII (xn--\u2026): it contains '\u00f1'");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emails), cmocka_unit_test(blank), cmocka_unit_test(urls)};

	return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
