/* sign_in_limits: how often a password may be tried. */
#include "fcgi/dashboard/sign_in_limits.h"

#include "common/access/rate_limit.h"
#include "common/access/session.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE "tg_device"
#define COOKIE_S INT64_C(31536000)
#define NONCE 22 /* characters of base62 */
#define MAC 43 /* characters of base64url */

/* A keyed hash of a label, the account and a text. */
static void account_hash(
	struct req *r, const char *label, const char *email, const char *more, uint8_t out[32])
{
	const struct config *c = r->app->conf;
	const char *text = arena_printf(r->arena, "%s:%s\n%s", label, email, more);
	hmac_sha256(c->pepper, sizeof c->pepper, text, strlen(text), out);
}

static uint64_t account_tag(struct req *r, const char *label, const char *email, const char *more)
{
	uint8_t hash[32];
	uint64_t tag;
	account_hash(r, label, email, more, hash);
	memcpy(&tag, hash, sizeof tag);
	return tag | 1;
}

/* ---- the cookie: nonce, expiry (Unix ms) and their MAC for the account ---- */

static void device_mac(struct req *r, const char *email, const char *signed_part, char out[MAC + 1])
{
	uint8_t hash[32];
	char text[48];
	account_hash(r, "device", email, signed_part, hash);
	text[b64url_print(hash, sizeof hash, text)] = 0;
	memcpy(out, text, MAC + 1);
}

/* The cookie's value when it is this account's and has not expired; NULL otherwise. */
static const char *device_of(struct req *r, const char *email)
{
	char mac[MAC + 1];
	const char *value = session_cookie_read(r, COOKIE),
		   *end = value ? strrchr(value, '.') : NULL;
	if (!end || end - value <= NONCE || value[NONCE] != '.' || strlen(end + 1) != MAC)
		return NULL;
	const char *signed_part = arena_dup(r->arena, value, (size_t)(end - value));
	device_mac(r, email, signed_part, mac);
	if (!same_bytes(mac, end + 1, MAC) || strtoll(value + NONCE + 1, NULL, 10) <= r->now)
		return NULL;
	return value;
}

void sign_in_remember(struct req *r, const char *email)
{
	char nonce[NONCE + 1], mac[MAC + 1];
	random_word(BASE62, nonce, NONCE);
	const char *signed_part =
		arena_printf(r->arena, "%s.%" PRId64, nonce, r->now + COOKIE_S * 1000);
	device_mac(r, email, signed_part, mac);
	session_cookie_write(
		r, COOKIE, arena_printf(r->arena, "%s.%s", signed_part, mac), COOKIE_S);
}

/* ---- counting ---- */

enum err sign_in_count(struct req *r, const char *email, struct attempt *out)
{
	const struct config *c = r->app->conf;
	const char *device = device_of(r, email);
	char address[24];
	snprintf(address, sizeof address, "%016" PRIx64, rate_limit_tag(r, "account"));
	*out = (struct attempt){.n = 0};
	if (device) {
		out->by[out->n++] = (struct counted){
			account_tag(r, "device", email, device), c->signin_account};
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
