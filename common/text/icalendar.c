/* icalendar: writes iCalendar content lines (RFC 5545), folded at 75 octets, with escaped text. */
#include "common/text/icalendar.h"

#include "common/base/clock.h"
#include "common/base/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define LINE 75 /* octets, CR LF not counted (section 3.1) */

/* A content line being written; `used` counts the octets of the current physical line. */
struct line {
	struct buf *out;
	size_t used;
};

/* Appends n octets that must not be separated by a fold: a character, or an escape sequence. */
static void put(struct line *l, const char *p, size_t n)
{
	if (l->used + n > LINE) {
		buf_puts(l->out, "\r\n ");
		l->used = 1;
	}
	buf_put(l->out, p, n);
	l->used += n;
	assert(l->used <= LINE);
}

static struct line ics_begin(struct buf *out, const char *name)
{
	struct line l = {.out = out};
	put(&l, name, strlen(name));
	put(&l, ":", 1);
	return l;
}

/* Length of the character at s; an invalid byte counts as one. */
static size_t character(const char *s, size_t left)
{
	size_t n = utf8_length((const unsigned char *)s, left);
	if (n)
		return n;
	return 1;
}

void ics_line(struct buf *out, const char *name, const char *value)
{
	struct line l = ics_begin(out, name);
	for (size_t left = strlen(value), n; left; value += n, left -= n) {
		n = character(value, left);
		if ((unsigned char)*value >= 0x20 && *value != 0x7f)
			put(&l, value, n);
	}
	buf_puts(out, "\r\n");
}

/* Length of the line break at s, in bytes, of those that Unicode requires to end a line (UAX 14):
 * CR LF, CR, LF, VT, FF, U+0085, U+2028 and U+2029; 0 if there is none. */
static size_t line_break(const char *s)
{
	static const char *const ends[] = {
		"\r\n", "\r", "\n", "\v", "\f", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (strncmp(s, ends[i], strlen(ends[i])) == 0)
			return strlen(ends[i]);
	return 0;
}

void ics_text(struct buf *out, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	struct line l = ics_begin(out, name);
	for (size_t left = strlen(text), n; left; text += n, left -= n) {
		char pair[3] = {'\\', *text};
		size_t end = line_break(text);
		n = end ? end : character(text, left);
		if (end)
			put(&l, "\\n", 2);
		else if (*text == '\\' || *text == ';' || *text == ',')
			put(&l, pair, 2);
		else if ((unsigned char)*text >= 0x20 ? *text != 0x7f : *text == '\t')
			put(&l, text, n);
	}
	buf_puts(out, "\r\n");
}

void ics_time(struct buf *out, const char *name, int64_t ms)
{
	struct civil c;
	char text[40];
	civil_from_time(ms, &c);
	snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day, c.hour,
		c.minute, c.second);
	ics_line(out, name, text);
}
