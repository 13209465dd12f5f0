/* session_start: signs a user in, once it is known who it is: the browser's old session ends, a new
 * one begins, and the response shows it. */
#ifndef TG_DASHBOARD_SESSION_START_H
#define TG_DASHBOARD_SESSION_START_H

#include "common/api/module.h"

/* The user of a row with id, orgId, email, role, orgName and orgSlug, as a principal that is valid
 * until the next call. */
struct principal *session_principal(const struct rows *rows);
/* Ends the session of the request's cookie, if any. */
NODISCARD enum err session_leave(struct req *r);
/* Ends all sessions of r->who. */
NODISCARD enum err session_end_all(struct req *r);
/* Stores the hash of a new password of r->who. */
NODISCARD enum err session_store_hash(struct req *r, const char *password);
/* Creates a session with a new random token for the authenticated user `p`, who becomes r->who, and
 * sets the cookie. */
NODISCARD enum err session_begin(struct req *r, struct principal *p, const char **token);
/* Responds with the session of `p` that has this token. */
NODISCARD enum err session_print(
	struct req *r, int status, const struct principal *p, const char *token);

extern const struct resource session_resource;
extern const struct module session_start_module; /* the statements of these functions */

#endif
