/* password: hashes passwords for storage and verifies them. */
#ifndef TG_CRYPTO_PASSWORD_H
#define TG_CRYPTO_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_MIN 10 /* characters */
#define PASSWORD_MAX 200
#define PASSWORD_HASH 120 /* maximum bytes of a hash's text */

/* Hashes a password with a random salt and the pepper: "$scrypt$ln=15,r=8,p=3$salt$key", salt and
 * key in base64url. scrypt (RFC 7914) with N = 2^15, r = 8, p = 3 takes 32 MiB and a few tenths of
 * a second; of the settings that OWASP rates as equally strong, it suits a machine with 1 GB best.
 * False: out of memory. */
bool password_hash(const uint8_t pepper[32], const char *password, char out[PASSWORD_HASH + 1]);

/* Whether the password matches the stored hash, using the hash's parameters. A NULL or malformed
 * hash never matches, but takes as long as another, so that the time does not reveal whether a user
 * exists. *stale: it matches, but was made with other parameters than the current ones. */
bool password_verify(
	const uint8_t pepper[32], const char *password, const char *stored, bool *stale);

#endif
