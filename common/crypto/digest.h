/* digest: SHA-256, HMAC-SHA-256 and base64. */
#ifndef TG_CRYPTO_DIGEST_H
#define TG_CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* HMAC-SHA-256 (RFC 2104) and SHA-256 (FIPS 180-4). They fail only without memory or without the
 * algorithm, and then abort the process: a wrong hash must never be stored. */
void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[32]);
void sha256(const void *p, size_t n, uint8_t out[32]);
/* The HMAC cut to 63 bits, never 0: under what shared memory counts something without storing it.
 */
uint64_t keyed_tag(const uint8_t key[32], const void *p, size_t n);
/* SHA-256 of what is added bit by bit; digest_end() frees it. */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, uint8_t out[32]);
bool same_bytes(const void *a, const void *b, size_t n); /* compares in constant time */

/* Encodes base64url without padding (RFC 4648, section 5) with a NUL; `out` must hold 4 * n / 3 + 4
 * bytes. Returns the length. */
size_t b64url_print(const void *p, size_t n, char *out);
/* Decodes base64 strictly: no padding, no other characters, no nonzero trailing bits, at most
 * `room` bytes. `last` are the two characters in which the alphabets differ, "+/" or "-_" (sections
 * 4 and 5). Returns the number of bytes, or -1. */
long base64_parse(const char *s, size_t n, const char last[2], uint8_t *out, size_t room);
/* Decodes base64url; `out` must hold n * 3 / 4 + 3 bytes. */
long b64url_parse(const char *s, size_t n, uint8_t *out);

#endif
