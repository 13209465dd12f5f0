/* http_transfer: one transfer of curl, set up so that it can go nowhere else; for
 * common/net/http_client.c only. */
#ifndef TG_NET_HTTP_TRANSFER_H
#define TG_NET_HTTP_TRANSFER_H

#include "common/net/resolver.h"
#include "common/net/http_client.h"

#include <curl/curl.h>

/* The words of http_errors, in their order. */
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

/* A handle of curl that is used for one post after the other. */
struct http_transfer {
	struct http_transfer *next, *all;
	CURL *easy;
	CURLU *url;
	struct curl_slist *pin;
	struct http_request *post;
	bool blocked, tls;
	size_t header_bytes, body_bytes;
};

void http_request_fail(struct http_request *p, enum post_error e); /* and its duration */
struct http_transfer *http_transfer_new(struct http_transfer **all, const struct config *c);
void http_transfers_free(struct http_transfer *all, CURLM *multi);
/* `known` NULL: the host is an address. False: nothing was begun, and the post has its error. */
bool http_transfer_begin(struct http_transfer *s, CURLM *multi, struct http_request *p,
	const struct resolver_answer *known);
void http_transfer_end(struct http_transfer *s, CURLM *multi, CURLcode code);

#endif
