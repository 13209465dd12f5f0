/* text: defaults for strings that may be NULL or empty, and lengths of their parts. */
#ifndef TG_BASE_TEXT_H
#define TG_BASE_TEXT_H

#include <stddef.h>
#include <string.h>

/* Returns `text`, or `otherwise` when it is NULL. Nothing is copied. */
static inline const char *text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

/* Returns `text`, or NULL when it is empty. */
static inline const char *text_filled(const char *text)
{
	return text && *text ? text : NULL;
}

/* Returns the number of bytes before the first `stop` in the n bytes at `s`; n when there is none.
 */
static inline size_t text_before(const char *s, size_t n, char stop)
{
	const char *end = n ? memchr(s, stop, n) : NULL;

	return end ? (size_t)(end - s) : n;
}

#endif
