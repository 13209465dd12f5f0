/* api_key_token: the text form of API keys, with a checksum. */
#ifndef TG_CRYPTO_API_KEY_TOKEN_H
#define TG_CRYPTO_API_KEY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_PREFIX "tn_live_"
#define KEY_LENGTH 46 /* prefix 8, random base62 characters 32, checksum 6 */
#define KEY_HINT 19 /* bytes of "tn_live_AbCd…wxyz" in UTF-8 */

/* The CRC-32 of zlib and Ethernet (ISO 3309) as six base62 characters, padded with 0 on the left,
 * and a NUL. */
void crc32_base62(const void *p, size_t n, char out[7]);
/* A new key from 190 random bits (RAND_bytes(3)). */
void api_key_make(char out[KEY_LENGTH + 1]);
/* Whether length, prefix, alphabet and checksum are correct; says nothing about whether the key
 * exists, and saves looking up typing errors. */
bool api_key_well_formed(const char *s, size_t n);
/* The part of a key that may be shown: prefix, four characters, an ellipsis, the last four. */
void api_key_hint(const char *key, char out[KEY_HINT + 1]);

#endif
