/* api_key_token: the text of an API key and its checksum (contract section 3). */
#ifndef TG_CRYPTO_API_KEY_TOKEN_H
#define TG_CRYPTO_API_KEY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_PREFIX "tn_live_"
#define KEY_LENGTH 46 /* prefix 8, random base62 32, checksum 6 */
#define KEY_HINT 19 /* bytes of "tn_live_AbCd…wxyz" in UTF-8 */

/* zlib polynomial: "123456789" gives cbf43926 */
uint32_t crc32(const void *p, size_t n);
/* six base62 characters, left-padded with 0 */
void crc32_base62(const void *p, size_t n, char out[7]);
void api_key_make(char out[KEY_LENGTH + 1]); /* from RAND_bytes */
/* length, prefix, alphabet, checksum: no secret involved */
bool api_key_well_formed(const char *s, size_t n);
void api_key_hint(const char *key, char out[KEY_HINT + 1]);

#endif
