/* test_digest: checksums, keys made at run time, hashes of the RFCs, base64url. */
#include "common/crypto/api_key_token.h"
#include "common/crypto/digest.h"

#include "common/base/uuid.h"
#include "tests/unit/cases.h"

static void b64_case(const struct cases *c)
{
	char text[64];
	uint8_t bytes[64];

	assert_int_equal(b64url_print(c->field[2], c->length[2], text), c->length[1]);
	assert_string_equal(text, c->field[1]);
	assert_int_equal(b64url_parse(c->field[1], c->length[1], bytes), (long)c->length[2]);
	assert_memory_equal(bytes, c->field[2], c->length[2]);
}

static void key_txt(void **state)
{
	struct cases c;
	uint8_t bytes[64];
	char sum[7];

	(void)state;
	for (cases_open(&c, "key.txt"); cases_next(&c);) {
		const char *kind = c.field[0];

		if (strcmp(kind, "crc62") == 0) {
			crc32_base62(c.field[2], c.length[2], sum);
			assert_string_equal(sum, c.field[1]);
		} else if (strcmp(kind, "refused") == 0) {
			if (api_key_well_formed(c.field[1], c.length[1]))
				case_fail(&c, "taken for a key: %s", c.field[1]);
		} else if (strcmp(kind, "b64") == 0) {
			b64_case(&c);
		} else if (strcmp(kind, "notb64") == 0) {
			if (b64url_parse(c.field[1], c.length[1], bytes) != -1)
				case_fail(&c, "taken for base64url: %s", c.field[1]);
		} else {
			case_fail(&c, "unknown kind %s", kind);
		}
	}
}

/* The largest CRC needs all six characters: found by running the register backwards over four
 * bytes. */
static void crc62_largest(void **state)
{
	char sum[7];
	unsigned char p[4];
	uint32_t c = 0; /* ~0xffffffff, the register after the last byte */

	(void)state;
	for (int i = 0; i < 32; i++)
		c = c & 0x80000000 ? (c ^ 0xedb88320) << 1 | 1 : c << 1;
	c ^= 0xffffffff;
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(c >> 8 * i);
	crc32_base62(p, 4, sum);
	assert_string_equal(sum, "4gfFC3");
}

static void keys(void **state)
{
	char key[KEY_LENGTH + 2], other[KEY_LENGTH + 1], hint[KEY_HINT + 1], want[64];

	(void)state;
	for (int round = 0; round < 200; round++) {
		api_key_make(key);
		assert_int_equal(strlen(key), KEY_LENGTH);
		assert_int_equal(strncmp(key, KEY_PREFIX, 8), 0);
		assert_true(api_key_well_formed(key, KEY_LENGTH));
		api_key_make(other);
		assert_string_not_equal(key, other);
		api_key_hint(key, hint);
		snprintf(want, sizeof want, "tn_live_%.4s\xe2\x80\xa6%s", key + 8,
			key + KEY_LENGTH - 4);
		assert_string_equal(hint, want);
	}
	/* K8, K11 */
	for (const char *tail = "0\r\n\t \xa0"; *tail; tail++) {
		key[KEY_LENGTH] = *tail;
		assert_false(api_key_well_formed(key, KEY_LENGTH + 1));
	}
	assert_false(api_key_well_formed(key, KEY_LENGTH - 1));
	assert_false(api_key_well_formed(key + 1, KEY_LENGTH - 1));
	assert_false(api_key_well_formed(key, 0));
}

/* K9, K13: every byte in every place. */
static void one_character_changed(void **state)
{
	char key[KEY_LENGTH + 1];

	(void)state;
	api_key_make(key);
	for (int i = 0; i < KEY_LENGTH; i++) {
		char was = key[i];

		for (int b = 0; b < 256; b++) {
			key[i] = (char)b;
			assert_int_equal(api_key_well_formed(key, KEY_LENGTH), key[i] == was);
		}
		key[i] = was;
	}
	/* Two neighbours swapped */
	for (int i = 8; i < KEY_LENGTH - 1; i++) {
		char a = key[i], b = key[i + 1];

		key[i] = b;
		key[i + 1] = a;
		assert_int_equal(api_key_well_formed(key, KEY_LENGTH), a == b);
		key[i] = a;
		key[i + 1] = b;
	}
}

/* K16: the prefix is part of what the checksum covers, but a right checksum over a wrong prefix is
 * still refused. */
static void other_prefix(void **state)
{
	char key[KEY_LENGTH + 1];

	(void)state;
	api_key_make(key);
	memcpy(key, "TN_LIVE_", 8);
	crc32_base62(key, 40, key + 40);
	assert_false(api_key_well_formed(key, KEY_LENGTH));
	memcpy(key, "tn_test_", 8);
	crc32_base62(key, 40, key + 40);
	assert_false(api_key_well_formed(key, KEY_LENGTH));
	memcpy(key, KEY_PREFIX, 8);
	key[20] = '-';
	crc32_base62(key, 40, key + 40);
	assert_false(api_key_well_formed(key, KEY_LENGTH));
}

static void hex_is(const uint8_t *p, const char *want)
{
	char text[65];

	for (int i = 0; i < 32; i++)
		sprintf(text + 2 * i, "%02x", p[i]);
	assert_string_equal(text, want);
}

/* FIPS 180-4 examples; RFC 4231 test cases 1, 2, 3, 6. */
static void hashes(void **state)
{
	uint8_t out[32], key[131], data[50];

	(void)state;
	sha256("", 0, out);
	hex_is(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256("abc", 3, out);
	hex_is(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	struct digest *d = digest_new();
	digest_add(d, "", 0);
	digest_add(d, "a", 1);
	digest_add(d, "bc", 2);
	digest_end(d, out);
	hex_is(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(key, 0x0b, 20);
	hmac_sha256(key, 20, "Hi There", 8, out);
	hex_is(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
	hex_is(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	memset(data, 0xdd, sizeof data);
	hmac_sha256(key, 20, data, 50, out);
	hex_is(out, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	hmac_sha256(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
	hex_is(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_sha256("", 0, "", 0, out);
	hex_is(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	hmac_sha256(NULL, 0, "", 0, out);
	hex_is(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void tags(void **state)
{
	uint8_t key[32], hash[32];
	uint64_t tag;

	(void)state;
	memset(key, 0x0b, sizeof key);
	for (int i = 0; i < 64; i++) {
		uint8_t name = (uint8_t)i;
		hmac_sha256(key, sizeof key, &name, 1, hash);
		memcpy(&tag, hash, sizeof tag);
		assert_true(keyed_tag(key, &name, 1) == (tag | 1));
	}
	assert_true(keyed_tag(key, "a", 1) != keyed_tag(key, "b", 1));
	key[31] ^= 1;
	assert_true(keyed_tag(key, &(uint8_t){63}, 1) != (tag | 1));
}

static void same(void **state)
{
	(void)state;
	assert_true(same_bytes("abc", "abc", 3));
	assert_false(same_bytes("abc", "abd", 3));
	assert_false(same_bytes("abc", "Abc", 3));
	assert_true(same_bytes("abc", "xyz", 0));
}

static void b64_round_trip(void **state)
{
	uint8_t bytes[100], back[78];
	char text[4 * 100 / 3 + 4];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 101 + 7);
	for (size_t n = 0; n <= 75; n++) {
		size_t length = b64url_print(bytes, n, text);

		assert_int_equal(strlen(text), length);
		assert_int_equal(length, (4 * n + 2) / 3);
		assert_int_equal(b64url_parse(text, length, back), (long)n);
		assert_memory_equal(back, bytes, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_txt),
		cmocka_unit_test(crc62_largest),
		cmocka_unit_test(keys),
		cmocka_unit_test(one_character_changed),
		cmocka_unit_test(other_prefix),
		cmocka_unit_test(hashes),
		cmocka_unit_test(tags),
		cmocka_unit_test(same),
		cmocka_unit_test(b64_round_trip),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
