/* password: hashes passwords for storage and verifies them. */
#include "common/crypto/password.h"

#include "common/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SALT 16 /* bytes */
#define SCRYPT_KEY 32 /* bytes */
#define MEMORY ((uint64_t)128 << 20) /* limit for the parameters of a stored hash */

/* The cost parameters of scrypt: N = 2^log_n, r and p (RFC 7914, section 2). */
struct cost {
	unsigned log_n, r, p;
};
static const struct cost today = {15, 8, 3};

/* Hashes the HMAC of the password instead of the password itself: without the key file, passwords
 * of a stolen table cannot be guessed, and a very long password costs no more than a short one. */
static bool derive(const uint8_t pepper[32], const char *password, const struct cost *cost,
	const uint8_t salt[SALT], uint8_t out[SCRYPT_KEY])
{
	static const char about[] = "password:";
	size_t n = strlen(password);
	uint8_t first[32];
	char *text = malloc(sizeof about + n);
	if (!text)
		return false;
	memcpy(text, about, sizeof about - 1);
	memcpy(text + sizeof about - 1, password, n);
	hmac_sha256(pepper, 32, text, sizeof about - 1 + n, first);
	OPENSSL_cleanse(text, sizeof about + n);
	free(text);
	int good = EVP_PBE_scrypt((const char *)first, sizeof first, salt, SALT,
		UINT64_C(1) << cost->log_n, cost->r, cost->p, MEMORY, out, SCRYPT_KEY);
	OPENSSL_cleanse(first, sizeof first);
	return good == 1;
}

bool password_hash(const uint8_t pepper[32], const char *password, char out[PASSWORD_HASH + 1])
{
	uint8_t salt[SALT], key[SCRYPT_KEY];
	char salt_text[4 * SALT / 3 + 4], key_text[4 * SCRYPT_KEY / 3 + 4];
	if (RAND_bytes(salt, sizeof salt) != 1)
		abort();
	if (!derive(pepper, password, &today, salt, key))
		return false;
	salt_text[b64url_print(salt, sizeof salt, salt_text)] = 0;
	key_text[b64url_print(key, sizeof key, key_text)] = 0;
	snprintf(out, PASSWORD_HASH + 1, "$scrypt$ln=%u,r=%u,p=%u$%s$%s", today.log_n, today.r,
		today.p, salt_text, key_text);
	return true;
}

/* Parses a stored hash; false when it is not a text that password_hash() may have made with any
 * parameters. */
static bool read_stored(
	const char *s, struct cost *cost, uint8_t salt[SALT + 3], uint8_t key[SCRYPT_KEY + 3])
{
	int at = 0;
	if (strlen(s) > PASSWORD_HASH ||
		sscanf(s, "$scrypt$ln=%2u,r=%2u,p=%2u$%n", &cost->log_n, &cost->r, &cost->p, &at) !=
			3 ||
		at == 0)
		return false;
	const char *second = strchr(s + at, '$');
	if (!second || second - (s + at) > 4 * SALT / 3 + 2 ||
		strlen(second + 1) > 4 * SCRYPT_KEY / 3 + 2)
		return false;
	return b64url_parse(s + at, (size_t)(second - (s + at)), salt) == SALT &&
		b64url_parse(second + 1, strlen(second + 1), key) == SCRYPT_KEY &&
		cost->log_n >= 1 && cost->log_n <= 20 && cost->r >= 1 && cost->p >= 1;
}

bool password_verify(
	const uint8_t pepper[32], const char *password, const char *stored, bool *stale)
{
	struct cost cost = today;
	uint8_t salt[SALT + 3] = {0}, key[SCRYPT_KEY + 3] = {0}, found[SCRYPT_KEY];
	bool known = stored && read_stored(stored, &cost, salt, key);
	if (!known)
		cost = today;
	/* for a missing hash this takes as long, and compares with zeros */
	bool fits = derive(pepper, password, &cost, salt, found) &&
		same_bytes(found, key, SCRYPT_KEY) && known;
	*stale = fits && memcmp(&cost, &today, sizeof cost) != 0;
	OPENSSL_cleanse(found, sizeof found);
	return fits;
}
