/* problems: the list of validation problems of one request. */
#include "common/schema/problems.h"

#include <stdarg.h>
#include <string.h>

#define MESSAGE_MAX (2 * PROBLEM_FIELD_MAX + 200) /* bytes; most begin with the field */

const char *text_cut(struct arena *a, const char *s, size_t most)
{
	size_t n = strnlen(s, most + 1);
	if (n <= most)
		return arena_dup(a, s, n);
	for (n = most; n && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return arena_printf(a, "%.*s...", (int)n, s);
}

void problem_add(struct problems *p, const char *field, const char *fmt, ...)
{
	if (p->n == PROBLEMS_MAX) {
		p->more++;
		return;
	}
	if (p->n == 0)
		p->list = arena_array(p->arena, PROBLEMS_MAX, sizeof *p->list);
	va_list ap;
	va_start(ap, fmt);
	const char *message = arena_vprintf(p->arena, fmt, ap);
	va_end(ap);
	p->list[p->n++] = (struct problem){text_cut(p->arena, field, PROBLEM_FIELD_MAX),
		text_cut(p->arena, message, MESSAGE_MAX)};
}
