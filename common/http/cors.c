/* cors: lets pages of other origins call the public API. */
#include "common/http/cors.h"

#include <string.h>

#define SEPARATORS ", \t"
#define KEPT_S 86400 /* browsers keep the answer to a preflight at most so long; some less */

/* Whether the origin is in the list of the configuration: separated by commas or blanks. */
static bool is_listed(const char *list, const char *origin)
{
	size_t length = strlen(origin), n;
	for (const char *s = list; *(s += strspn(s, SEPARATORS)); s += n) {
		n = strcspn(s, SEPARATORS);
		if (n == length && memcmp(s, origin, n) == 0)
			return true;
	}
	return false;
}

static void put_preflight(const struct req *r, struct buf *out)
{
	char methods[64];
	method_list_print(r->allowed, methods);
	buf_printf(out,
		"Access-Control-Allow-Methods: %s\r\n"
		"Access-Control-Allow-Headers: Content-Type, Idempotency-Key, If-Match, "
		"If-None-Match, Prefer, X-HTTP-Method-Override\r\n"
		"Access-Control-Max-Age: %d\r\n",
		methods, KEPT_S);
}

void cors_headers(const struct req *r, struct buf *out)
{
	const char *origin = req_header(r, "HTTP_ORIGIN", NULL),
		   *list = r->app->conf ? r->app->conf->public_origins : "";
	if (!r->http.mount_seen || strcmp(r->http.mount_seen, MOUNT_PUBLIC) != 0)
		return;
	if (*list)
		buf_puts(out, "Vary: Origin\r\n");
	/* any origin: the same without one, because shared caches store the response for all */
	if (*list && (!origin || !is_listed(list, origin)))
		return;
	buf_printf(out, "Access-Control-Allow-Origin: %s\r\n", *list ? origin : "*");
	if (strcmp(r->http.method_text, "OPTIONS") == 0 && r->allowed) {
		put_preflight(r, out);
		return;
	}
	buf_puts(out,
		"Access-Control-Expose-Headers: ETag, Idempotency-Replayed, Ignored-Fields, "
		"RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, "
		"X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id\r\n");
}
