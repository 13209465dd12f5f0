/* test_csv_writer: cells as RFC 4180 wants them, and none that a spreadsheet would run. */
#include "common/text/csv_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text, *cell;
} cells[] = {
	{"", ""},
	{"Ana Reyes", "Ana Reyes"},
	{"Reyes, Ana", "\"Reyes, Ana\""},
	{"the \"best\"", "\"the \"\"best\"\"\""},
	{"\"", "\"\"\"\""},
	{"two\nlines", "\"two\nlines\""},
	{"two\r\nlines", "\"two\r\nlines\""},
	{"a;b", "\"a;b\""},
	{"a\tb", "\"a\tb\""},
	{" spaced", "\" spaced\""},
	{"spaced ", "\"spaced \""},
	{"José Ñ", "José Ñ"},
	{"=1+1", "'=1+1"},
	{"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
	{"+639171234567", "'+639171234567"},
	{"-2+3", "'-2+3"},
	{"Ana;=1+1", "\"Ana;'=1+1\""},
	{"Ana,=1+1", "\"Ana,'=1+1\""},
	{"Ana\t@x", "\"Ana\t'@x\""},
	{"Ana\n=1", "\"Ana\n'=1\""},
	{"Ana\r\n-1", "\"Ana\r\n'-1\""},
	{"Ana; \"=1\"", "\"Ana; \"\"'=1\"\"\""},
	{"Ana;\xef\xbc\x9d"
	 "1",
		"\"Ana;'\xef\xbc\x9d"
		"1\""},
	{"a-b; c=d, e", "\"a-b; c=d, e\""},
	{"@SUM(A1)", "'@SUM(A1)"},
	{"\tx", "\"'\tx\""},
	{"\rx", "\"'\rx\""},
	{"\nx", "\"'\nx\""},
	{"\xef\xbc\x9d"
	 "1",
		"'\xef\xbc\x9d"
		"1"},
	{"\xef\xbc\x8b"
	 "1",
		"'\xef\xbc\x8b"
		"1"},
	{"\xef\xbc\x8d"
	 "1",
		"'\xef\xbc\x8d"
		"1"},
	{"\xef\xbc\xa0"
	 "x",
		"'\xef\xbc\xa0"
		"x"},
	{" =1", "\"' =1\""},
	{"  +1", "\"'  +1\""},
	{"\xc2\xa0=1", "'\xc2\xa0=1"}, /* no-break space */
	{"\xe3\x80\x80 @x", "'\xe3\x80\x80 @x"}, /* ideographic space */
	{"\xe2\x80\x8b-1", "'\xe2\x80\x8b-1"}, /* zero width */
	{" \t=1", "\"' \t'=1\""},
	{"A;\xc2\xa0=1", "\"A;\xc2\xa0'=1\""},
	{"A; \xe2\x80\x83\xef\xbb\xbf=1", "\"A; \xe2\x80\x83\xef\xbb\xbf'=1\""},
	{"A;\xc2\xa0x=1", "\"A;\xc2\xa0x=1\""},
	{" a", "\" a\""},
	{" \xc2", "\" \xc2\""}, /* not whole */
	{" ", "\" \""},
	{"'quoted", "'quoted"},
	{"a=b", "a=b"},
	{"0917-123", "0917-123"},
};

static void every_cell(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct csv_writer s = {.out = &b};
		buf_clear(&b);
		csv_put_text(&s, cells[i].text, strlen(cells[i].text));
		buf_puts(&b, "");
		assert_int_equal(b.n, strlen(cells[i].cell));
		assert_memory_equal(b.p ? b.p : "", cells[i].cell, b.n);
	}
	buf_free(&b);
}

static void a_row(void **state)
{
	struct buf b;
	struct csv_writer s = {.out = &b};
	(void)state;
	buf_init(&b, 4096);
	csv_put_text(&s, "", 0);
	csv_put_plain(&s, "-12.50", 6);
	csv_put_plain(&s, "", 0);
	csv_put_text(&s, "a,b", 3);
	csv_end_row(&s);
	csv_put_exact(&s, "-2", 2);
	csv_put_exact(&s, "=\"", 2);
	csv_end_row(&s);
	assert_string_equal(b.p, ",-12.50,,\"a,b\"\r\n-2,\"=\"\"\"\r\n");
	buf_free(&b);
}

/* A text with a quote at each place, and the text's end in a block of its own, so that reading past
 * it is seen. */
static void quotes_anywhere(void **state)
{
	(void)state;
	for (size_t n = 1; n < 6; n++)
		for (unsigned mask = 0; mask < 1u << n; mask++) {
			struct buf b;
			struct csv_writer s = {.out = &b};
			char text[6], wanted[20], *w = wanted;
			buf_init(&b, 100);
			for (size_t i = 0; i < n; i++)
				text[i] = mask >> i & 1 ? '"' : 'x';
			if (mask)
				*w++ = '"';
			for (size_t i = 0; i < n; i++) {
				*w++ = text[i];
				if (text[i] == '"')
					*w++ = '"';
			}
			if (mask)
				*w++ = '"';
			csv_put_text(&s, text, n);
			assert_int_equal(b.n, (size_t)(w - wanted));
			assert_memory_equal(b.p, wanted, b.n);
			buf_free(&b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_cell), cmocka_unit_test(a_row),
		cmocka_unit_test(quotes_anywhere)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
