/* auth: who is calling: a key or a signed-in user, remembered for a moment, and what they
 * may do. */
#ifndef TG_ACCESS_AUTH_H
#define TG_ACCESS_AUTH_H

#include "common/http/request.h"

/* The gates, in their order. Each answers OK or how the request ends. */
NODISCARD enum err auth_key(struct req *r);
NODISCARD enum err auth_csrf(struct req *r);
NODISCARD enum err auth_allowlist(struct req *r);
NODISCARD enum err auth_scope(struct req *r);

/* After the reply: lastUsedAt, at most once a minute, never waiting for a lock, never failing
 * anything. */
void auth_touch(struct req *r);

extern const struct statement *const auth_statements[]; /* ends with NULL */

#endif
