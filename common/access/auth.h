/* auth: authenticates a request by API key or session, and checks its rights. */
#ifndef TG_ACCESS_AUTH_H
#define TG_ACCESS_AUTH_H

#include "common/http/request.h"

/* The gates, in their order. Each returns OK or the error that ends the request, with message and
 * hint set.
 * - auth_key: sets r->who (and r->session) from the header api-key or the session cookie;
 * ERR_UNAUTHORIZED, or ERR_RATE after too many failures from one address.
 * - auth_csrf: a session's writes must carry the X-CSRF-Token; ERR_FORBIDDEN.
 * - auth_allowlist: the client's address must be on the key's allowlist; ERR_FORBIDDEN.
 * - auth_scope: the principal must have the route's scope; ERR_SCOPE or ERR_FORBIDDEN. */
NODISCARD enum err auth_key(struct req *r);
NODISCARD enum err auth_csrf(struct req *r);
NODISCARD enum err auth_allowlist(struct req *r);
NODISCARD enum err auth_scope(struct req *r);

/* Invalidates the cached callers of this node that the request has changed: r->forget_keys and
 * r->forget_session. Call it after COMMIT and before the response is sent. */
void auth_forget(struct req *r);

/* Updates lastUsedAt of the key or last_seen_at of the session. Runs after the response was sent,
 * at most once a minute for each caller, without waiting for locks; failures are only logged. */
void auth_touch(struct req *r);

extern const struct statement *const auth_statements[]; /* ends with NULL */

#endif
