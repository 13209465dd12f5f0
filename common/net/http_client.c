/* http_client: an HTTP client for untrusted URLs: many requests at once, guarded and bounded. */
#include "common/net/http_client.h"

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/net/resolver.h"
#include "common/net/http_transfer.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define LOOKUP_MS 4000 /* timeout of a DNS lookup */
#define NAME_KEPT_MAX_S 30 /* bounds on how long an answer is cached, whatever its TTL */
#define NAME_KEPT_MIN_S 1
#define NAMES 1024 /* hash buckets */

/* A host name and its cached answer. Requests that wait for the same name share one lookup. */
struct name {
	struct name *next, *asking; /* next in the bucket; next of those being looked up */
	char host[GUARDED_HOST];
	struct resolver *lookup; /* NULL: no lookup in progress */
	int64_t until_ns; /* end of the lookup, or of the answer's validity */
	struct resolver_answer answer;
	struct http_request *waiting;
	struct pollfd *fds; /* the lookup's sockets in the current poll */
	size_t n_fds;
};

struct http_client {
	const struct config *conf;
	CURLM *multi;
	struct name *names[NAMES], *asking;
	struct http_transfer *all, *idle; /* every transfer; those that can be reused */
	struct pollfd *fds; /* of all lookups, most * RESOLVER_FDS */
	struct curl_waitfd *extra; /* the same for curl */
	struct http_request *done, **done_end; /* finished, oldest first */
	size_t flying, most; /* requests started and not finished; their maximum */
};

struct http_client *http_client_new(const struct config *c, size_t most)
{
	static bool ready;
	struct http_client *s;

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	ready = true;
	s = oom_check(calloc(1, sizeof *s));
	s->conf = c;
	s->most = most;
	s->done_end = &s->done;
	s->multi = curl_multi_init();
	if (!s->multi) {
		free(s);
		return NULL;
	}
	s->fds = oom_check(calloc(most * RESOLVER_FDS, sizeof *s->fds));
	s->extra = oom_check(calloc(most * RESOLVER_FDS, sizeof *s->extra));
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)most);
	return s;
}

size_t http_client_in_flight(const struct http_client *s)
{
	return s->flying;
}

static void http_finish(struct http_client *s, struct http_request *p)
{
	p->next = NULL;
	*s->done_end = p;
	s->done_end = &p->next;
	assert(s->flying > 0);
	s->flying--;
}

/* ---- names ---- */

/* The entry of a host name, created when new. Entries are kept: their number is bounded by the
 * number of endpoints. */
static struct name *name_of(struct http_client *s, const char *host)
{
	size_t hash = 5381;

	for (const char *c = host; *c; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	struct name **at = &s->names[hash % NAMES];
	while (*at && strcmp((*at)->host, host) != 0)
		at = &(*at)->next;
	if (!*at) {
		*at = oom_check(calloc(1, sizeof **at));
		memcpy((*at)->host, host, strlen(host) + 1);
	}
	return *at;
}

static void begin_transfer(
	struct http_client *s, struct http_request *p, const struct resolver_answer *known)
{
	struct http_transfer *slot = s->idle;

	if (slot)
		s->idle = slot->next;
	else
		slot = http_transfer_new(&s->all, s->conf);
	if (http_transfer_begin(slot, s->multi, p, known))
		return;
	slot->next = s->idle;
	s->idle = slot;
	http_finish(s, p);
}

/* Starts, or fails, all requests that wait for the name's answer. */
static void told(struct http_client *s, struct name *n)
{
	struct http_request *p = n->waiting;
	int64_t now = clock_mono_ns(),
		kept = n->answer.ttl < NAME_KEPT_MIN_S || n->answer.n == 0 ? NAME_KEPT_MIN_S
									   : n->answer.ttl;

	n->until_ns = now + (MIN(kept, NAME_KEPT_MAX_S)) * INT64_C(1000000000);
	n->waiting = NULL;
	while (p) {
		struct http_request *next = p->next;

		if (n->answer.n > 0) {
			begin_transfer(s, p, &n->answer);
		} else {
			http_request_fail(p, n->answer.blocked ? ERROR_BLOCKED : ERROR_DNS);
			http_finish(s, p);
		}
		p = next;
	}
}

static void http_query(struct http_client *s, struct name *n)
{
	n->answer = (struct resolver_answer){.done = false};
	n->until_ns = clock_mono_ns() + LOOKUP_MS * INT64_C(1000000);
	n->lookup = resolver_start(n->host);
	n->asking = s->asking;
	s->asking = n;
}

void http_client_start(struct http_client *s, struct http_request *p)
{
	struct guarded_url t;
	struct name *n;

	assert(s->flying < s->most);
	p->started_at = clock_now();
	p->began_ns = clock_mono_ns();
	s->flying++;
	if (url_guard_parse(p->url, strlen(p->url), &t)) {
		http_request_fail(p, ERROR_BLOCKED);
		http_finish(s, p);
		return;
	}
	if (t.literal) {
		begin_transfer(s, p, NULL);
		return;
	}
	n = name_of(s, t.host);
	p->next = n->waiting;
	n->waiting = p;
	if (n->lookup)
		return;
	if (n->answer.done && clock_mono_ns() < n->until_ns)
		told(s, n);
	else
		http_query(s, n);
}

/* Ends the lookups that are answered or timed out. */
static void harvest_names(struct http_client *s)
{
	int64_t now = clock_mono_ns();

	for (struct name **at = &s->asking; *at;) {
		struct name *n = *at;

		if (n->lookup && !resolver_answer(n->lookup)->done && now < n->until_ns) {
			at = &n->asking;
			continue;
		}
		if (n->lookup)
			n->answer = *resolver_answer(n->lookup);
		n->answer.done = true;
		resolver_end(n->lookup);
		n->lookup = NULL;
		*at = n->asking;
		told(s, n); /* starts transfers only and does not change the list */
	}
}

/* ---- waiting ---- */

/* Collects finished lookups and transfers. */
static void harvest(struct http_client *s)
{
	CURLMsg *m;
	int left;

	harvest_names(s);
	curl_multi_perform(s->multi, &left);
	while ((m = curl_multi_info_read(s->multi, &left)) != NULL) {
		struct http_transfer *slot = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &slot);
		struct http_request *p = slot->post;
		http_transfer_end(slot, s->multi, m->data.result);
		slot->next = s->idle;
		s->idle = slot;
		http_finish(s, p);
	}
}

static short curl_events(short poll)
{
	short events = 0;
	if (poll & POLLIN)
		events |= CURL_WAIT_POLLIN;
	if (poll & POLLOUT)
		events |= CURL_WAIT_POLLOUT;
	return events;
}

static short poll_events(short curl)
{
	short events = 0;
	if (curl & CURL_WAIT_POLLIN)
		events |= POLLIN;
	if (curl & CURL_WAIT_POLLOUT)
		events |= POLLOUT;
	return events;
}

/* Polls curl's sockets and those of the lookups together. */
static void sleep_until(struct http_client *s, int ms)
{
	size_t n = 0, room = s->most * RESOLVER_FDS;

	for (struct name *a = s->asking; a; a = a->asking) {
		a->fds = &s->fds[n];
		a->n_fds = a->lookup && n + RESOLVER_FDS <= room
			? resolver_fds(a->lookup, a->fds, &ms)
			: 0;
		n += a->n_fds;
	}
	for (size_t i = 0; i < n; i++)
		s->extra[i] = (struct curl_waitfd){
			.fd = s->fds[i].fd, .events = curl_events(s->fds[i].events)};
	curl_multi_poll(s->multi, s->extra, (unsigned)n, s->asking ? MIN(ms, 100) : ms, NULL);
	for (size_t i = 0; i < n; i++)
		s->fds[i].revents = poll_events(s->extra[i].revents);
	for (struct name *a = s->asking; a; a = a->asking)
		if (a->lookup)
			resolver_work(a->lookup, a->fds, a->n_fds);
}

void http_client_wait(struct http_client *s, int ms)
{
	int64_t end = clock_mono_ns() + ms * INT64_C(1000000), left;

	harvest(s);
	while (!s->done && (left = end - clock_mono_ns()) > 0) {
		sleep_until(s, (int)((left + 999999) / 1000000));
		harvest(s);
	}
}

struct http_request *http_client_finished(struct http_client *s)
{
	struct http_request *p = s->done;

	if (!p)
		return NULL;
	s->done = p->next;
	if (!s->done)
		s->done_end = &s->done;
	return p;
}

void http_client_free(struct http_client *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < NAMES; i++)
		for (struct name *n = s->names[i], *next; n; n = next) {
			next = n->next;
			resolver_end(n->lookup);
			free(n);
		}
	http_transfers_free(s->all, s->multi);
	curl_multi_cleanup(s->multi);
	free(s->fds);
	free(s->extra);
	free(s);
}

void http_client_send_one(const struct config *c, struct http_request *p)
{
	struct http_client *s = http_client_new(c, 1);

	if (!s) {
		http_request_fail(p, ERROR_RESET);
		return;
	}
	http_client_start(s, p);
	while (!http_client_finished(s))
		http_client_wait(s, 1000);
	http_client_free(s);
}
