/* http_client: an HTTP client for untrusted URLs: many requests at once, guarded and bounded. */
#ifndef TG_NET_HTTP_CLIENT_H
#define TG_NET_HTTP_CLIENT_H

#include "common/runtime/config.h"
#include "common/base/error_code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_KEPT 1024 /* bytes of a response body that are kept */

/* A POST request and its result. `url`, `body` and `ctx` belong to the caller and must live until
 * it is finished. */
struct http_request {
	const char *url;
	const char *body;
	size_t body_n;
	int64_t budget_ms; /* total timeout: DNS, connecting, sending and the response */
	void *ctx;
	/* result */
	int64_t started_at, ms; /* Unix ms; duration */
	int status; /* HTTP status, 0: no response */
	/* NULL: success, a 2xx status; otherwise one of http_errors */
	const char *error;
	int64_t rest_s; /* Retry-After in seconds, a week at most; -1: none */
	char kept[HTTP_BODY_KEPT]; /* the start of the response body */
	size_t kept_n;
	/* internal */
	int64_t began_ns;
	struct curl_slist *headers;
	struct http_transfer *slot;
	struct http_request *next;
};

/* Error codes for API clients, which reveal nothing about addresses; ends with NULL. */
extern const char *const http_errors[];

/* Initialize a request with a timeout of 10 s, and free its headers. */
void http_request_init(struct http_request *p, const char *url, const void *body, size_t n);
void http_request_clear(struct http_request *p);
/* Adds a header line "Name: value", which must not contain control characters. Aborts when it is
 * longer than 2,047 bytes. */
void http_request_header(struct http_request *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What a delivery is signed with. */
struct webhook_signing {
	const char *id; /* of the event: "evt_…" */
	int64_t now; /* Unix ms */
	int64_t attempt; /* from 1 */
	const char *const *secrets; /* texts ("whsec_…"), newest first */
	size_t secrets_n;
};
/* Adds the headers of a delivery: those of Standard Webhooks 1.0.0 with a signature per secret, and
 * X-TN-Signature, the HMAC-SHA-256 of the body with the newest secret's text. False when a secret
 * is malformed or there is none: the request must not be sent then. */
NODISCARD bool webhook_signature_add(struct http_request *p, const struct webhook_signing *s);

/* A client for up to `most` requests at once. NULL: libcurl cannot be initialized. Never uses
 * proxies, cookies, redirects or .netrc. */
struct http_client *http_client_new(const struct config *c, size_t most);
/* Aborts requests in flight, which stay the caller's; NULL is allowed. */
void http_client_free(struct http_client *s);
size_t http_client_in_flight(const struct http_client *s);
/* Starts a request; fewer than `most` must be in flight. It may finish immediately. */
void http_client_start(struct http_client *s, struct http_request *p);
/* Waits until a request finishes, `ms` at most. */
void http_client_wait(struct http_client *s, int ms);
/* A finished request, in the order of finishing, or NULL. */
struct http_request *http_client_finished(struct http_client *s);

/* Sends one request and waits for its result. */
void http_client_send_one(const struct config *c, struct http_request *p);

#endif
