/* session: dashboard sessions: the cookie, its lookup, and CSRF protection. */
#ifndef TG_ACCESS_SESSION_H
#define TG_ACCESS_SESSION_H

#include "common/http/request.h"

/* Length of a session token and of a CSRF token. */
#define SESSION_TOKEN 43 /* characters of base62: 256 random bits */

struct principal;

/* The token of the request's session cookie, in the arena; only its form is checked. "" when it is
 * malformed or was sent twice; NULL when there is no cookie. Over https the cookie's name has the
 * prefix __Host-, so that browsers accept it from this host over https only (RFC 6265bis section
 * 4.1.3.2). */
const char *session_token(const struct req *r);
/* Adds a Set-Cookie header with this token; NULL deletes the cookie. */
void session_cookie(struct req *r, const char *token);

/* A further cookie, whose name has the same prefix over https: its value in the arena, NULL when
 * there is none or more than one; and a Set-Cookie header for it. */
const char *session_cookie_read(const struct req *r, const char *name);
void session_cookie_write(struct req *r, const char *name, const char *value, int64_t age_s);

/* Derived from the token by keyed hashes: the hash that the database stores, and the CSRF token
 * that the browser must send with every write. The token itself is stored nowhere. */
void session_hash(const struct config *c, const char *token, uint8_t out[32]);
void session_csrf(const struct config *c, const char *token, char out[SESSION_TOKEN + 1]);

/* Reads the session with this hash and its user into `p`. ERR_UNAUTHORIZED when there is none;
 * whether it has expired is for session_expired. */
NODISCARD enum err session_find(struct req *r, const uint8_t hash[32], struct principal *p);
/* Whether the session has reached its lifetime or its idle timeout at `now` (ms). */
bool session_expired(const struct config *c, const struct principal *p, int64_t now);

/* Sets the rights of a user with this role: all scopes for "owner", the read scopes otherwise. */
void session_set_role(struct principal *p, const char *role);
const char *session_role(const struct principal *p); /* the role that was set */

/* Sets last_seen_at of the caller's session, without waiting for locks. */
NODISCARD enum err session_touch(struct req *r);

extern const char *const session_roles[]; /* owner, viewer, door; ends with NULL */
extern const struct statement *const session_statements[]; /* ends with NULL */

#endif
