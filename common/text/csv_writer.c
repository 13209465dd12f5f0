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

/* Writes a cell that begins with `mark`, quoted when necessary. */
static void put_cell(struct csv_writer *s, const char *mark, const char *p, size_t n)
{
	separate(s);
	if (!needs_quotes(p, n)) {
		buf_puts(s->out, mark);
		buf_put(s->out, p, n);
		return;
	}
	buf_putc(s->out, '"');
	buf_puts(s->out, mark);
	for (const char *quote; (quote = memchr(p, '"', n)); p = quote + 1) {
		buf_put(s->out, p, (size_t)(quote - p) + 1);
		buf_putc(s->out, '"');
		n -= (size_t)(quote - p) + 1;
	}
	buf_put(s->out, p, n);
	buf_putc(s->out, '"');
}

void csv_put_text(struct csv_writer *s, const char *p, size_t n)
{
	put_cell(s, is_formula(p, n) ? "'" : "", p, n);
}

void csv_put_exact(struct csv_writer *s, const char *p, size_t n)
{
	put_cell(s, "", p, n);
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
