/* gzip: responses with the content coding gzip (RFC 9110 section 8.4.1.3). */
#include "common/http/gzip.h"

#include "common/http/etag.h"
#include "common/http/response.h"

#include <limits.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define LEAST 512 /* bytes: what is smaller fits in one packet anyway */
/* A window of 8 KiB and as much memory for the tables: pages are hardly larger. */
#define WINDOW_BITS (13 + 16) /* 16: the format of gzip, see deflateInit2() in zlib.h */
#define MEMORY_LEVEL 6

/* Whether the parameters behind a coding, up to the next comma, are a weight of 0. */
static bool weighs_nothing(const char *s)
{
	s += strspn(s, " \t;");
	if (strncasecmp(s, "q=0", 3) != 0)
		return false;
	s += 3;
	s += strspn(s, ".0");
	return *s == 0 || strchr(" \t,", *s);
}

bool gzip_accepted(const struct req *r)
{
	const char *s = text_or(req_header(r, "HTTP_ACCEPT_ENCODING", NULL), "");
	while (*(s += strspn(s, ", \t"))) {
		size_t n = strcspn(s, ",; \t");
		if (n == strlen("gzip") && strncasecmp(s, "gzip", n) == 0)
			return !weighs_nothing(s + n);
		s += strcspn(s, ",");
	}
	return false;
}

static void *allocate(void *arena, unsigned n, unsigned size)
{
	return arena_alloc(arena, (size_t)n * size);
}

static void release(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

/* Compresses into the arena. NULL when the result is not smaller. */
static char *compressed(struct arena *a, const struct buf *body, size_t *n)
{
	z_stream z = {.zalloc = allocate, .zfree = release, .opaque = a};
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	char *out = arena_alloc(a, body->n);
	z.next_in = (Bytef *)body->p;
	z.avail_in = (unsigned)body->n;
	z.next_out = (Bytef *)out;
	z.avail_out = (unsigned)body->n;
	int end = deflate(&z, Z_FINISH);
	*n = z.total_out;
	(void)deflateEnd(&z);
	return end == Z_STREAM_END ? out : NULL;
}

void gzip_response(struct req *r)
{
	struct buf *body = r->response.body;
	size_t n;
	if (body->n < LEAST || body->n > UINT_MAX || body->full ||
		response_find_header(r, "Content-Encoding"))
		return;
	char *out = compressed(r->arena, body, &n);
	if (!out)
		return;
	buf_clear(body);
	buf_put(body, out, n);
	etag_append(r, ETAG_GZIP);
	response_header(r, "Content-Encoding", "gzip");
}
