/* anonymous: anybody, without a key: known by the address, and by what the request is
 * about. */
#ifndef TG_ACCESS_ANONYMOUS_H
#define TG_ACCESS_ANONYMOUS_H

#include "common/http/request.h"

/* The gate: for routes of SCOPE_PUBLIC the principal, a visitor of the organization that the
 * route's `whose` finds; of none when it finds none. */
NODISCARD enum err anonymous_identify(struct req *r);

/* A question of `whose`, before the request's transaction: asked again when the connection had died
 * while idle. */
NODISCARD enum err anonymous_query(
	struct req *r, const struct statement *st, const struct params *p, struct rows *rows);

/* What retries of this visitor are told apart by from those of others: made of `what`, and of the
 * address unless `what` is a secret of the visitor. */
struct uuid anonymous_id(const struct req *r, const void *what, size_t n, bool secret);

#endif
