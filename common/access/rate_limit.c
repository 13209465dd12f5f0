/* rate_limit: rate limits of callers and client addresses (contract section 4). */
#include "common/access/rate_limit.h"

#include "common/access/device_cookie.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/http/fastcgi.h"
#include "common/http/principal.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

/* The tag of the first n bytes of the address. */
static uint64_t tag_of(const struct req *r, const char *kind, size_t n)
{
	/* the length tells a /48 from its first /64 */
	uint8_t name[32] = {(uint8_t)(r->http.client.family << 4 | n)};
	memcpy(name + 1, r->http.client.b, n);
	memcpy(name + 17, kind, MIN(strlen(kind), 15));
	return keyed_tag(r->app->conf->pepper, name, sizeof name);
}

uint64_t rate_limit_tag(const struct req *r, const char *kind)
{
	return tag_of(r, kind, r->http.client.family == 4 ? 4 : 8);
}

uint64_t rate_limit_site_tag(const struct req *r, const char *kind)
{
	return tag_of(r, kind, r->http.client.family == 4 ? 4 : 6);
}

struct quota rate_limit_address(struct req *r, const char *kind, int64_t quota, int64_t window_ns)
{
	return shm_consume(r->app->shm, rate_limit_tag(r, kind), quota, window_ns, clock_mono_ns());
}

/* The claims of this process's requests. */
static struct claim {
	const struct req *r;
	uint64_t tag;
	int64_t amount;
} claims[2 * (KEPT_MAX + 1)];
static size_t n_claims;

int64_t rate_limit_claim(const struct req *r, uint64_t tag, int64_t amount, int64_t *here)
{
	assert(n_claims < sizeof claims / sizeof *claims && amount >= 0);
	*here = 0;
	for (size_t i = 0; i < n_claims; i++)
		*here += claims[i].tag == tag ? claims[i].amount : 0;
	claims[n_claims++] = (struct claim){r, tag, amount};
	return shm_claim(r->app->shm, tag, amount, clock_mono_ns());
}

void rate_limit_claims_end(const struct req *r)
{
	size_t kept = 0;
	for (size_t i = 0; i < n_claims; i++)
		if (claims[i].r == r)
			shm_claim(r->app->shm, claims[i].tag, -claims[i].amount, clock_mono_ns());
		else
			claims[kept++] = claims[i];
	n_claims = kept;
}

/* Counts the request against the /48 of an IPv6 address. */
static struct quota rate_limit_site(struct req *r, const char *kind, int64_t quota)
{
	return shm_consume(r->app->shm, rate_limit_site_tag(r, kind), RATE_SITE_FACTOR * quota,
		RATE_MINUTE_NS, clock_mono_ns());
}

/* Whether limits can be counted: not by a process that serves one request, in private memory. */
static enum err countable(struct req *r)
{
	if (shm_shared(r->app->shm) || !r->conn->alone)
		return OK;
	return fail(r, ERR_UNAVAILABLE,
		"The administrator must provide the file for shared memory: run 'ticketgate "
		"doctor'.",
		"This request is not accepted while limits cannot be counted.");
}

enum err rate_limit_anonymous(struct req *r, const char *kind, int64_t quota, const char *what)
{
	enum err err = r->http.method == METHOD_GET ? OK : countable(r);
	if (err)
		return err;
	struct quota q = rate_limit_address(r, kind, quota, RATE_MINUTE_NS);
	if (q.admitted && r->http.client.family == 6) {
		struct quota site = rate_limit_site(r, kind, quota);
		if (!site.admitted)
			q = site;
	}
	/* the headers show the limit of all requests, unless this one is exceeded */
	if (!q.admitted || !r->rate.name) {
		r->rate.quota = q;
		r->rate.name = "address";
	}
	if (q.admitted)
		return OK;
	r->failure.retry_after = q.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, "Retry after the number of seconds in Retry-After.",
		"Rate limit exceeded for this IP address: %lld %s per minute.", (long long)q.limit,
		what);
}

#define VISIT "visit" /* the kind of a visitor's requests */

void rate_limit_unchanged(struct req *r)
{
	/* nine tenths of a request are one request of a quota that is ten ninths as large */
	int64_t now = clock_mono_ns(), quota = r->app->conf->public_rate * 10 / 9;
	if (r->route->scope != SCOPE_PUBLIC)
		return;
	shm_refund(r->app->shm, rate_limit_tag(r, VISIT), quota, RATE_MINUTE_NS, now);
	if (r->http.client.family == 6)
		shm_refund(r->app->shm, rate_limit_site_tag(r, VISIT), RATE_SITE_FACTOR * quota,
			RATE_MINUTE_NS, now);
}

enum err rate_limit_sign_in_reject(struct req *r, const struct quota *q)
{
	r->failure.retry_after = q->retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE,
		"Retry after the number of seconds in Retry-After. An administrator can reset the "
		"password with 'ticketgate user password'.",
		"Too many sign-in attempts.");
}

enum err rate_limit_sign_in(struct req *r)
{
	enum err err = countable(r);
	if (err)
		return err;
	const struct config *c = r->app->conf;
	struct quota q = rate_limit_address(r, "sign in", c->signin_address, RATE_SIGN_IN_NS);
	bool asks = !q.admitted && (r->route->flags & ROUTE_KNOWN_BROWSER);
	uint64_t browser = asks ? device_cookie_tag(r) : 0;
	if (browser) { /* its neighbours do not lock it out */
		q = shm_consume(
			r->app->shm, browser, c->signin_account, RATE_SIGN_IN_NS, clock_mono_ns());
		r->by_browser = q.admitted;
	}
	if (q.admitted)
		return OK;
	return rate_limit_sign_in_reject(r, &q);
}

enum err rate_limit_principal(struct req *r)
{
	uint64_t tag;
	if (r->route->scope == SCOPE_PUBLIC)
		return rate_limit_anonymous(r, VISIT, r->app->conf->public_rate, "requests");
	if (!r->who && r->http.method == METHOD_POST)
		return rate_limit_sign_in(r);
	if (!r->who)
		return OK;
	memcpy(&tag, r->who->id.b + 8, sizeof tag); /* the random half */
	r->rate.quota = shm_consume(r->app->shm, tag, tier_quota(r->app->conf, r->who->tier),
		RATE_MINUTE_NS, clock_mono_ns());
	r->rate.name = tier_name(r->who->tier);
	if (r->rate.quota.admitted)
		return OK;
	r->failure.retry_after = r->rate.quota.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, NULL, "Rate limit exceeded for this %s: %lld requests per minute.",
		r->session ? "user" : "API key", (long long)r->rate.quota.limit);
}
