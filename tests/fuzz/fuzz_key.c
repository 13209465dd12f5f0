/* fuzz_key: a key passes only with its own checksum, base64url has one spelling, UUIDs
 * survive the round trip. */
#include "tests/fuzz/fuzz.h"

#include "common/crypto/api_key_token.h"
#include "common/crypto/digest.h"

#include "common/base/uuid.h"

#include <stdlib.h>
#include <string.h>

/* The input as the random part of a key: with its checksum it passes exactly when all of it is
 * base62; without, never. */
static void check_key(const char *s, size_t n)
{
	char key[KEY_LENGTH + 1], hint[KEY_HINT + 1];
	bool base62 = true;

	if (api_key_well_formed(s, n))
		demand(n == KEY_LENGTH && memcmp(s, KEY_PREFIX, 8) == 0);
	if (n < 32)
		return;
	memcpy(key, KEY_PREFIX, 8);
	memcpy(key + 8, s, 32);
	crc32_base62(key, 40, key + 40);
	for (int i = 8; i < 40; i++)
		base62 = base62 && key[i] && strchr(BASE62, key[i]);
	demand(api_key_well_formed(key, KEY_LENGTH) == base62);
	api_key_hint(key, hint);
	demand(memcmp(hint, key, 12) == 0 && memcmp(hint + 15, key + 42, 4) == 0);
	key[n % KEY_LENGTH] ^= 1;
	demand(!api_key_well_formed(key, KEY_LENGTH));
}

static void check_b64(const uint8_t *data, size_t n)
{
	uint8_t *bytes = malloc(n + 3);
	char *text = malloc(4 * n / 3 + 4);
	long length;

	demand(bytes != NULL && text != NULL);
	length = b64url_parse((const char *)data, n, bytes);
	if (length >= 0) {
		demand(b64url_print(bytes, (size_t)length, text) == n);
		demand(memcmp(text, data, n) == 0);
	}
	demand(b64url_print(data, n, text) == (4 * n + 2) / 3);
	demand(b64url_parse(text, strlen(text), bytes) == (long)n);
	demand(memcmp(bytes, data, n) == 0);
	free(bytes);
	free(text);
}

static void check_uuid(const char *s, size_t n)
{
	char text[UUID_TEXT + 1];
	struct uuid u, again;

	if (uuid_parse(s, n, &u)) {
		demand(n == UUID_TEXT);
		uuid_print(&u, text);
		for (int i = 0; i < UUID_TEXT; i++)
			demand((text[i] | 0x20) == (s[i] | 0x20));
		demand(uuid_parse(text, UUID_TEXT, &again) && uuid_equal(&u, &again));
	}
	if (n >= sizeof u) {
		memcpy(&u, s, sizeof u);
		uuid_print(&u, text);
		demand(uuid_parse(text, strlen(text), &again) && uuid_equal(&u, &again));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memory_begin();
	check_key((const char *)data, size);
	check_b64(data, size);
	check_uuid((const char *)data, size);
	memory_end(((size_t)1 << 16) + size * 8, (size_t)1 << 16);
	return 0;
}
