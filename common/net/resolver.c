/* resolver: asynchronous DNS lookups, with every address checked by url_guard. */
#include "common/net/resolver.h"

#include "common/base/arena.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <ares.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define TRY_MS 1500 /* timeout of the first try; c-ares doubles it for each further one */
#define RESOLVER_TRIES 2

struct resolver {
	ares_channel channel;
	struct resolver_answer answer;
};

/* Checks an address and keeps it if there is room. */
static void resolver_add_address(struct resolver_answer *out, const struct sockaddr *sa, int ttl)
{
	struct addr a;

	if (!addr_of(sa, &a) || !url_guard_address_allowed(&a)) {
		out->blocked = true;
		return;
	}
	if (out->n < RESOLVER_MAX)
		out->list[out->n++] = a;
	if (ttl < out->ttl)
		out->ttl = ttl;
	assert(out->n <= RESOLVER_MAX);
}

static void answered(void *ctx, int status, int timeouts, struct ares_addrinfo *info)
{
	struct resolver *l = ctx;

	(void)timeouts;
	l->answer.done = true;
	l->answer.ttl = 3600;
	for (const struct ares_addrinfo_node *n = status == ARES_SUCCESS && info ? info->nodes
										 : NULL;
		n; n = n->ai_next)
		resolver_add_address(&l->answer, n->ai_addr, n->ai_ttl);
	if (l->answer.blocked)
		l->answer.n = 0;
	if (info)
		ares_freeaddrinfo(info);
}

struct resolver *resolver_start(const char *host)
{
	static bool ready;
	struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TRY_MS,
		.tries = RESOLVER_TRIES};
	struct ares_addrinfo_hints hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NOSORT};
	struct resolver *l;

	if (!ready && ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return NULL;
	ready = true;
	l = oom_check(calloc(1, sizeof *l));
	if (ares_init_options(&l->channel, &options,
		    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
		free(l);
		return NULL;
	}
	ares_getaddrinfo(l->channel, host, NULL, &hints, answered, l);
	return l;
}

void resolver_end(struct resolver *l)
{
	if (!l)
		return;
	ares_destroy(l->channel);
	free(l);
}

size_t resolver_fds(struct resolver *l, struct pollfd *out, int *timeout_ms)
{
	ares_socket_t fds[ARES_GETSOCK_MAXNUM];
	unsigned mask = (unsigned)ares_getsock(l->channel, fds, ARES_GETSOCK_MAXNUM);
	struct timeval most = {.tv_sec = *timeout_ms / 1000, .tv_usec = *timeout_ms % 1000 * 1000},
		       tv;
	const struct timeval *wanted = ares_timeout(l->channel, &most, &tv);
	size_t n = 0;

	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM && n < RESOLVER_FDS; i++) {
		/* as the macros of ares.h do, which shift a signed 1 too far */
		bool readable = mask >> i & 1, writable = mask >> (i + ARES_GETSOCK_MAXNUM) & 1;
		short events = 0;

		if (readable)
			events |= POLLIN;
		if (writable)
			events |= POLLOUT;
		if (events)
			out[n++] = (struct pollfd){.fd = fds[i], .events = events};
	}
	assert(n <= RESOLVER_FDS);
	if (wanted)
		*timeout_ms = (int)(wanted->tv_sec * 1000 + (wanted->tv_usec + 999) / 1000);
	return n;
}

void resolver_work(struct resolver *l, const struct pollfd *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ares_process_fd(l->channel,
			fds[i].revents & (POLLIN | POLLERR | POLLHUP) ? fds[i].fd : ARES_SOCKET_BAD,
			fds[i].revents & (POLLOUT | POLLERR | POLLHUP) ? fds[i].fd
								       : ARES_SOCKET_BAD);
	if (n == 0)
		ares_process_fd(l->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

const struct resolver_answer *resolver_answer(const struct resolver *l)
{
	return &l->answer;
}
