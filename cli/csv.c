/* csv: records of RFC 4180 text, one at a time. */
#include "csv.h"

#include <string.h>

void
csv_start(struct csv *c, struct arena *a, const char *p, size_t n)
{
	size_t skip = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	*c = (struct csv){.p = p + skip, .end = p + n, .line = 0, .next = 1, .arena = a};
}

/* One quoted field; c->p stands behind the opening quote. NULL when it does not end well. */
static const char *
quoted(struct csv *c)
{
	char *out = arena_alloc(c->arena, (size_t)(c->end - c->p) < 4096 ? (size_t)(c->end - c->p) + 1 : 4097);
	size_t n = 0;

	for (; c->p < c->end; c->p++) {
		if (*c->p == '"') {
			if (c->p + 1 == c->end || c->p[1] != '"') {
				c->p++;
				out[n] = '\0';
				return out;
			}
			c->p++;
		}
		if (*c->p == '\n')
			c->next++;
		if (n == 4096)
			return NULL;
		out[n++] = *c->p;
	}
	return NULL;
}

static const char *
bare(struct csv *c)
{
	const char *from = c->p;

	while (c->p < c->end && *c->p != ',' && *c->p != '\n' && *c->p != '\r') {
		if (*c->p == '"')
			return NULL;
		c->p++;
	}
	return arena_dup(c->arena, from, (size_t)(c->p - from));
}

static void
line_end(struct csv *c)
{
	if (c->p < c->end && *c->p == '\r')
		c->p++;
	if (c->p < c->end && *c->p == '\n')
		c->p++;
	c->next++;
}

int
csv_next(struct csv *c, const char **fields, int most)
{
	int n = 0;

	while (c->p < c->end && (*c->p == '\n' || *c->p == '\r'))
		line_end(c);
	if (c->p == c->end)
		return 0;
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
