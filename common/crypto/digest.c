/* digest: SHA-256, HMAC-SHA-256 and base64. */
#include "common/crypto/digest.h"

#include "common/base/arena.h"
#include "common/base/uuid.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

/* One-shot functions of OpenSSL 3 look the algorithm up and allocate a context each time, which
 * costs several times as much as the digest of a short text. So contexts are kept. */

#define KEPT_KEY 64 /* bytes; most calls of a process have the same short key */

static EVP_MAC_CTX *hmac_context(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};

	if (!ctx || EVP_MAC_CTX_set_params(ctx, params) != 1)
		abort();
	EVP_MAC_free(mac);
	return ctx;
}

void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[32])
{
	static EVP_MAC_CTX *ctx;
	static unsigned char kept[KEPT_KEY];
	static size_t kept_n = SIZE_MAX; /* no key yet */
	size_t length = 0;

	if (!ctx)
		ctx = hmac_context();
	const unsigned char *bytes = key_n ? key : (const unsigned char *)"";
	bool same = key_n == kept_n && memcmp(key, kept, key_n) == 0;
	if (EVP_MAC_init(ctx, same ? NULL : bytes, same ? 0 : key_n, NULL) != 1 ||
		EVP_MAC_update(ctx, p, n) != 1 || EVP_MAC_final(ctx, out, &length, 32) != 1 ||
		length != 32)
		abort();
	if (same)
		return;
	kept_n = key_n > 0 && key_n <= sizeof kept ? key_n : SIZE_MAX;
	if (kept_n == key_n)
		memcpy(kept, key, key_n);
}

uint64_t keyed_tag(const uint8_t key[32], const void *p, size_t n)
{
	uint8_t hash[32];
	uint64_t tag;
	hmac_sha256(key, 32, p, n, hash);
	memcpy(&tag, hash, sizeof tag);
	return tag | 1;
}

void sha256(const void *p, size_t n, uint8_t out[32])
{
	static EVP_MD *md;
	static EVP_MD_CTX *ctx;
	unsigned length = 0;

	if (!ctx) {
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
		ctx = EVP_MD_CTX_new();
	}
	if (!md || !ctx || EVP_DigestInit_ex2(ctx, md, NULL) != 1 ||
		EVP_DigestUpdate(ctx, p, n) != 1 || EVP_DigestFinal_ex(ctx, out, &length) != 1 ||
		length != 32)
		abort();
}

struct digest {
	EVP_MD_CTX *ctx;
};

struct digest *digest_new(void)
{
	struct digest *d = oom_check(malloc(sizeof *d));

	d->ctx = oom_check(EVP_MD_CTX_new());
	if (EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1)
		abort();
	return d;
}

void digest_add(struct digest *d, const void *p, size_t n)
{
	if (EVP_DigestUpdate(d->ctx, p, n) != 1)
		abort();
}

void digest_end(struct digest *d, uint8_t out[32])
{
	unsigned length = 0;

	if (EVP_DigestFinal_ex(d->ctx, out, &length) != 1 || length != 32)
		abort();
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

bool same_bytes(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

size_t b64url_print(const void *p, size_t n, char *out)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *b = p;
	uint32_t bits = 0;
	int have = 0;
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | b[i];
		for (have += 8; have >= 6; have -= 6)
			out[length++] = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		out[length++] = alphabet[bits << (6 - have) & 63];
	out[length] = '\0';
	return length;
}

/* The value of a character, or -1. */
static int base64_value(char c, const char last[2])
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == last[0])
		return 62;
	if (c == last[1])
		return 63;
	return -1;
}

/* Instead of EVP_DecodeBlock(), which skips blanks and treats padding differently between versions.
 */
long base64_parse(const char *s, size_t n, const char last[2], uint8_t *out, size_t room)
{
	uint32_t bits = 0;
	int have = 0;
	size_t length = 0;

	if (n % 4 == 1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int v = base64_value(s[i], last);

		if (v < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (length == room)
				return -1;
			out[length++] = (uint8_t)(bits >> have);
		}
	}
	assert(have < 8);
	if (bits & ((1u << have) - 1))
		return -1;
	return (long)length;
}

long b64url_parse(const char *s, size_t n, uint8_t *out)
{
	return base64_parse(s, n, "-_", out, SIZE_MAX);
}
