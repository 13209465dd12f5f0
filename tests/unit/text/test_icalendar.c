/* test_icalendar: lines of at most 75 octets that unfold to what was meant. */
#include "common/text/icalendar.h"
#include "common/base/utf8.h"

#include "tests/unit/cases.h"

static struct buf out;

static char *unfolded(void)
{
	char *copy = calloc(1, out.n + 1), *to = copy;
	for (const char *s = out.p; s && *s; s++)
		if (strncmp(s, "\r\n ", 3) == 0)
			s += 2;
		else
			*to++ = *s;
	return copy;
}

static void lines(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"plain", "X:plain\r\n"},
		{"a,b;c\\d:e\"f", "X:a\\,b\\;c\\\\d:e\"f\r\n"},
		{"one\r\ntwo\nthree", "X:one\\ntwo\\nthree\r\n"},
		{"one\rtwo\r\rthree\n\rfour\r", "X:one\\ntwo\\n\\nthree\\n\\nfour\\n\r\n"},
		{"a\vb\fc\xc2\x85"
		 "d\xe2\x80\xa8"
		 "e\xe2\x80\xa9"
		 "f\r\n\v",
			"X:a\\nb\\nc\\nd\\ne\\nf\\n\\n\r\n"},
		{"\xe2\x80\xaa\xc2\x84", "X:\xe2\x80\xaa\xc2\x84\r\n"}, /* none */
		{"a\x01\x1b\x7f"
		 "b\tc",
			"X:ab\tc\r\n"},
		{"BEGIN:VEVENT\r\nEND:VCALENDAR", "X:BEGIN:VEVENT\\nEND:VCALENDAR\r\n"},
		{"", ""},
		{NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buf_clear(&out);
		ics_text(&out, "X", rows[i].in);
		assert_string_equal(out.n ? out.p : "", rows[i].out);
	}
	buf_clear(&out);
	ics_line(&out, "URL", "https://x/\r\nATTENDEE:evil");
	assert_string_equal(out.p, "URL:https://x/ATTENDEE:evil\r\n");
	buf_clear(&out);
	ics_time(&out, "DTSTART", INT64_C(1907755200123));
	assert_string_equal(out.p, "DTSTART:20300615T120000Z\r\n");
}

/* Of every length, in characters of one to four bytes: no line too long, no character and no escape
 * cut. */
static void folds(void **state)
{
	static const char *const units[] = {
		"x", "\xc3\xa9", "\xe2\x82\xb1", "\xf0\x9f\x8e\xab", ",", "\n"};
	static const char *const written[] = {
		"x", "\xc3\xa9", "\xe2\x82\xb1", "\xf0\x9f\x8e\xab", "\\,", "\\n"};
	char text[2048], wanted[2048];

	(void)state;
	for (size_t u = 0; u < sizeof units / sizeof *units; u++)
		for (size_t n = 1; n < 200; n++) {
			*text = 0;
			strcpy(wanted, "SUMMARY:");
			for (size_t i = 0; i < n; i++) {
				const char *odd = i % 7 == 3 ? "a" : NULL;
				strcat(text, odd ? odd : units[u]);
				strcat(wanted, odd ? odd : written[u]);
			}
			buf_clear(&out);
			ics_text(&out, "SUMMARY", text);
			for (const char *s = out.p, *end; *s; s = end + 2) {
				end = strstr(s, "\r\n");
				assert_non_null(end);
				assert_in_range(end - s, 1, 75);
				assert_true(utf8_valid(s, (size_t)(end - s), NULL));
				assert_false(end > s && end[-1] == '\\');
			}
			char *whole = unfolded();
			strcat(wanted, "\r\n");
			assert_string_equal(whole, wanted);
			free(whole);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(folds)};

	buf_init(&out, 1 << 16);
	int failed = cmocka_run_group_tests_name("ics", tests, NULL, NULL);
	buf_free(&out);
	return failed;
}
