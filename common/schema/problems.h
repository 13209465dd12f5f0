/* problems: everything that is wrong with one input. */
#ifndef TG_SCHEMA_PROBLEMS_H
#define TG_SCHEMA_PROBLEMS_H

#include "common/base/arena.h"

/* What is wrong with an input, all of it. */
struct problem {
	const char *field, *message;
};
struct problems {
	struct arena *arena;
	struct problem *list;
	size_t n, cap;
};
void problem_add(struct problems *p, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
