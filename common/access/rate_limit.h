/* rate_limit: rate limits of callers and client addresses (contract section 4). */
#ifndef TG_ACCESS_RATE_LIMIT_H
#define TG_ACCESS_RATE_LIMIT_H

#include "common/http/request.h"

/* The window of all limits that are stated per minute. */
#define RATE_MINUTE_NS INT64_C(60000000000)

/* Identifies a client address (IPv6: the /64) and a kind of limit in shared memory. */
uint64_t rate_limit_tag(const struct req *r, const char *kind);
/* The same for the site that the address belongs to: an IPv6 /48, of which one customer of a
 * provider may have all 65,536 /64s; for IPv4 the address itself. */
uint64_t rate_limit_site_tag(const struct req *r, const char *kind);
/* How much more a site may do than an address. */
#define RATE_SITE_FACTOR 4
/* Counts the request against its client address (IPv6: the /64), which may make `quota` requests of
 * this `kind` (a label of at most 15 characters) within `window_ns`. The result says whether it is
 * admitted, and what remains. */
struct quota rate_limit_address(struct req *r, const char *kind, int64_t quota, int64_t window_ns);
/* The same with a window of a minute, and for the address's site RATE_SITE_FACTOR times as many;
 * ERR_RATE with Retry-After above the limit. `what` names the counted things in the message:
 * "requests". */
NODISCARD enum err rate_limit_anonymous(
	struct req *r, const char *kind, int64_t quota, const char *what);

/* Claims an amount for a tag: other requests on this node know of it before the database shows what
 * this one takes, and until rate_limit_claims_end(). Returns what others have claimed before;
 * *here: how much of it requests of this process. */
int64_t rate_limit_claim(const struct req *r, uint64_t tag, int64_t amount, int64_t *here);
/* Ends the request's claims: what it took can be read, or it took nothing. */
void rate_limit_claims_end(const struct req *r);

/* The window of the limits of sign-ins. */
#define RATE_SIGN_IN_NS INT64_C(900000000000)
/* Counts an attempt to sign in against the client address (signin_address), and above that limit,
 * with ROUTE_KNOWN_BROWSER, against the browser; ERR_RATE with Retry-After above both. */
NODISCARD enum err rate_limit_sign_in(struct req *r);
/* The error of an attempt to sign in that the quota does not admit. */
NODISCARD enum err rate_limit_sign_in_reject(struct req *r, const struct quota *q);

/* Gate: counts the request against its key or user, or on public routes against the address;
 * what anyone may send to a route without authentication counts as an attempt to sign in.
 * ERR_RATE with Retry-After above the limit. Sets r->rate. */
NODISCARD enum err rate_limit_principal(struct req *r);
/* A visitor's request ended in 304: counts it as a tenth. A page that polls asks for little. */
void rate_limit_unchanged(struct req *r);

#endif
