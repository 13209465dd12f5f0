/* csv: a reader of CSV text (RFC 4180), one record at a time. */
#include "cli/core/csv.h"

#include <assert.h>
#include <string.h>

#define FIELD_MOST \
	65536 /* bytes of a quoted field: a missing closing quote must not eat the file */

void csv_start(struct csv_reader *c, struct arena *a, const char *p, size_t n)
{
	size_t skip = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	*c = (struct csv_reader){.p = p + skip, .end = p + n, .line = 0, .next = 1, .arena = a};
}

/* The length of a quoted field as written, from behind its opening quote to its closing quote; up
 * to `end` when it is not closed. A doubled quote is a quote of the text. */
static size_t quoted_length(const char *p, const char *end)
{
	const char *s = p;

	while (s < end && (*s != '"' || (s + 1 < end && s[1] == '"')))
		s += *s == '"' ? 2 : 1;
	return (size_t)(s - p);
}

/* Reads one quoted field; c->p points behind the opening quote. NULL when it is not closed. */
static const char *quoted(struct csv_reader *c)
{
	assert(c->p <= c->end);
	size_t length = quoted_length(c->p, c->end), n = 0;
	const char *last = c->p + length;
	char *out;

	if (last >= c->end || length > FIELD_MOST)
		return NULL;
	out = arena_alloc(c->arena, length + 1);
	for (; c->p < last; c->p++) {
		if (*c->p == '"')
			c->p++;
		if (*c->p == '\n')
			c->next++;
		out[n++] = *c->p;
	}
	c->p++;
	return out;
}

/* Reads one unquoted field; NULL when a quote stands in it. */
static const char *bare(struct csv_reader *c)
{
	const char *from = c->p;

	while (c->p < c->end && *c->p != ',' && *c->p != '\n' && *c->p != '\r') {
		if (*c->p == '"')
			return NULL;
		c->p++;
	}
	return arena_dup(c->arena, from, (size_t)(c->p - from));
}

static void line_end(struct csv_reader *c)
{
	if (c->p < c->end && *c->p == '\r')
		c->p++;
	if (c->p < c->end && *c->p == '\n')
		c->p++;
	c->next++;
}

int csv_next(struct csv_reader *c, const char **fields, int most)
{
	int n = 0;

	while (c->p < c->end && (*c->p == '\n' || *c->p == '\r'))
		line_end(c);
	if (c->p == c->end)
		return 0;
	assert(c->p < c->end && c->next > c->line);
	c->line = c->next;
	for (;;) {
		if (n == most)
			return -1;
		if (c->p < c->end && *c->p == '"') {
			c->p++;
			fields[n] = quoted(c);
		} else {
			fields[n] = bare(c);
		}
		if (!fields[n++])
			return -1;
		if (c->p == c->end || *c->p == '\n' || *c->p == '\r') {
			line_end(c);
			return n;
		}
		if (*c->p++ != ',')
			return -1;
	}
}

void csv_skip(struct csv_reader *c)
{
	while (c->p < c->end && *c->p != '\n')
		c->p++;
	line_end(c);
}
