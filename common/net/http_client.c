/* http_client: sends bytes to URLs that strangers chose: guarded, bounded, many at once. */
#include "common/net/http_client.h"

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/net/resolver.h"
#include "common/net/http_transfer.h"
#include "common/net/url_guard.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUP_MS 4000
#define NAME_KEPT_MAX_S 30
#define NAME_KEPT_MIN_S 1
#define NAMES 1024 /* buckets */

/* A host name, and what is known of it. Posts that wait for the same name share one lookup. */
struct name {
	struct name *next, *asking; /* of the bucket; of those being looked up */
	char host[TARGET_HOST];
	struct lookup *lookup; /* NULL: nobody is asked right now */
	int64_t until_ns; /* of the lookup, or of the answer */
	struct lookup_answer answer;
	struct post *waiting;
	struct pollfd *fds; /* what the lookup waits for, this turn */
	size_t n_fds;
};

struct poster {
	const struct conf *conf;
	CURLM *multi;
	struct name *names[NAMES], *asking;
	struct slot *all, *idle;
	struct pollfd *fds;
	struct curl_waitfd *extra;
	struct post *done, **done_end;
	size_t flying, most;
};

struct poster *poster_new(const struct conf *c, size_t most)
{
	static bool ready;
	struct poster *s;

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	ready = true;
	s = must(calloc(1, sizeof *s));
	s->conf = c;
	s->most = most;
	s->done_end = &s->done;
	s->multi = curl_multi_init();
	if (!s->multi) {
		free(s);
		return NULL;
	}
	s->fds = must(calloc(most * LOOKUP_FDS, sizeof *s->fds));
	s->extra = must(calloc(most * LOOKUP_FDS, sizeof *s->extra));
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)most);
	return s;
}

size_t poster_flying(const struct poster *s)
{
	return s->flying;
}

static void finish(struct poster *s, struct post *p)
{
	p->next = NULL;
	*s->done_end = p;
	s->done_end = &p->next;
	s->flying--;
}

/* ---- names ---- */

static struct name *name_of(struct poster *s, const char *host)
{
	size_t hash = 5381;

	for (const char *c = host; *c; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	struct name **at = &s->names[hash % NAMES];
	while (*at && strcmp((*at)->host, host) != 0)
		at = &(*at)->next;
	if (!*at) {
		*at = must(calloc(1, sizeof **at));
		memcpy((*at)->host, host, strlen(host) + 1);
	}
	return *at;
}

static void begin_transfer(struct poster *s, struct post *p, const struct lookup_answer *known)
{
	struct slot *slot = s->idle;

	if (slot)
		s->idle = slot->next;
	else
		slot = slot_new(&s->all, s->conf);
	if (slot_begin(slot, s->multi, p, known))
		return;
	slot->next = s->idle;
	s->idle = slot;
	finish(s, p);
}

/* The name's answer, for everybody who waits for it. */
static void told(struct poster *s, struct name *n)
{
	struct post *p = n->waiting;
	int64_t now = clock_mono_ns(),
		kept = n->answer.ttl < NAME_KEPT_MIN_S || n->answer.n == 0 ? NAME_KEPT_MIN_S
									   : n->answer.ttl;

	n->until_ns = now + (kept < NAME_KEPT_MAX_S ? kept : NAME_KEPT_MAX_S) * INT64_C(1000000000);
	n->waiting = NULL;
	while (p) {
		struct post *next = p->next;

		if (n->answer.n > 0) {
			begin_transfer(s, p, &n->answer);
		} else {
			post_fail(p, n->answer.blocked ? ERROR_BLOCKED : ERROR_DNS);
			finish(s, p);
		}
		p = next;
	}
}

static void ask(struct poster *s, struct name *n)
{
	n->answer = (struct lookup_answer){.done = false};
	n->until_ns = clock_mono_ns() + LOOKUP_MS * INT64_C(1000000);
	n->lookup = lookup_start(n->host);
	n->asking = s->asking;
	s->asking = n;
}

void poster_start(struct poster *s, struct post *p)
{
	struct target t;
	struct name *n;

	p->started_at = clock_now();
	p->began_ns = clock_mono_ns();
	s->flying++;
	if (target_read(p->url, strlen(p->url), &t)) {
		post_fail(p, ERROR_BLOCKED);
		finish(s, p);
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
		ask(s, n);
}

/* Ends the lookups that are answered or late. */
static void harvest_names(struct poster *s)
{
	int64_t now = clock_mono_ns();

	for (struct name **at = &s->asking; *at;) {
		struct name *n = *at;

		if (n->lookup && !lookup_answer(n->lookup)->done && now < n->until_ns) {
			at = &n->asking;
			continue;
		}
		if (n->lookup)
			n->answer = *lookup_answer(n->lookup);
		n->answer.done = true;
		lookup_end(n->lookup);
		n->lookup = NULL;
		*at = n->asking;
		told(s, n); /* starts transfers only: the list stays as it is */
	}
}

/* ---- waiting ---- */

static void harvest(struct poster *s)
{
	CURLMsg *m;
	int left;

	harvest_names(s);
	curl_multi_perform(s->multi, &left);
	while ((m = curl_multi_info_read(s->multi, &left)) != NULL) {
		struct slot *slot = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &slot);
		struct post *p = slot->post;
		slot_end(slot, s->multi, m->data.result);
		slot->next = s->idle;
		s->idle = slot;
		finish(s, p);
	}
}

/* curl's sockets and the lookups', together. */
static void sleep_until(struct poster *s, int ms)
{
	size_t n = 0, room = s->most * LOOKUP_FDS;

	for (struct name *a = s->asking; a; a = a->asking) {
		a->fds = &s->fds[n];
		a->n_fds = a->lookup && n + LOOKUP_FDS <= room ? lookup_fds(a->lookup, a->fds, &ms)
							       : 0;
		n += a->n_fds;
	}
	for (size_t i = 0; i < n; i++)
		s->extra[i] = (struct curl_waitfd){.fd = s->fds[i].fd,
			.events = (short)((s->fds[i].events & POLLIN ? CURL_WAIT_POLLIN : 0) |
				(s->fds[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0))};
	curl_multi_poll(s->multi, s->extra, (unsigned)n, s->asking && ms > 100 ? 100 : ms, NULL);
	for (size_t i = 0; i < n; i++)
		s->fds[i].revents = (short)((s->extra[i].revents & CURL_WAIT_POLLIN ? POLLIN : 0) |
			(s->extra[i].revents & CURL_WAIT_POLLOUT ? POLLOUT : 0));
	for (struct name *a = s->asking; a; a = a->asking)
		if (a->lookup)
			lookup_work(a->lookup, a->fds, a->n_fds);
}

void poster_wait(struct poster *s, int ms)
{
	int64_t end = clock_mono_ns() + ms * INT64_C(1000000), left;

	harvest(s);
	while (!s->done && (left = end - clock_mono_ns()) > 0) {
		sleep_until(s, (int)((left + 999999) / 1000000));
		harvest(s);
	}
}

struct post *poster_done(struct poster *s)
{
	struct post *p = s->done;

	if (!p)
		return NULL;
	s->done = p->next;
	if (!s->done)
		s->done_end = &s->done;
	return p;
}

void poster_free(struct poster *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < NAMES; i++)
		for (struct name *n = s->names[i], *next; n; n = next) {
			next = n->next;
			lookup_end(n->lookup);
			free(n);
		}
	slots_free(s->all, s->multi);
	curl_multi_cleanup(s->multi);
	free(s->fds);
	free(s->extra);
	free(s);
}

void post_now(const struct conf *c, struct post *p)
{
	struct poster *s = poster_new(c, 1);

	if (!s) {
		post_fail(p, ERROR_RESET);
		return;
	}
	poster_start(s, p);
	while (!poster_done(s))
		poster_wait(s, 1000);
	poster_free(s);
}
