/* arena: memory of one request, freed all at once, with a ceiling. */
#ifndef TG_BASE_ARENA_H
#define TG_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Returns `p`, the result of malloc() or the like; aborts the process when it is NULL. */
void *oom_check(void *p) __attribute__((returns_nonnull));

/* A new arena that hands out at most `ceiling` bytes between two resets; freed by arena_free().
 * Aborts when the process is out of memory. */
struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *a); /* NULL is allowed */

/* Frees everything at once, which invalidates all pointers into the arena. Keeps one block for the
 * next request. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type, valid until the next reset. Never NULL: beyond the ceiling
 * the guard set with arena_guard() is called. */
void *arena_alloc(struct arena *a, size_t n);
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_dup(struct arena *a, const char *p, size_t n); /* a copy of n bytes, and a NUL */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `list` with one more item behind the separator; the item alone when `list` is NULL or empty. */
char *arena_list(struct arena *a, const char *list, const char *separator, const char *item);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Sets the function that is called when an allocation would exceed the ceiling; it must not return
 * (common/api/server.c uses longjmp(3) to answer 500 or 413). Without a guard the process aborts.
 */
void arena_guard(struct arena *a, void (*full)(void *), void *ctx);

/* Bytes handed out since the last reset, alignment included. */
size_t arena_used(const struct arena *a);

#endif
