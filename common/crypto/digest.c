/* digest: SHA-256, HMAC-SHA-256 and base64. */
#include "common/crypto/digest.h"

#include "common/base/uuid.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[32])
{
	unsigned length = 0;

	if (key_n > INT_MAX ||
		!HMAC(EVP_sha256(), key_n ? key : "", (int)key_n, p, n, out, &length) ||
		length != 32)
		abort();
}

void sha256(const void *p, size_t n, uint8_t out[32])
{
	unsigned length = 0;

	if (EVP_Digest(p, n, out, &length, EVP_sha256(), NULL) != 1 || length != 32)
		abort();
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
