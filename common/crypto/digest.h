/* digest: API keys, their checksum and hash, and other keyed bytes. */
#ifndef TG_CRYPTO_DIGEST_H
#define TG_CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_PREFIX "tn_live_"
#define KEY_LENGTH 46 /* prefix 8, random base62 32, checksum 6 */
#define KEY_HINT 19 /* bytes of "tn_live_AbCd…wxyz" in UTF-8 */

/* zlib polynomial: "123456789" gives cbf43926 */
uint32_t crc32_of(const void *p, size_t n);
/* six base62 characters, left-padded with 0 */
void crc62(const void *p, size_t n, char out[7]);
void key_make(char out[KEY_LENGTH + 1]); /* from RAND_bytes */
/* length, prefix, alphabet, checksum: no secret involved */
bool key_plausible(const char *s, size_t n);
void key_hint(const char *key, char out[KEY_HINT + 1]);
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
