/* resolver: one host name to addresses that may be connected to, without waiting for it. */
#ifndef TG_NET_RESOLVER_H
#define TG_NET_RESOLVER_H

#include "common/text/cidr.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define LOOKUP_MAX 8 /* addresses kept; all of an answer are judged */
#define LOOKUP_FDS 16

/* A question to the name servers of /etc/resolv.conf (and /etc/hosts before them); no search
 * domains, no aliases. It has no time limit of its own that counts: whoever asks ends it. */
struct lookup;

struct lookup *lookup_start(const char *host); /* NULL: no resolver can be set up */
void lookup_end(struct lookup *l); /* at any time, at once */

/* What it waits for: fills up to LOOKUP_FDS and returns how many; `timeout_ms` is lowered to when
 * it wants to be worked on at the latest. */
size_t lookup_fds(struct lookup *l, struct pollfd *out, int *timeout_ms);
/* after poll; n 0: only what is late */
void lookup_work(struct lookup *l, const struct pollfd *fds, size_t n);

struct lookup_answer {
	bool done;
	bool blocked; /* an address among them may not be connected to: the whole name is refused */
	size_t n; /* 0 and not blocked: there is no such name, or nobody said */
	struct addr list[LOOKUP_MAX];
	int ttl; /* the shortest, seconds */
};
const struct lookup_answer *lookup_answer(const struct lookup *l);

#endif
