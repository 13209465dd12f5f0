/* arena: memory of one request, freed all at once, with a ceiling. */
#include "common/base/arena.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define BLOCK ((size_t)64 * 1024) /* bytes; larger allocations get a block of their own */
#define ALIGN ((size_t)16) /* of every allocation: enough for any type */

struct block {
	struct block *next;
	size_t size, used; /* of `bytes`; used <= size */
	_Alignas(16) char bytes[];
};

struct arena {
	struct block *blocks; /* newest first; a reset keeps the oldest one of BLOCK bytes */
	size_t used, ceiling; /* bytes over all blocks, and their limit */
	void (*full)(void *); /* see arena_guard() */
	void *full_ctx;
};

void *oom_check(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

static struct block *block_new(size_t size, struct block *next)
{
	struct block *b = oom_check(malloc(sizeof *b + size));
	b->next = next;
	b->size = size;
	b->used = 0;
	return b;
}

struct arena *arena_new(size_t ceiling)
{
	struct arena *a = oom_check(calloc(1, sizeof *a));
	a->ceiling = ceiling;
	return a;
}

/* Frees the blocks from `b` to `keep`, which stays. */
static void blocks_free(struct block *b, struct block *keep)
{
	while (b && b != keep) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	blocks_free(a->blocks, NULL);
	free(a);
}

void arena_reset(struct arena *a)
{
	struct block *keep = NULL;
#ifndef TG_SANITIZE
	for (struct block *b = a->blocks; b; b = b->next)
		if (b->size == BLOCK)
			keep = b;
#endif
	for (struct block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		if (b != keep)
			free(b);
	}
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
	}
	a->blocks = keep;
	a->used = 0;
}

void arena_guard(struct arena *a, void (*full)(void *), void *ctx)
{
	a->full = full;
	a->full_ctx = ctx;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

/* The ceiling is exceeded: leaves through the guard, or ends the process. Does not return. */
static void overflow(struct arena *a)
{
	if (a->full)
		a->full(a->full_ctx);
	fputs("memory ceiling exceeded outside a request\n", stderr);
	abort();
}

/* The first block, with room for n bytes. In sanitizer builds every allocation is a malloc of its
 * own, so that an access one byte beyond it is detected. */
static struct block *block_for(struct arena *a, size_t n)
{
#ifdef TG_SANITIZE
	return a->blocks = block_new(n, a->blocks);
#else
	struct block *b = a->blocks;
	if (b && b->size - b->used >= n)
		return b;
	return a->blocks = block_new(n > BLOCK / 4 ? n : BLOCK, a->blocks);
#endif
}

void *arena_alloc(struct arena *a, size_t n)
{
	if (n > a->ceiling || a->used > a->ceiling - n)
		overflow(a);
#ifdef TG_SANITIZE
	size_t take = MAX(n, 1);
#else
	size_t take = (n + ALIGN - 1) & ~(ALIGN - 1);
#endif
	struct block *b = block_for(a, take);
	assert(b->size - b->used >= take && b->used % ALIGN == 0);
	void *p = b->bytes + b->used;
	b->used += take;
	a->used += take;
	/* rounding up may pass the ceiling by less than one unit of alignment */
	assert(a->used < a->ceiling + ALIGN);
	return memset(p, 0, n);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	if (size && count > a->ceiling / size)
		overflow(a);
	return arena_alloc(a, count * size);
}

char *arena_dup(struct arena *a, const char *p, size_t n)
{
	char *s = arena_alloc(a, n + 1);
	if (n)
		memcpy(s, p, n);
	return s;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char brief[256]; /* most texts are, and are formatted only once */
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(brief, sizeof brief, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	char *s = arena_alloc(a, (size_t)n + 1);
	if ((size_t)n < sizeof brief)
		memcpy(s, brief, (size_t)n + 1);
	else
		vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

char *arena_list(struct arena *a, const char *list, const char *separator, const char *item)
{
	if (!list || !*list)
		return arena_strdup(a, item);
	return arena_printf(a, "%s%s%s", list, separator, item);
}
