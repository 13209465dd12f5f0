/* seal: secrets that must be read again: encrypted where they are stored, and the webhook
 * secrets' text. */
#ifndef TG_CRYPTO_SEAL_H
#define TG_CRYPTO_SEAL_H

#include "common/base/error_code.h"
#include "common/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_OVERHEAD 29 /* bytes that sealing adds: a version, the nonce (12), the tag (16) */

/* AES-256-GCM with a random nonce. `about` (the row's id) is authenticated but not stored: what was
 * sealed for one row does not open in another. `out` holds plain.n + SEAL_OVERHEAD. */
void seal(const uint8_t key[32], struct span about, struct span plain, uint8_t *out);
/* `out` holds sealed.n - SEAL_OVERHEAD. False:
 * another key, another row, or changed bytes; out is then all zero. */
NODISCARD bool unseal(const uint8_t key[32], struct span about, struct span sealed, uint8_t *out);

/* "whsec_" and base64 (RFC 4648 section 4, padded) of the bytes that key the HMAC (Standard
 * Webhooks 1.0.0). */
#define SECRET_PREFIX "whsec_"
#define SECRET_TEXT 50 /* of one of ours: 32 random bytes */
#define SECRET_TEXT_MAX 94 /* of any: 64 bytes */
#define SECRET_KEY_MIN 24
#define SECRET_KEY_MAX 64
void secret_make(char out[SECRET_TEXT + 1]);
/* The bytes behind a secret's text. Their number; -1 for another prefix, anything but strict padded
 * base64, and fewer than 24 or more than 64 bytes. */
long secret_key(const char *s, size_t n, uint8_t out[SECRET_KEY_MAX]);

#endif
