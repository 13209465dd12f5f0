/* csv_writer: writes CSV (RFC 4180) that spreadsheets do not run as formulas. */
#include "common/text/csv_writer.h"

#include "common/text/unicode.h"

#include <string.h>
#include <sys/param.h>
#include <utf8proc.h>

/* Length of the blank at p, in bytes; 0 if there is none. */
static size_t blank(const char *p, size_t n)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t length =
		utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, &c);
	return length > 0 && char_is_blank(c) ? (size_t)length : 0;
}

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

/* The same for a cell, at whose beginning some spreadsheets skip blanks. */
static bool begins_formula(const char *p, size_t n)
{
	size_t skip;
	for (; n && !is_formula(p, n); p += skip, n -= skip) {
		skip = blank(p, n);
		if (skip == 0)
			return false;
	}
	return n > 0;
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
	for (size_t i = 0, size; i < n; i += size) {
		size = begins ? MAX(blank(p + i, n - i), 1) : 1;
		if (begins && guard && !is_separator(p[i]) && is_formula(p + i, n - i))
			buf_putc(out, '\'');
		begins = is_separator(p[i]) || (begins && (p[i] == '"' || blank(p + i, n - i) > 0));
		if (p[i] == '"')
			buf_putc(out, '"');
		buf_put(out, p + i, size);
	}
}

static void put_cell(struct csv_writer *s, const char *p, size_t n, bool guard)
{
	bool quotes = needs_quotes(p, n);
	separate(s);
	if (quotes)
		buf_putc(s->out, '"');
	if (guard && begins_formula(p, n))
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
