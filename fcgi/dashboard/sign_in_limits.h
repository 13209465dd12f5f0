/* sign_in_limits: how often a password may be tried. */
#ifndef TG_DASHBOARD_SIGN_IN_LIMITS_H
#define TG_DASHBOARD_SIGN_IN_LIMITS_H

#include "common/http/request.h"

/* An attempt to sign in, counted before the account is looked up, so that the limits do not reveal
 * which accounts exist. */
struct attempt {
	/* What it was counted against: one browser that signed in before; or the account at this
	 * address, and the account at all addresses. */
	struct counted {
		uint64_t tag;
		int64_t quota;
	} by[2];
	size_t n;
};

/* Counts an attempt for an account; ERR_RATE with Retry-After above a limit. A browser that has
 * signed in before (device_cookie.h) has a limit of its own: strangers who try the account cannot
 * lock it out. */
NODISCARD enum err sign_in_count(struct req *r, const char *email, struct attempt *out);
/* Takes the attempt back, which was no failure. */
void sign_in_succeeded(struct req *r, const struct attempt *a);

#endif
