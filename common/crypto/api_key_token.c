/* api_key_token: the text form of API keys, with a checksum. */
#include "common/crypto/api_key_token.h"

#include "common/base/uuid.h"

#include <string.h>
#include <zlib.h>

#define PREFIX_LENGTH (sizeof KEY_PREFIX - 1)
#define BODY_LENGTH (KEY_LENGTH - 6)

void crc32_base62(const void *p, size_t n, char out[7])
{
	uLong crc = crc32(0, p, (uInt)n);

	for (int i = 5; i >= 0; i--) {
		out[i] = BASE62[crc % 62];
		crc /= 62;
	}
	out[6] = '\0';
}

void api_key_make(char out[KEY_LENGTH + 1])
{
	memcpy(out, KEY_PREFIX, PREFIX_LENGTH);
	random_word(BASE62, out + PREFIX_LENGTH, BODY_LENGTH - PREFIX_LENGTH);
	crc32_base62(out, BODY_LENGTH, out + BODY_LENGTH);
}

bool api_key_well_formed(const char *s, size_t n)
{
	char sum[7];

	if (n != KEY_LENGTH || memcmp(s, KEY_PREFIX, PREFIX_LENGTH) != 0)
		return false;
	for (size_t i = PREFIX_LENGTH; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') ||
			    (s[i] >= 'a' && s[i] <= 'z')))
			return false;
	crc32_base62(s, BODY_LENGTH, sum);
	return memcmp(s + BODY_LENGTH, sum, 6) == 0;
}

void api_key_hint(const char *key, char out[KEY_HINT + 1])
{
	memcpy(out, key, PREFIX_LENGTH + 4);
	memcpy(out + PREFIX_LENGTH + 4, "\xe2\x80\xa6", 3);
	memcpy(out + PREFIX_LENGTH + 7, key + KEY_LENGTH - 4, 4);
	out[KEY_HINT] = '\0';
}
