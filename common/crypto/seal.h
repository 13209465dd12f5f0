/* seal: authenticated encryption of stored secrets, and the text form of webhook secrets. */
#ifndef TG_CRYPTO_SEAL_H
#define TG_CRYPTO_SEAL_H

#include "common/base/error_code.h"
#include "common/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_OVERHEAD 29 /* bytes that encryption adds: version (1), nonce (12), tag (16) */

/* Encrypts with AES-256-GCM (NIST SP 800-38D) and a random nonce. `about` (the row's id) is
 * authenticated but not stored, so that a value copied to another row does not decrypt there. `out`
 * must hold plain.n + SEAL_OVERHEAD bytes. Aborts on failure. */
void seal(const uint8_t key[32], struct span about, struct span plain, uint8_t *out);
/* Decrypts; `out` must hold sealed.n - SEAL_OVERHEAD bytes. False, with `out` zeroed: a different
 * key, a different row, or modified bytes. */
NODISCARD bool unseal(const uint8_t key[32], struct span about, struct span sealed, uint8_t *out);

/* A webhook secret is "whsec_" and the HMAC key in base64 with padding (Standard Webhooks 1.0.0;
 * RFC 4648, section 4). */
#define SECRET_PREFIX "whsec_"
#define SECRET_TEXT 50 /* characters of a generated secret: 32 random bytes */
#define SECRET_TEXT_MAX 94 /* characters of any secret: 64 bytes */
#define SECRET_KEY_MIN 24 /* bytes of the HMAC key */
#define SECRET_KEY_MAX 64
void secret_make(char out[SECRET_TEXT + 1]); /* a new random secret */
/* Decodes a secret's text to the HMAC key. Returns its length, or -1 for a wrong prefix, base64
 * that is not strictly padded, or a length outside SECRET_KEY_MIN..SECRET_KEY_MAX. */
long secret_key(const char *s, size_t n, uint8_t out[SECRET_KEY_MAX]);

#endif
