/* problems: the list of validation problems of one request. */
#ifndef TG_SCHEMA_PROBLEMS_H
#define TG_SCHEMA_PROBLEMS_H

#include "common/base/arena.h"

/* One entry of "error.details" (contract section 2). Both texts are in the arena of the list. */
struct problem {
	const char *field, *message;
};
struct problems {
	struct arena *arena; /* owns the list and its texts */
	struct problem *list;
	size_t n, cap;
};
/* Appends a problem. `field` is the path of the field ("tickets.0.price") and is copied; the
 * message is formatted as by printf. */
void problem_add(struct problems *p, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
