/* http_client: sends bytes to URLs that strangers chose: guarded, bounded, many at once. */
#ifndef TG_NET_HTTP_CLIENT_H
#define TG_NET_HTTP_CLIENT_H

#include "common/runtime/config.h"
#include "common/base/error_code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_KEPT 1024 /* bytes of an answer that are kept */

/* One POST. `url`, `body` and the answers' receiver `ctx` are the caller's, and live until it is
 * done. */
struct http_request {
	const char *url;
	const char *body;
	size_t body_n;
	int64_t budget_ms; /* for all of it: looking up, connecting, sending, the answer */
	void *ctx;
	/* what became of it */
	int64_t started_at, ms;
	int status; /* of the last status line; 0: none came */
	/* NULL: the status is 2xx, which is all that counts. Else one word of http_errors */
	const char *error;
	int64_t rest_s; /* what Retry-After asks for; -1: nothing */
	char kept[HTTP_BODY_KEPT]; /* the start of the answer's body */
	size_t kept_n;
	/* common/net/http_client.c's own */
	int64_t began_ns;
	struct curl_slist *headers;
	struct http_transfer *slot;
	struct http_request *next;
};

/* The words that say what went wrong, for clients: none tells anything of an address. Ends with
 * NULL. */
extern const char *const http_errors[];

/* Clears a post for its use; http_request_clear gives back its headers. */
void http_request_init(struct http_request *p, const char *url, const void *body, size_t n);
void http_request_clear(struct http_request *p);
/* "Name: value", clean of control characters */
void http_request_header(struct http_request *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct webhook_signing {
	const char *id; /* of the body: "evt_…" */
	int64_t now; /* ms */
	int64_t attempt; /* from 1 */
	const char *const *secrets; /* texts ("whsec_…"), the newest first */
	size_t secrets_n;
};
/* Adds the headers of a delivery: Standard Webhooks 1.0.0, and the simple signature. False: a
 * secret is malformed, or there is none; nothing may be sent then. */
NODISCARD bool webhook_signature_add(struct http_request *p, const struct webhook_signing *s);

/* `most` at once. NULL: the transfer library cannot be used. Never touches proxies, cookies,
 * redirects, .netrc. */
struct http_client *http_client_new(const struct config *c, size_t most);
void http_client_free(
	struct http_client *s); /* what is under way is cut off and stays the caller's */
size_t http_client_in_flight(const struct http_client *s);
void http_client_start(struct http_client *s,
	struct http_request *p); /* no more than `most`; may be done at once */
/* until something is done, or the time is over */
void http_client_wait(struct http_client *s, int ms);
struct http_request *http_client_finished(struct http_client *s); /* one that is done, or NULL */

/* One alone. */
void http_client_send_one(const struct config *c, struct http_request *p);

#endif
