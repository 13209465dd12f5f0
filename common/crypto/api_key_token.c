/* api_key_token: the text form of API keys, with a checksum. */
#include "common/crypto/api_key_token.h"

#include "common/base/uuid.h"

#include <string.h>

#define PREFIX_LENGTH (sizeof KEY_PREFIX - 1)
#define BODY_LENGTH (KEY_LENGTH - 6)

/* The reflected polynomial 0xedb88320, four bits at a time with a table of 16 entries. */
uint32_t crc32(const void *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000,
		0x1db71064,
		0x3b6e20c8,
		0x26d930ac,
		0x76dc4190,
		0x6b6b51f4,
		0x4db26158,
		0x5005713c,
		0xedb88320,
		0xf00f9344,
		0xd6d6a3e8,
		0xcb61b38c,
		0x9b64c2b0,
		0x86d3d2d4,
		0xa00ae278,
		0xbdbdf21c,
	};
	const unsigned char *b = p;
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= b[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

void crc32_base62(const void *p, size_t n, char out[7])
{
	uint32_t crc = crc32(p, n);

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
