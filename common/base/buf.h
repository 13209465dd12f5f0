/* buf: a growing byte buffer with a mandatory maximum. */
#ifndef TG_BASE_BUF_H
#define TG_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/* Storage from malloc(3), owned by the buffer and freed by buf_free(). */
struct buf {
	char *p; /* NUL-terminated when not NULL */
	size_t n; /* bytes in use, without the NUL */
	size_t size; /* bytes allocated */
	size_t max; /* n never exceeds it */
	bool full; /* an append did not fit: the contents are incomplete */
};

void buf_init(struct buf *b, size_t max); /* allocates nothing yet */
void buf_free(struct buf *b); /* leaves an empty buffer that can be used again */
void buf_clear(struct buf *b); /* empties it and keeps the storage for the next use */
void buf_trim(struct buf *b, size_t keep); /* empties it; frees storage of more than `keep` bytes */

/* Append, or set `full` and append nothing (also when out of memory). Check `full` once at the end.
 */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Reserves n bytes at b->p + b->n, and one for a NUL; NULL, and `full`, when they do not fit. The
 * caller adds the bytes that it used to b->n. */
char *buf_room(struct buf *b, size_t n);

#endif
