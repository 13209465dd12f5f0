/* digest: API keys, their checksum and hash, and other keyed bytes. */
#include "common/crypto/digest.h"

#include "common/base/uuid.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_LENGTH (sizeof KEY_PREFIX - 1)
#define BODY_LENGTH (KEY_LENGTH - 6)

/* The reflected polynomial edb88320, four bits at a time. */
uint32_t crc32_of(const void *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000,
		0x1db71064,
		0x3b6e20c8,
		0x26d930ac,
		0x76dc4190,
		0x6b6b51f4,
		0x4db26158,
		0x5005713c,
		0xedb88320,
		0xf00f9344,
		0xd6d6a3e8,
		0xcb61b38c,
		0x9b64c2b0,
		0x86d3d2d4,
		0xa00ae278,
		0xbdbdf21c,
	};
	const unsigned char *b = p;
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= b[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

void crc62(const void *p, size_t n, char out[7])
{
	uint32_t crc = crc32_of(p, n);

	for (int i = 5; i >= 0; i--) {
		out[i] = BASE62[crc % 62];
		crc /= 62;
	}
	out[6] = '\0';
}

void key_make(char out[KEY_LENGTH + 1])
{
	memcpy(out, KEY_PREFIX, PREFIX_LENGTH);
	random_word(BASE62, out + PREFIX_LENGTH, BODY_LENGTH - PREFIX_LENGTH);
	crc62(out, BODY_LENGTH, out + BODY_LENGTH);
}

bool key_plausible(const char *s, size_t n)
{
	char sum[7];

	if (n != KEY_LENGTH || memcmp(s, KEY_PREFIX, PREFIX_LENGTH) != 0)
		return false;
	for (size_t i = PREFIX_LENGTH; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') ||
			    (s[i] >= 'a' && s[i] <= 'z')))
			return false;
	crc62(s, BODY_LENGTH, sum);
	return memcmp(s + BODY_LENGTH, sum, 6) == 0;
}

void key_hint(const char *key, char out[KEY_HINT + 1])
{
	memcpy(out, key, PREFIX_LENGTH + 4);
	memcpy(out + PREFIX_LENGTH + 4, "\xe2\x80\xa6", 3);
	memcpy(out + PREFIX_LENGTH + 7, key + KEY_LENGTH - 4, 4);
	out[KEY_HINT] = '\0';
}

/* Neither can fail but for want of memory or of the digest itself; a wrong hash must never be
 * stored. */
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

static int base64_value(char c, const char last[2])
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == last[0] ? 62 : c == last[1] ? 63 : -1;
}

/* Not EVP_DecodeBlock: it overlooks blanks, and what it makes of padding differs from one version
 * to the next. */
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
	return bits & ((1u << have) - 1) ? -1 : (long)length;
}

long b64url_parse(const char *s, size_t n, uint8_t *out)
{
	return base64_parse(s, n, "-_", out, SIZE_MAX);
}
