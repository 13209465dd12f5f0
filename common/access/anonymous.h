/* anonymous: anybody, without a key: known by the address, and by what the request is
 * about. */
#ifndef TG_ACCESS_ANONYMOUS_H
#define TG_ACCESS_ANONYMOUS_H

#include "common/access/auth.h"

/* The gate: for routes of SCOPE_VISITOR the principal, a visitor of the organization that the
 * route's `whose` finds; of none when it finds none. */
MUST enum err visitor_find(struct req *r);

/* Counts the request against the address, which may have `quota` of that kind a minute; ERR_RATE
 * past it. `what` they are: "requests". */
MUST enum err visitor_count(struct req *r, const char *kind, int64_t quota, const char *what);

/* A question of `whose`, before the request's transaction: asked again when the connection had died
 * while idle. */
MUST enum err visitor_ask(
	struct req *r, const struct statement *st, const struct params *p, struct rows *rows);

/* What retries of this visitor are told apart by from those of others: made of `what`, and of the
 * address unless `what` is a secret of the visitor. */
struct uuid visitor_name(const struct req *r, const void *what, size_t n, bool secret);

#endif
