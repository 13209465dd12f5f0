/* resolver: asynchronous DNS lookups, with every address checked by url_guard. */
#ifndef TG_NET_RESOLVER_H
#define TG_NET_RESOLVER_H

#include "common/text/cidr.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define RESOLVER_MAX 8 /* addresses kept; all of an answer are checked */
#define RESOLVER_FDS 16 /* sockets of a lookup */

/* A lookup of /etc/hosts and the name servers in /etc/resolv.conf, without search domains and
 * aliases. The caller must end it after its own timeout. */
struct resolver;

struct resolver *resolver_start(const char *host); /* NULL: c-ares cannot be initialized */
void resolver_end(struct resolver *l); /* frees it, finished or not; NULL is allowed */

/* The sockets to poll: fills up to RESOLVER_FDS and returns their number; *timeout_ms is lowered to
 * when resolver_work() must be called at the latest. */
size_t resolver_fds(struct resolver *l, struct pollfd *out, int *timeout_ms);
/* Must be called after poll(2); with n 0 only timeouts are handled. */
void resolver_work(struct resolver *l, const struct pollfd *fds, size_t n);

struct resolver_answer {
	bool done;
	bool blocked; /* at least one address is not allowed, so the whole name is refused */
	size_t n; /* 0 and not blocked: the name does not exist, or the lookup failed */
	struct addr list[RESOLVER_MAX];
	int ttl; /* the shortest one, in seconds */
};
/* The answer so far; valid until resolver_end(). */
const struct resolver_answer *resolver_answer(const struct resolver *l);

#endif
