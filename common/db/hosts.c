/* hosts: the list in db_host, and which of its hosts is in use. */
#include "common/db/hosts.h"

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/text.h"

#include <assert.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOSTS_MAX 16 /* further ones are ignored */
#define SECOND INT64_C(1000000000) /* in ns */
#define FAILED_NS (30 * SECOND) /* for which a failed host is passed over */
#define LOOK_NS SECOND /* between two looks for a preferred host */
#define PROBE_NS (5 * SECOND) /* between two probes of a host, of all processes */
#define GREETING_NS (2 * SECOND) /* for which a probe waits */
#define MARK_TAG "db host " /* of shm_mark() */
#define PROBE_TAG "db probe "

struct hosts {
	const struct config *conf;
	struct shm *shm; /* NULL: not shared */
	size_t n;
	struct host list[HOSTS_MAX];
	int64_t failed_until[HOSTS_MAX]; /* clock_mono_ns() */
	size_t order[HOSTS_MAX]; /* of the attempts, set by the first one */
	int64_t look_ns; /* the next look for a preferred host */
	int probe; /* a connection to list[probed] without a greeting yet, or -1 */
	size_t probed;
	int64_t probe_until;
};

/* Splits "name", "name:port", "[::1]:port" or a bare IPv6 address. */
static void parse(struct host *host, const char *text, size_t n)
{
	char one[sizeof host->name + 16];
	snprintf(one, sizeof one, "%.*s", (int)n, text);
	char *colon = strrchr(one, ':'), *end = *one == '[' ? strchr(one, ']') : NULL;
	if (!end && colon && strchr(one, ':') != colon)
		colon = NULL;
	if (colon && (!end || colon > end)) {
		host->port = (unsigned)strtoul(colon + 1, NULL, 10);
		*colon = '\0';
	}
	if (end)
		*end = '\0';
	snprintf(host->name, sizeof host->name, "%s", end ? one + 1 : one);
}

struct hosts *hosts_new(const struct config *conf)
{
	struct hosts *h = oom_check(calloc(1, sizeof *h));
	const char *p = text_or(conf->db_host, "");
	h->conf = conf;
	h->probe = -1;
	while (*p && h->n < HOSTS_MAX) {
		p += strspn(p, ", \t");
		size_t n = strcspn(p, ", \t");
		if (n > 0)
			parse(&h->list[h->n++], p, n);
		p += n;
	}
	h->n += h->n == 0; /* the local socket */
	return h;
}

static void probe_end(struct hosts *h)
{
	if (h->probe >= 0)
		close(h->probe);
	h->probe = -1;
}

void hosts_free(struct hosts *h)
{
	probe_end(h);
	free(h);
}

void hosts_share(struct hosts *h, struct shm *shm)
{
	h->shm = shm;
}

size_t hosts_count(const struct hosts *h)
{
	return h->n;
}

/* ---- marks ---- */

static uint64_t tag_of(const char *kind, const struct host *host)
{
	uint64_t tag = hash_bytes(HASH_START, kind, strlen(kind));
	tag = hash_bytes(tag, host->name, strlen(host->name));
	return hash_bytes(tag, &host->port, sizeof host->port) | 1;
}

static bool is_marked(const struct hosts *h, size_t i, int64_t now)
{
	if (h->shm && shm_shared(h->shm))
		return shm_marked(h->shm, tag_of(MARK_TAG, &h->list[i]), now);
	return h->failed_until[i] > now;
}

static void mark(struct hosts *h, size_t i, int64_t until, int64_t now)
{
	h->failed_until[i] = until;
	if (h->shm)
		shm_mark(h->shm, tag_of(MARK_TAG, &h->list[i]), until, now);
}

static size_t index_of(const struct hosts *h, const struct host *host)
{
	assert(host >= h->list && host < h->list + h->n);
	return (size_t)(host - h->list);
}

void hosts_failed(struct hosts *h, const struct host *host)
{
	int64_t now = clock_mono_ns();
	if (h->n > 1)
		mark(h, index_of(h, host), now + FAILED_NS, now);
}

void hosts_works(struct hosts *h, const struct host *host)
{
	int64_t now = clock_mono_ns();
	size_t i = index_of(h, host);
	if (h->n > 1 && is_marked(h, i, now))
		mark(h, i, now - 1, now);
}

const struct host *hosts_pick(struct hosts *h, size_t attempt)
{
	if (attempt == 0) {
		int64_t now = clock_mono_ns();
		size_t n = 0;
		for (int failed = 0; failed < 2; failed++)
			for (size_t i = 0; i < h->n; i++)
				if ((h->n > 1 && is_marked(h, i, now)) == failed)
					h->order[n++] = i;
		assert(n == h->n || h->shm); /* another process may set a mark between */
		while (n < h->n)
			h->order[n++] = 0;
	}
	return attempt < h->n ? &h->list[h->order[attempt]] : NULL;
}

/* ---- looking whether a failed host answers ---- */

/* Begins to connect; the server speaks first (MariaDB Client/Server Protocol: connection phase). */
static void probe_begin(struct hosts *h, size_t i, int64_t now)
{
	struct addrinfo *found = NULL,
			hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	char port[8];
	snprintf(port, sizeof port, "%u", h->list[i].port ? h->list[i].port : 3306);
	if (getaddrinfo(h->list[i].name, port, &hints, &found) != 0)
		return;
	h->probe = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (h->probe >= 0)
		(void)!connect(h->probe, found->ai_addr, found->ai_addrlen); /* poll(2) tells */
	freeaddrinfo(found);
	h->probed = i;
	h->probe_until = now + GREETING_NS;
}

/* Whether the probed host has said something; ends the probe unless it may still do so. */
static bool probe_answered(struct hosts *h, int64_t now)
{
	struct pollfd p = {.fd = h->probe, .events = POLLIN};
	char first;
	if (poll(&p, 1, 0) == 0 && now < h->probe_until)
		return false;
	bool answered = recv(h->probe, &first, 1, 0) == 1;
	probe_end(h);
	if (!answered)
		mark(h, h->probed, now + FAILED_NS, now);
	return answered;
}

static bool may_probe(struct hosts *h, size_t i, int64_t now)
{
	return !h->shm || shm_once(h->shm, tag_of(PROBE_TAG, &h->list[i]), PROBE_NS, now);
}

const struct host *hosts_preferred(struct hosts *h, const struct host *current)
{
	size_t used = index_of(h, current);
	int64_t now = used == 0 ? 0 : clock_mono_ns();
	if (used == 0 || now < h->look_ns)
		return NULL;
	h->look_ns = now + LOOK_NS;
	if (h->probe >= 0)
		return probe_answered(h, now) && h->probed < used ? &h->list[h->probed] : NULL;
	for (size_t i = 0; i < used; i++) {
		if (!is_marked(h, i, now))
			return &h->list[i];
		if (may_probe(h, i, now)) {
			probe_begin(h, i, now);
			return NULL;
		}
	}
	return NULL;
}
