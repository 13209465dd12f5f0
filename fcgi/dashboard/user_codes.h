/* user_codes: one-time codes of links, by which invited people, doors and those who have lost their
 * password come in. */
#ifndef TG_DASHBOARD_USER_CODES_H
#define TG_DASHBOARD_USER_CODES_H

#include "common/api/module.h"

enum user_code_purpose { CODE_INVITATION, CODE_PASSWORD_RESET, CODE_DOOR };

#define USER_CODE_MAX 100 /* characters of what may be sent as a code */

/* Creates the code of a user of the caller's organization, instead of those that it has. Returns it
 * in the arena; it is valid for life_ms. */
NODISCARD enum err user_code_create(struct req *r, struct uuid user, enum user_code_purpose purpose,
	int64_t life_ms, const char **code);

/* Reads the user of a valid code into `user`, for session_principal(), and uses the code up: of two
 * callers one gets it, and the other one ERR_UNAUTHORIZED, as with a code that is unknown, expired
 * or of another kind: `door` is whether it must be that of a door. Makes the user r->who. */
NODISCARD enum err user_code_use(struct req *r, const char *code, bool door, struct rows *user);

extern const struct module user_codes_module; /* the statements of these functions */

#endif
