/* digest: SHA-256, HMAC and base64 (RFC 2104, RFC 4648). */
#ifndef TG_CRYPTO_DIGEST_H
#define TG_CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[32]);
void sha256(const void *p, size_t n, uint8_t out[32]);
bool same_bytes(const void *a, const void *b, size_t n); /* constant time */

/* base64url without padding (RFC 4648 section 5). out holds 4 * n / 3 + 4. Returns the length. */
size_t b64url_print(const void *p, size_t n, char *out);
/* Strict: no padding, no other characters, no stray bits, no more than `room` bytes. `last`: the
   two characters that the alphabets differ in, "+/" or "-_" (sections 4 and 5). Returns the length,
   or -1. */
long base64_parse(const char *s, size_t n, const char last[2], uint8_t *out, size_t room);
/* out holds n * 3 / 4 + 3. */
long b64url_parse(const char *s, size_t n, uint8_t *out);

#endif
