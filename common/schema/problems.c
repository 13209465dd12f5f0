/* problems: the list of validation problems of one request. */
#include "common/schema/problems.h"

#include <stdarg.h>
#include <string.h>
#include <sys/param.h>

void problem_add(struct problems *p, const char *field, const char *fmt, ...)
{
	if (p->n == p->cap) {
		size_t cap = MAX(p->cap * 2, 8);
		struct problem *list = arena_array(p->arena, cap, sizeof *list);
		if (p->n)
			memcpy(list, p->list, p->n * sizeof *list);
		p->list = list;
		p->cap = cap;
	}
	va_list ap;
	va_start(ap, fmt);
	p->list[p->n++] =
		(struct problem){arena_strdup(p->arena, field), arena_vprintf(p->arena, fmt, ap)};
	va_end(ap);
}
