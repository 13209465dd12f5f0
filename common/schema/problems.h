/* problems: the list of validation problems of one request. */
#ifndef TG_SCHEMA_PROBLEMS_H
#define TG_SCHEMA_PROBLEMS_H

#include "common/base/arena.h"

#define PROBLEMS_MAX 100 /* in one response; further ones are counted only */
#define PROBLEM_FIELD_MAX 200 /* bytes of a field's path, which the client may have made up */

/* One entry of "error.details" (contract section 2). Both texts are in the arena of the list. */
struct problem {
	const char *field, *message;
};
struct problems {
	struct arena *arena; /* owns the list and its texts */
	struct problem *list;
	size_t n, more; /* more: not in the list, which is full */
};
/* Appends a problem, or counts it when the list is full. Texts that are too long are cut. `field`
 * is the path of the field ("tickets.0.price") and is copied; the message is formatted as by
 * printf. */
void problem_add(struct problems *p, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A copy of a UTF-8 text, which is cut to `most` bytes, at a character's boundary, and "...". */
const char *text_cut(struct arena *a, const char *s, size_t most);

#endif
