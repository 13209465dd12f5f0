/* buf: a growing byte buffer with a mandatory maximum. */
#include "common/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
	if (b->p)
		b->p[0] = 0;
}

void buf_trim(struct buf *b, size_t keep)
{
	if (b->size > keep)
		buf_free(b);
	else
		buf_clear(b);
}

/* Grows the buffer for n more bytes; NULL and b->full when it may not. */
static char *buf_grow(struct buf *b, size_t n)
{
	if (b->full || n > b->max || b->n > b->max - n) {
		b->full = true;
		return NULL;
	}
	size_t need = b->n + n + 1;
	if (need > b->size) {
		size_t size = MAX(MAX(b->size * 2, 512), need);
		char *p = realloc(b->p, size);
		if (!p) {
			b->full = true;
			return NULL;
		}
		b->p = p;
		b->size = size;
	}
	assert(b->size - b->n > n);
	return b->p + b->n;
}

char *buf_room(struct buf *b, size_t n)
{
	assert(b->n <= b->max && (b->size == 0 || b->n < b->size));
	if (!b->full && n < b->size - b->n && n <= b->max - b->n)
		return b->p + b->n;
	return buf_grow(b, n);
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n);
	if (!to)
		return;
	if (n)
		memcpy(to, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	if (b->full || b->n >= b->max || b->n + 1 >= b->size) {
		buf_put(b, &c, 1);
		return;
	}
	b->p[b->n++] = c;
	b->p[b->n] = 0;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	va_list again;
	va_copy(again, ap);
	/* mostly it fits into what is allocated, and is formatted only once */
	size_t left = b->size - b->n;
	int n = vsnprintf(left ? b->p + b->n : NULL, left, fmt, ap);
	va_end(ap);
	char *to = n < 0 ? NULL : buf_room(b, (size_t)n);
	if (to && (size_t)n >= left)
		vsnprintf(to, (size_t)n + 1, fmt, again);
	if (to)
		b->n += (size_t)n;
	else
		b->full = true;
	if (b->size)
		b->p[b->n] = 0;
	va_end(again);
}
