/* sign_in_limits: how often a password may be tried. */
#include "fcgi/dashboard/sign_in_limits.h"

#include "common/access/device_cookie.h"
#include "common/access/rate_limit.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A keyed hash of a label, the account and a text. */
static uint64_t account_tag(struct req *r, const char *label, const char *email, const char *more)
{
	const char *text = arena_printf(r->arena, "%s:%s\n%s", label, email, more);
	return keyed_tag(r->app->conf->pepper, text, strlen(text));
}

enum err sign_in_count(struct req *r, const char *email, struct attempt *out)
{
	const struct config *c = r->app->conf;
	const char *device = device_cookie_of(r, email);
	char address[24];
	if (r->by_browser && !device) {
		const struct quota none = {.retry_ns = RATE_SIGN_IN_NS};
		return rate_limit_sign_in_reject(r, &none);
	}
	snprintf(address, sizeof address, "%016" PRIx64, rate_limit_tag(r, "account"));
	*out = (struct attempt){.n = 0};
	if (device) {
		out->by[out->n++] = (struct counted){
			account_tag(r, "browser", email, device), c->signin_account};
	} else {
		out->by[out->n++] = (struct counted){
			account_tag(r, "address", email, address), c->signin_account};
		out->by[out->n++] = (struct counted){
			account_tag(r, "account", email, ""), c->signin_account_total};
	}
	for (size_t i = 0; i < out->n; i++) {
		const struct counted *by = &out->by[i];
		struct quota q = shm_consume(
			r->app->shm, by->tag, by->quota, RATE_SIGN_IN_NS, clock_mono_ns());
		if (!q.admitted)
			return rate_limit_sign_in_reject(r, &q);
	}
	return OK;
}

void sign_in_succeeded(struct req *r, const struct attempt *a)
{
	assert(a->n > 0);
	for (size_t i = 0; i < a->n; i++)
		shm_refund(r->app->shm, a->by[i].tag, a->by[i].quota, RATE_SIGN_IN_NS,
			clock_mono_ns());
}
