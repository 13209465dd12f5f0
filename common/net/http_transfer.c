/* http_transfer: a libcurl transfer that can only connect to addresses which were checked. */
#include "common/net/http_transfer.h"

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/net/curl_trust.h"
#include "common/net/http_response.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sys/param.h>

#define CONNECT_MS 5000L
#define HEADERS_MAX 32768 /* bytes of a response's headers */
#define BODY_MAX_BYTES 65536 /* bytes of a response's body that are read */

const char *const http_errors[] = {
	"dns_error",
	"blocked_address",
	"connect_refused",
	"unreachable",
	"connect_timeout",
	"tls_error",
	"timeout",
	"reset",
	"empty_reply",
	"bad_response",
	"http_3xx",
	"http_4xx",
	"http_5xx",
	"interrupted",
	NULL,
};

void http_request_fail(struct http_request *p, enum post_error e)
{
	p->error = http_errors[e];
	p->ms = (clock_mono_ns() - p->began_ns) / 1000000;
}

/* ---- callbacks of curl ---- */

/* Checks the address that curl is about to connect to once more. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct http_transfer *s = ctx;
	struct addr a;

	if (purpose != CURLSOCKTYPE_IPCXN || !addr_of(&to->addr, &a) ||
		!url_guard_address_allowed(&a)) {
		s->blocked = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

#if LIBCURL_VERSION_NUM >= 0x075000 /* 7.80.0 */
/* Checks a reused connection, for which open_socket() was not called. */
static int before_request(void *ctx, char *ip, char *local_ip, int port, int local_port)
{
	struct http_transfer *s = ctx;
	struct addr a;

	(void)local_ip;
	(void)port;
	(void)local_port;
	if (addr_parse(ip, strlen(ip), &a) && url_guard_address_allowed(&a))
		return CURL_PREREQFUNC_OK;
	s->blocked = true;
	return CURL_PREREQFUNC_ABORT;
}
#endif

static size_t header_line(char *p, size_t size, size_t n, void *ctx)
{
	struct http_transfer *s = ctx;

	n *= size;
	s->header_bytes += n;
	if (s->header_bytes > HEADERS_MAX)
		return 0;
	http_response_header(s->post, p, n);
	return n;
}

/* The body behind its kept start is read and discarded up to a limit, so that the connection can be
 * reused. */
static size_t body_bytes(char *p, size_t size, size_t n, void *ctx)
{
	struct http_transfer *s = ctx;

	n *= size;
	s->body_bytes += n;
	http_response_body(s->post, p, n);
	if (s->body_bytes > BODY_MAX_BYTES)
		return 0;
	return n;
}

/* ---- setting up ---- */

static void set_protocols(CURL *e)
{
#if LIBCURL_VERSION_NUM >= 0x075500 /* 7.85.0, which deprecates the other option */
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void set_limits(CURL *e, const struct config *c)
{
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	set_protocols(e);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 8192L);
	curl_trust(e, c->webhook_ca);
	curl_easy_setopt(e, CURLOPT_POST, 1L);
}

/* open_socket() checks new connections, before_request() those that are used again. libcurl before
 * 7.80 calls nothing for the latter: there each transfer has a connection of its own. */
static void guard_reuse(struct http_transfer *s)
{
#if LIBCURL_VERSION_NUM >= 0x075000
	curl_easy_setopt(s->easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(s->easy, CURLOPT_PREREQDATA, s);
#else
	curl_easy_setopt(s->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(s->easy, CURLOPT_FORBID_REUSE, 1L);
#endif
}

static void set_callbacks(struct http_transfer *s)
{
	CURL *e = s->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, s);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, s);
	guard_reuse(s);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, header_line);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, body_bytes);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, s);
}

struct http_transfer *http_transfer_new(struct http_transfer **all, const struct config *c)
{
	struct http_transfer *s = oom_check(calloc(1, sizeof *s));

	s->easy = oom_check(curl_easy_init());
	s->url = oom_check(curl_url());
	s->all = *all;
	*all = s;
	set_limits(s->easy, c);
	set_callbacks(s);
	return s;
}

void http_transfers_free(struct http_transfer *all, CURLM *multi)
{
	for (struct http_transfer *s = all, *next; s; s = next) {
		next = s->all;
		if (s->post)
			curl_multi_remove_handle(multi, s->easy);
		curl_easy_cleanup(s->easy);
		curl_url_cleanup(s->url);
		curl_slist_free_all(s->pin);
		free(s);
	}
}

/* Whether curl parses the same host and port from the URL as url_guard_parse() did. */
static bool same_reading(struct http_transfer *s, const struct guarded_url *t)
{
	char *host = NULL, *port = NULL, *bare;
	bool same = false;
	size_t n;
	struct addr a;

	if (curl_url_set(s->url, CURLUPART_URL, s->post->url, 0) ||
		curl_url_get(s->url, CURLUPART_HOST, &host, 0) ||
		curl_url_get(s->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		goto out;
	bare = host;
	n = strlen(host);
	if (*bare == '[' && n > 2) {
		bare++;
		n -= 2;
	}
	if (strtol(port, NULL, 10) != t->port)
		goto out;
	if (t->literal)
		same = addr_parse(bare, n, &a) && a.family == t->addr.family &&
			memcmp(a.b, t->addr.b, sizeof a.b) == 0;
	else
		same = n == strlen(t->host) && strncasecmp(bare, t->host, n) == 0;
out:
	curl_free(host);
	curl_free(port);
	return same;
}

/* An entry for CURLOPT_RESOLVE, "host:port:address,address", so that curl does not look the name
 * up. */
static struct curl_slist *pin(const struct guarded_url *t, const struct resolver_answer *known)
{
	char text[GUARDED_HOST + 16 + RESOLVER_MAX * (ADDR_TEXT + 3)], one[ADDR_TEXT];
	int n = snprintf(text, sizeof text, "%s:%u:", t->host, (unsigned)t->port);

	assert(known->n <= RESOLVER_MAX);
	for (size_t i = 0; i < known->n; i++) {
		addr_print(&known->list[i], one);
		n += snprintf(text + n, sizeof text - (size_t)n,
			known->list[i].family == 6 ? "%s[%s]" : "%s%s", i ? "," : "", one);
	}
	return oom_check(curl_slist_append(NULL, text));
}

bool http_transfer_begin(struct http_transfer *s, CURLM *multi, struct http_request *p,
	const struct resolver_answer *known)
{
	struct guarded_url t;
	int64_t left = p->budget_ms - (clock_mono_ns() - p->began_ns) / 1000000;

	s->post = p;
	s->blocked = url_guard_parse(p->url, strlen(p->url), &t) || t.literal != !known ||
		!same_reading(s, &t);
	s->header_bytes = s->body_bytes = 0;
	curl_slist_free_all(s->pin);
	s->pin = NULL;
	if (!s->blocked && left > 0) {
		s->tls = t.tls;
		s->pin = known ? pin(&t, known) : NULL;
		curl_easy_setopt(s->easy, CURLOPT_CURLU, s->url);
		curl_easy_setopt(s->easy, CURLOPT_RESOLVE, s->pin);
		curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, p->headers);
		curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, p->body);
		curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body_n);
		curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, (long)left);
		if (curl_multi_add_handle(multi, s->easy) == CURLM_OK)
			return true;
	}
	enum post_error error = left > 0 ? ERROR_UNREACHABLE : ERROR_TIMEOUT;
	if (s->blocked)
		error = ERROR_BLOCKED;
	http_request_fail(p, error);
	s->post = NULL;
	return false;
}

/* ---- results ---- */

static enum post_error connect_error(const struct http_transfer *s)
{
	long number = 0;

	if (s->blocked)
		return ERROR_BLOCKED;
	curl_easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &number);
	if (number == ECONNREFUSED)
		return ERROR_REFUSED;
	if (number == ETIMEDOUT)
		return ERROR_CONNECT_TIMEOUT;
	return ERROR_UNREACHABLE;
}

static enum post_error timeout_error(const struct http_transfer *s)
{
	/* curl's connect timeout covers the TLS handshake as well: a local port means that TCP is
	 * connected */
	long port = 0;

	curl_easy_getinfo(s->easy, CURLINFO_LOCAL_PORT, &port);
	if (port > 0)
		return ERROR_TIMEOUT;
	return ERROR_CONNECT_TIMEOUT;
}

/* The error of a transfer without a final response. */
static enum post_error transfer_error(const struct http_transfer *s, CURLcode code)
{
	long number = 0;

	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return connect_error(s);
	case CURLE_ABORTED_BY_CALLBACK:
		if (s->blocked)
			return ERROR_BLOCKED;
		return ERROR_BAD_RESPONSE;
	case CURLE_OPERATION_TIMEDOUT:
		return timeout_error(s);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return ERROR_TLS;
	case CURLE_GOT_NOTHING:
		return ERROR_EMPTY;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		curl_easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &number);
		if (s->header_bytes > 0 || number == 0)
			return ERROR_BAD_RESPONSE;
		return ERROR_RESET;
	default:
		if (s->blocked)
			return ERROR_BLOCKED;
		return ERROR_BAD_RESPONSE;
	}
}

void http_transfer_end(struct http_transfer *s, CURLM *multi, CURLcode code)
{
	struct http_request *p = s->post;
	long status = 0;

	assert(p != NULL);

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(multi, s->easy);
	p->ms = (clock_mono_ns() - p->began_ns) / 1000000;
	if (!http_response_status(p, status)) /* no response, or only an interim one (1xx) */
		p->error = http_errors[transfer_error(s, code)];
	s->post = NULL;
}
