/* device_cookie: the cookie of a browser that has signed in. */
#include "common/access/device_cookie.h"

#include "common/access/session.h"
#include "common/crypto/digest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME "tg_device"
#define LIFE_S INT64_C(31536000)
#define RANDOM 11 /* characters of base62 */
#define SEAL 11 /* characters of base64url: 8 bytes */
#define NONCE (RANDOM + SEAL)
#define MAC 43 /* characters of base64url: 32 bytes */

/* The value is a nonce, the expiry (Unix ms) and their MAC for the account, which is known when the
 * body was read. The nonce ends with a MAC of its own, so that what is no cookie of this server can
 * be told before that. */

static void device_mac(const struct req *r, const char *text, uint8_t out[32])
{
	const struct config *c = r->app->conf;
	hmac_sha256(c->pepper, sizeof c->pepper, text, strlen(text), out);
}

static void seal_print(const struct req *r, const char *word, char out[SEAL + 1])
{
	uint8_t hash[32];
	device_mac(r, arena_printf(r->arena, "device nonce:%.*s", RANDOM, word), hash);
	out[b64url_print(hash, 8, out)] = 0;
}

static void account_mac(
	const struct req *r, const char *email, const char *signed_part, char out[MAC + 1])
{
	uint8_t hash[32];
	device_mac(r, arena_printf(r->arena, "device:%s\n%s", email, signed_part), hash);
	out[b64url_print(hash, sizeof hash, out)] = 0;
}

void device_cookie_write(struct req *r, const char *email)
{
	char nonce[NONCE + 1], mac[MAC + 1];
	random_word(BASE62, nonce, RANDOM);
	seal_print(r, nonce, nonce + RANDOM);
	const char *signed_part =
		arena_printf(r->arena, "%s.%" PRId64, nonce, r->now + LIFE_S * 1000);
	account_mac(r, email, signed_part, mac);
	session_cookie_write(r, NAME, arena_printf(r->arena, "%s.%s", signed_part, mac), LIFE_S);
}

const char *device_cookie_of(struct req *r, const char *email)
{
	char mac[MAC + 1];
	const char *value = session_cookie_read(r, NAME), *end = value ? strrchr(value, '.') : NULL;
	if (!end || end - value <= NONCE || value[NONCE] != '.' || strlen(end + 1) != MAC)
		return NULL;
	account_mac(r, email, arena_dup(r->arena, value, (size_t)(end - value)), mac);
	if (!same_bytes(mac, end + 1, MAC) || strtoll(value + NONCE + 1, NULL, 10) <= r->now)
		return NULL;
	return value;
}

uint64_t device_cookie_tag(const struct req *r)
{
	const char *value = session_cookie_read(r, NAME);
	char seal[SEAL + 1];
	if (!value || strlen(value) <= NONCE || value[NONCE] != '.')
		return 0;
	seal_print(r, value, seal);
	if (!same_bytes(seal, value + RANDOM, SEAL))
		return 0;
	const char *text = arena_printf(r->arena, "device tag:%.*s", NONCE, value);
	return keyed_tag(r->app->conf->pepper, text, strlen(text));
}
