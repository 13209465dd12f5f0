/* http_transfer: a libcurl transfer that can only connect to addresses which were checked; for
 * common/net/http_client.c only. */
#ifndef TG_NET_HTTP_TRANSFER_H
#define TG_NET_HTTP_TRANSFER_H

#include "common/net/resolver.h"
#include "common/net/http_client.h"

#include <curl/curl.h>

/* Index of http_errors. */
enum post_error {
	ERROR_DNS,
	ERROR_BLOCKED,
	ERROR_REFUSED,
	ERROR_UNREACHABLE,
	ERROR_CONNECT_TIMEOUT,
	ERROR_TLS,
	ERROR_TIMEOUT,
	ERROR_RESET,
	ERROR_EMPTY,
	ERROR_BAD_RESPONSE,
	ERROR_3XX,
	ERROR_4XX,
	ERROR_5XX,
	ERROR_INTERRUPTED,
};

/* A curl handle, reused for one request after the other. */
struct http_transfer {
	struct http_transfer *next, *all; /* next idle one; next of all */
	CURL *easy;
	CURLU *url;
	struct curl_slist *pin; /* the addresses to connect to, for CURLOPT_RESOLVE */
	struct http_request *post; /* NULL: idle */
	bool blocked, tls; /* blocked: the guard refused the URL or an address */
	size_t header_bytes, body_bytes; /* received */
};

void http_request_fail(struct http_request *p, enum post_error e); /* sets error and duration */
/* A new transfer in front of the list *all; freed with it. */
struct http_transfer *http_transfer_new(struct http_transfer **all, const struct config *c);
void http_transfers_free(struct http_transfer *all, CURLM *multi);
/* Starts a request. `known` are the host's addresses, NULL when the host is an address itself.
 * False: nothing was started, and the request has its error. */
bool http_transfer_begin(struct http_transfer *s, CURLM *multi, struct http_request *p,
	const struct resolver_answer *known);
/* Stores the result in the request and makes the transfer idle. */
void http_transfer_end(struct http_transfer *s, CURLM *multi, CURLcode code);

#endif
