/* resolver: one host name to addresses that may be connected to, without waiting for it. */
#ifndef TG_NET_RESOLVER_H
#define TG_NET_RESOLVER_H

#include "common/text/cidr.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define RESOLVER_MAX 8 /* addresses kept; all of an answer are judged */
#define RESOLVER_FDS 16

/* A question to the name servers of /etc/resolv.conf (and /etc/hosts before them); no search
 * domains, no aliases. It has no time limit of its own that counts: whoever asks ends it. */
struct resolver;

struct resolver *resolver_start(const char *host); /* NULL: no resolver can be set up */
void resolver_end(struct resolver *l); /* at any time, at once */

/* What it waits for: fills up to RESOLVER_FDS and returns how many; `timeout_ms` is lowered to when
 * it wants to be worked on at the latest. */
size_t resolver_fds(struct resolver *l, struct pollfd *out, int *timeout_ms);
/* after poll; n 0: only what is late */
void resolver_work(struct resolver *l, const struct pollfd *fds, size_t n);

struct resolver_answer {
	bool done;
	bool blocked; /* an address among them may not be connected to: the whole name is refused */
	size_t n; /* 0 and not blocked: there is no such name, or nobody said */
	struct addr list[RESOLVER_MAX];
	int ttl; /* the shortest, seconds */
};
const struct resolver_answer *resolver_answer(const struct resolver *l);

#endif
