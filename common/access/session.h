/* session: who is signed in to the dashboard: the cookie, whose it is, and what keeps
 * other sites from using it. */
#ifndef TG_ACCESS_SESSION_H
#define TG_ACCESS_SESSION_H

#include "common/http/request.h"

#define SESSION_TOKEN 43 /* characters of base62: 256 random bits */

struct principal;

/* The token in the request's cookie, checked for its shape only; "" when what came is no token or
   came twice; NULL when none came. Requests by https have a cookie of another name than those by
   http, one that browsers take from nobody but this very host by https (RFC 6265bis
   section 4.1.3.2). */
const char *session_token(const struct req *r);
/* The answer sets the cookie; NULL takes it away. */
void session_cookie(struct req *r, const char *token);

/* What the database knows a token by, and what the browser must send along with everything that
 * changes something: both of the token, so neither is stored nor guessed. */
void session_hash(const struct config *c, const char *token, uint8_t out[32]);
void session_csrf(const struct config *c, const char *token, char out[SESSION_TOKEN + 1]);

/* Whose session it is. ERR_UNAUTHORIZED when it is nobody's or over. */
NODISCARD enum err session_find(struct req *r, const uint8_t hash[32], struct principal *p);
bool session_expired(const struct config *c, const struct principal *p, int64_t now);

/* A user of `role`: what the principal may do. */
void session_set_role(struct principal *p, const char *role);

/* last_seen_at of the caller's session, when that is some time ago. */
NODISCARD enum err session_touch(struct req *r);

extern const struct statement *const session_statements[]; /* ends with NULL */

#endif
