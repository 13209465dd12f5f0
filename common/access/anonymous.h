/* anonymous: the principal of requests to public routes, which need no key. */
#ifndef TG_ACCESS_ANONYMOUS_H
#define TG_ACCESS_ANONYMOUS_H

#include "common/http/request.h"

/* Gate: for SCOPE_PUBLIC routes sets r->who to an anonymous principal, whose organization is set by
 * the route's resolve_tenant; without an organization when it finds none. */
NODISCARD enum err anonymous_identify(struct req *r);

/* Runs a read for resolve_tenant, before the request's transaction; repeats it once when the
 * connection had been lost while idle. */
NODISCARD enum err anonymous_query(
	struct req *r, const struct statement *st, const struct params *p, struct rows *rows);

/* A principal id that scopes the Idempotency-Keys of this visitor: a MAC over n bytes of `what` (at
 * most 64 are used), and over the client's address unless `what` is a secret of the visitor. */
struct uuid anonymous_id(const struct req *r, const void *what, size_t n, bool secret);

#endif
