/* fuzz_response: what is kept of any response of a webhook receiver is in its limits, in whatever
 * pieces the body arrives. */
#include "tests/fuzz/fuzz.h"

#include "common/net/http_response.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* A copy of its own size, so that reading behind it is seen. */
static char *copy(const char *p, size_t n)
{
	char *own = malloc(MAX(n, 1));

	demand(own != NULL);
	if (n)
		memcpy(own, p, n);
	return own;
}

/* The length of a line with its end. */
static size_t line_length(const char *p, size_t n)
{
	const char *end = n ? memchr(p, '\n', n) : NULL;

	return end ? (size_t)(end - p) + 1 : n;
}

/* Takes the head and returns its length. */
static size_t take_head(struct http_request *r, const char *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		size_t line = line_length(p + at, n - at);
		char *own = copy(p + at, line);

		at += line;
		http_response_header(r, own, line);
		free(own);
		demand(r->rest_s >= -1 && r->rest_s <= 7 * 24 * 3600);
		if (line <= 2)
			break;
	}
	return at;
}

static void take_body(struct http_request *r, const char *p, size_t n, size_t piece)
{
	for (size_t at = 0; at < n; at += piece) {
		size_t part = MIN(piece, n - at);
		char *own = copy(p + at, part);

		http_response_body(r, own, part);
		free(own);
	}
	demand(r->kept_n == MIN(n, HTTP_BODY_KEPT) && memcmp(r->kept, p, r->kept_n) == 0);
}

/* The input is the status in two bytes, the lines of the head, an empty line, and the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request r;
	const char *p = (const char *)data;

	if (size < 4)
		return 0;
	memory_begin();
	http_request_init(&r, "https://shop.example/", "", 0);
	long status = data[0] << 8 | data[1];
	bool final = http_response_status(&r, status);
	demand(final == (status >= 200) && r.status == status);
	demand(final == false || (r.error == NULL) == (status < 300));
	size_t head = take_head(&r, p + 2, size - 2);
	take_body(&r, p + 2 + head, size - 2 - head, (size_t)1 + data[1]);
	http_request_clear(&r);
	memory_end(((size_t)1 << 16) + size * 4, (size_t)1 << 16);
	return 0;
}
