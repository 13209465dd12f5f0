/* arena: memory that lives as long as one request, with a ceiling. */
#include "common/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)64 * 1024)
#define ALIGN ((size_t)16)

struct block {
	struct block *next;
	size_t size, used; /* of the bytes behind the header */
	_Alignas(16) char bytes[];
};

struct arena {
	struct block *blocks; /* the newest first; the last one is kept by a reset */
	size_t used, ceiling;
	void (*full)(void *);
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

static void overflow(struct arena *a)
{
	if (a->full)
		a->full(a->full_ctx);
	fputs("request memory ceiling passed outside a request\n", stderr);
	abort();
}

/* A block with room for n bytes, in front. In sanitizer builds every allocation is a malloc of its
 * own, so that one byte too far is seen. */
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
	size_t take = n ? n : 1;
#else
	size_t take = (n + ALIGN - 1) & ~(ALIGN - 1);
#endif
	struct block *b = block_for(a, take);
	void *p = b->bytes + b->used;
	b->used += take;
	a->used += take;
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
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	char *s = arena_alloc(a, (size_t)n + 1);
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
