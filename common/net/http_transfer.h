/* http_transfer: one transfer of curl, set up so that it can go nowhere else; for
 * common/net/http_client.c only. */
#ifndef TG_NET_HTTP_TRANSFER_H
#define TG_NET_HTTP_TRANSFER_H

#include "common/net/resolver.h"
#include "common/net/http_client.h"

#include <curl/curl.h>

/* The words of post_errors, in their order. */
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
struct slot {
	struct slot *next, *all;
	CURL *easy;
	CURLU *url;
	struct curl_slist *pin;
	struct post *post;
	bool blocked, tls;
	size_t header_bytes, body_bytes;
};

void post_fail(struct post *p, enum post_error e); /* and its duration */
struct slot *slot_new(struct slot **all, const struct conf *c);
void slots_free(struct slot *all, CURLM *multi);
/* `known` NULL: the host is an address. False: nothing was begun, and the post has its error. */
bool slot_begin(struct slot *s, CURLM *multi, struct post *p, const struct lookup_answer *known);
void slot_end(struct slot *s, CURLM *multi, CURLcode code);

#endif
