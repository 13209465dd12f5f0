/* test_seal: sealing and opening, what must not open, and the text of webhook secrets. */
#include "common/crypto/seal.h"

#include "tests/unit/cases.h"

#include <openssl/evp.h>

static uint8_t key[32], other[32];

static int keys(void **state)
{
	(void)state;
	for (int i = 0; i < 32; i++) {
		key[i] = (uint8_t)i;
		other[i] = (uint8_t)(i + (i == 31));
	}
	return 0;
}

static void there_and_back(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, SECRET_TEXT, 4096, 100000};
	uint8_t *plain = malloc(100000), *sealed = malloc(100000 + SEAL_OVERHEAD),
		*again = malloc(100000);

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		plain[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		seal(key, (struct span){"row", 3}, (struct span){plain, sizes[i]}, sealed);
		assert_true(unseal(key, (struct span){"row", 3},
			(struct span){sealed, sizes[i] + SEAL_OVERHEAD}, again));
		assert_memory_equal(plain, again, sizes[i]);
		if (sizes[i] >= 16)
			assert_null(memmem(sealed, sizes[i] + SEAL_OVERHEAD, plain, 16));
	}
	free(plain);
	free(sealed);
	free(again);
}

/* Every bit that is stored, the key, the row and the length count. */
static void what_does_not_open(void **state)
{
	uint8_t sealed[20 + SEAL_OVERHEAD], again[20], zero[20] = {0};

	(void)state;
	seal(key, (struct span){"row", 3}, (struct span){"twenty bytes of text", 20}, sealed);
	for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(again, 1, sizeof again);
		assert_false(unseal(
			key, (struct span){"row", 3}, (struct span){sealed, sizeof sealed}, again));
		assert_memory_equal(again, zero, sizeof again);
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < sizeof sealed; n++)
		assert_false(unseal(key, (struct span){"row", 3}, (struct span){sealed, n}, again));
	assert_false(unseal(
		other, (struct span){"row", 3}, (struct span){sealed, sizeof sealed}, again));
	assert_false(
		unseal(key, (struct span){"rov", 3}, (struct span){sealed, sizeof sealed}, again));
	assert_false(
		unseal(key, (struct span){"row", 2}, (struct span){sealed, sizeof sealed}, again));
	assert_false(
		unseal(key, (struct span){"row", 0}, (struct span){sealed, sizeof sealed}, again));
	assert_true(
		unseal(key, (struct span){"row", 3}, (struct span){sealed, sizeof sealed}, again));
}

static void never_the_same(void **state)
{
	uint8_t sealed[100][5 + SEAL_OVERHEAD];

	(void)state;
	for (int i = 0; i < 100; i++) {
		seal(key, (struct span){"", 0}, (struct span){"again", 5}, sealed[i]);
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(sealed[i] + 1, sealed[k] + 1, 12);
	}
}

static void made_secrets(void **state)
{
	char text[SECRET_TEXT + 1], last[SECRET_TEXT + 1] = "";
	uint8_t bytes[SECRET_KEY_MAX], encoded[64];

	(void)state;
	for (int i = 0; i < 200; i++) {
		secret_make(text);
		assert_int_equal(strlen(text), SECRET_TEXT);
		assert_string_not_equal(text, last);
		assert_int_equal(secret_key(text, SECRET_TEXT, bytes), 32);
		/* the encoder is OpenSSL's, the decoder ours */
		EVP_EncodeBlock(encoded, bytes, 32);
		assert_string_equal((char *)encoded, text + 6);
		memcpy(last, text, sizeof last);
	}
}

/* What others made of n bytes 0, 1, 2…, and what is no secret. */
static void secret_txt(void **state)
{
	struct cases c;
	uint8_t bytes[SECRET_KEY_MAX];

	(void)state;
	for (cases_open(&c, "secret.txt"); cases_next(&c);) {
		long n = secret_key(c.field[1], c.length[1], bytes),
		     want = strtol(c.field[0], NULL, 10);

		if (n != want)
			case_fail(&c, "%ld bytes, not %ld: %s", n, want, c.field[1]);
		for (long i = 0; i < n && c.count > 2; i++)
			assert_int_equal(bytes[i],
				(uint8_t)(strtol(c.field[2], NULL, 10) +
					i * strtol(c.field[3], NULL, 10)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_does_not_open),
		cmocka_unit_test(never_the_same),
		cmocka_unit_test(made_secrets),
		cmocka_unit_test(secret_txt),
	};
	return cmocka_run_group_tests(tests, keys, NULL);
}
