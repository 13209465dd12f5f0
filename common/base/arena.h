/* arena: memory that lives as long as one request, with a ceiling. */
#ifndef TG_BASE_ARENA_H
#define TG_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* What malloc and its like gave; aborts when it is NULL: the process has no memory at all. */
void *oom_check(void *p) __attribute__((returns_nonnull));

/* A new arena that hands out at most `ceiling` bytes between two resets. Aborts when the process
 * has no memory at all. */
struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *a);

/* Gives everything back at once. Pointers from before are dead. Keeps one block for the next
 * request. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type. Never NULL: past the ceiling it jumps to the place set with
 * arena_guard. */
void *arena_alloc(struct arena *a, size_t n);
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_dup(struct arena *a, const char *p, size_t n); /* n bytes and a NUL */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Called when an allocation would pass the ceiling; must not return (common/api/server.c longjmps
 * to a 500/413). Without one the process aborts. */
void arena_guard(struct arena *a, void (*full)(void *), void *ctx);

size_t arena_used(const struct arena *a);

#endif
