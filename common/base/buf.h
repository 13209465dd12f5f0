/* buf: bytes that grow up to a mandatory maximum. */
#ifndef TG_BASE_BUF_H
#define TG_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/* Process-lifetime storage from malloc; buf_clear keeps it for the next use, buf_trim gives back
 * what passed `keep`. */
struct buf {
	char *p; /* NUL-terminated when not NULL */
	size_t n; /* bytes in use, without the NUL */
	size_t size; /* bytes allocated */
	size_t max; /* never more than this */
	bool full; /* something did not fit: the content is incomplete */
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);
void buf_clear(struct buf *b);
void buf_trim(struct buf *b, size_t keep);

/* Each appends, or sets `full` and appends nothing. Check `full` once, at the end. */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes at b->p + b->n, or NULL (and `full`). The caller adds to b->n what it used.
 */
char *buf_room(struct buf *b, size_t n);

#endif
