/* csv_writer: writes CSV (RFC 4180) that spreadsheets do not run as formulas. */
#include "common/text/csv_writer.h"

#include <string.h>

/* Whether a spreadsheet might run the text; the last four are the full-width = + - @. */
static bool is_formula(const char *p, size_t n)
{
	static const char *const starts[] = {"=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d",
		"\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (n >= strlen(starts[i]) && memcmp(p, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* Some readers take semicolons and tabs as separators, and some strip surrounding spaces. */
static bool needs_quotes(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr(",\"\r\n;\t", p[i]))
			return true;
	return n > 0 && (p[0] == ' ' || p[n - 1] == ' ');
}

/* Writes the comma before every cell but the first of a row. */
static void separate(struct csv_writer *s)
{
	if (s->comma)
		buf_putc(s->out, ',');
	s->comma = true;
}

/* Where a reader that separates by semicolons or tabs, or that ends rows at any line break, may
 * begin a cell in the middle of another. */
static bool is_separator(char c)
{
	return c == ',' || c == ';' || c == '\t' || c == '\r' || c == '\n';
}

/* Writes a quoted cell; `guard` puts an apostrophe before what may begin a formula in it. */
static void put_quoted(struct buf *out, const char *p, size_t n, bool guard)
{
	bool begins = false; /* only blanks and quotes since the last separator */
	for (size_t i = 0; i < n; i++) {
		if (begins && guard && !is_separator(p[i]) && is_formula(p + i, n - i))
			buf_putc(out, '\'');
		begins = is_separator(p[i]) || (begins && (p[i] == ' ' || p[i] == '"'));
		if (p[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, p[i]);
	}
}

static void put_cell(struct csv_writer *s, const char *p, size_t n, bool guard)
{
	bool quotes = needs_quotes(p, n);
	separate(s);
	if (quotes)
		buf_putc(s->out, '"');
	if (guard && is_formula(p, n))
		buf_putc(s->out, '\'');
	if (!quotes) {
		buf_put(s->out, p, n);
		return;
	}
	put_quoted(s->out, p, n, guard);
	buf_putc(s->out, '"');
}

void csv_put_text(struct csv_writer *s, const char *p, size_t n)
{
	put_cell(s, p, n, true);
}

void csv_put_exact(struct csv_writer *s, const char *p, size_t n)
{
	put_cell(s, p, n, false);
}

void csv_put_bom(struct csv_writer *s)
{
	buf_puts(s->out, "\xef\xbb\xbf");
}

void csv_put_plain(struct csv_writer *s, const char *p, size_t n)
{
	separate(s);
	buf_put(s->out, p, n);
}

void csv_end_row(struct csv_writer *s)
{
	buf_puts(s->out, "\r\n");
	s->comma = false;
}
