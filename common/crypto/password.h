/* password: what is stored instead of a person's password, and whether one fits. */
#ifndef TG_CRYPTO_PASSWORD_H
#define TG_CRYPTO_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_MIN 10 /* characters */
#define PASSWORD_MAX 200
#define PASSWORD_HASH 120 /* bytes that a hash's text takes at most */

/* "$scrypt$ln=15,r=8,p=3$salt$key" of the password under the pepper, salt and key in base64url.
   scrypt (RFC 7914) with N = 2^15, r = 8, p = 3: 32 MiB and a few tenths of a second, of what OWASP
   holds to be equally strong what a machine with 1 GB can bear. False: the memory is not there. */
bool password_hash(const uint8_t pepper[32], const char *password, char out[PASSWORD_HASH + 1]);

/* Does the password fit the stored text? The parameters are those of the text. NULL is nobody's: it
   takes as long as another, and never fits. `stale`: it fits, but the text was made with other
   parameters than today's. */
bool password_verify(
	const uint8_t pepper[32], const char *password, const char *stored, bool *stale);

#endif
