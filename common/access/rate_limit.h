/* rate_limit: how often a caller or an address may ask. */
#ifndef TG_ACCESS_RATE_LIMIT_H
#define TG_ACCESS_RATE_LIMIT_H

#include "common/http/request.h"

#define RATE_MINUTE_NS INT64_C(60000000000)

/* Counts the request against its address, which may have `quota` of that kind within `window_ns`.
 * An IPv6 host owns its /64. */
struct quota rate_limit_address(struct req *r, const char *kind, int64_t quota, int64_t window_ns);
/* Counts the request against the address, which may have `quota` of that kind a minute; ERR_RATE
 * past it. `what` they are: "requests". */
NODISCARD enum err rate_limit_anonymous(
	struct req *r, const char *kind, int64_t quota, const char *what);

/* Gate: the quota of the key, the user, or the visitor's address; ERR_RATE past it. */
NODISCARD enum err rate_limit_principal(struct req *r);

#endif
