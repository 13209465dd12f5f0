/* test_password: what is stored for a password, what fits it and what does not. */
#include "common/crypto/password.h"

#include "tests/unit/cases.h"

#include <time.h>
#include <sys/param.h>

static uint8_t pepper[32] = {1, 2, 3}, other[32] = {1, 2, 4};

static void fits_itself_only(void **state)
{
	static const char *const wrong[] = {"correct horse battery ", "Correct horse battery"};
	char hash[PASSWORD_HASH + 1], again[PASSWORD_HASH + 1];
	bool stale = true;

	(void)state;
	assert_true(password_hash(pepper, "correct horse battery", hash));
	assert_true(password_verify(pepper, "correct horse battery", hash, &stale));
	assert_false(stale);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(password_verify(pepper, wrong[i], hash, &stale));
	assert_false(password_verify(other, "correct horse battery", hash, &stale));
	assert_true(password_hash(pepper, "correct horse battery", again));
	assert_string_not_equal(hash, again); /* a salt of its own */
	assert_null(strstr(hash, "horse"));
	assert_int_equal(strncmp(hash, "$scrypt$ln=15,r=8,p=3$", 22), 0);
	assert_true(strlen(hash) <= PASSWORD_HASH);
}

/* A text of other parameters is judged by them, and said to be stale: made here with OpenSSL alone.
 */
static void older_parameters(void **state)
{
	/* scrypt(HMAC-SHA-256(pepper, "password:" "old"), salt 0..15, N 1024, r 8, p 1), computed
	 * by another implementation (Python's hashlib) */
	static const char old[] = "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$9FNQjR-"
				  "8F4lMVvgPSivzBQOd8RCDz9fJsResPrGeYL0";
	bool stale = false;

	(void)state;
	assert_true(password_verify(pepper, "old", old, &stale));
	assert_true(stale);
	assert_false(password_verify(pepper, "new", old, &stale));
	assert_false(stale);
}

/* What password_hash did not make fits nothing, and costs what it costs otherwise. */
static void spoiled(void **state)
{
	static const char *const texts[] = {
		"",
		"$scrypt$ln=63,r=8,p=3$AAECAwQFBgcICQoLDA0ODw$"
		"AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8",
		"$scrypt$ln=15,r=8,p=3$AAEC!wQFBgcICQoLDA0ODw$"
		"AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8",
		"$2b$12$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
	};
	bool stale = true;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_false(password_verify(pepper, "x", texts[i], &stale));
		assert_false(stale);
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Nobody's password takes as long as somebody's: in processor time, within a half. */
static void nobody_takes_as_long(void **state)
{
	char hash[PASSWORD_HASH + 1];
	double known = 1e9, unknown = 1e9;
	bool stale;

	(void)state;
	assert_true(password_hash(pepper, "somebody", hash));
	for (int i = 0; i < 2; i++) { /* the less of two: other work on the machine only adds */
		double begin = seconds();
		assert_false(password_verify(pepper, "x", hash, &stale));
		double middle = seconds();
		assert_false(password_verify(pepper, "x", NULL, &stale));
		double end = seconds();
		known = MIN(known, middle - begin);
		unknown = MIN(unknown, end - middle);
	}
	assert_true(unknown > known / 2 && unknown < known * 2);
}

static void very_long(void **state)
{
	char hash[PASSWORD_HASH + 1], text[5000];
	bool stale;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = 0;
	assert_true(password_hash(pepper, text, hash));
	assert_true(password_verify(pepper, text, hash, &stale));
	text[sizeof text - 2] = 'b';
	assert_false(password_verify(pepper, text, hash, &stale));
}

int main(void)
{
	static const struct CMUnitTest quick[] = {cmocka_unit_test(older_parameters)};
	static const struct CMUnitTest all[] = {cmocka_unit_test(fits_itself_only),
		cmocka_unit_test(older_parameters), cmocka_unit_test(spoiled),
		cmocka_unit_test(nobody_takes_as_long), cmocka_unit_test(very_long)};
	/* valgrind is fifty times slower, and scrypt is made to be slow */
	return getenv("TG_VALGRIND") ? cmocka_run_group_tests(quick, NULL, NULL)
				     : cmocka_run_group_tests(all, NULL, NULL);
}
