/* fuzz_site: any request to any program, with the database that tests/fuzz/site has made. */
#include "tests/fuzz/request.h"

#include "common/crypto/password.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Statements that a request may need. */
#define STATEMENTS_MAX 60

/* Bytes of the prepared statements of all programs: some 12 KiB each. */
#define KEPT ((size_t)16 << 20)

static int statements;

/* The linker puts these in the place of the library's functions. */
int __real_mysql_real_query(MYSQL *m, const char *text, unsigned long n);
int __wrap_mysql_real_query(MYSQL *m, const char *text, unsigned long n);
int __real_mysql_stmt_execute(MYSQL_STMT *st);
int __wrap_mysql_stmt_execute(MYSQL_STMT *st);
bool __wrap_password_hash(
	const uint8_t pepper[32], const char *password, char out[PASSWORD_HASH + 1]);
bool __wrap_password_verify(
	const uint8_t pepper[32], const char *password, const char *stored, bool *stale);

/* Nothing stays of a request, so that each one finds the same rows. */
int __wrap_mysql_real_query(MYSQL *m, const char *text, unsigned long n)
{
	statements++;
	if (n == 6 && memcmp(text, "COMMIT", 6) == 0)
		return __real_mysql_real_query(m, "ROLLBACK", 8);
	return __real_mysql_real_query(m, text, n);
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *st)
{
	statements++;
	return __real_mysql_stmt_execute(st);
}

/* Hashing a password takes much memory and time on purpose. */
bool __wrap_password_hash(
	const uint8_t pepper[32], const char *password, char out[PASSWORD_HASH + 1])
{
	(void)pepper, (void)password;
	memcpy(out, "$scrypt$", 9);
	return true;
}

bool __wrap_password_verify(
	const uint8_t pepper[32], const char *password, const char *stored, bool *stale)
{
	(void)pepper;
	*stale = false;
	return stored && strcmp(password, "nine tricycles at dawn") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct app *app;
	bool unavailable;

	if (size > REQUEST_MAX)
		return 0;
	if (!app) {
		const char *conf = getenv("TG_FUZZ_CONF");
		if (!conf) {
			fprintf(stderr, "run it by tests/fuzz/site\n");
			exit(2);
		}
		app = request_app(conf);
	}
	statements = 0;
	size_t n = request_answer(app, data, size, KEPT, &unavailable);
	if (unavailable) { /* the database may have been slow; it must not be the input */
		statements = 0;
		n = request_answer(app, data, size, KEPT, &unavailable);
		demand(!unavailable);
	}
	if (statements > (int)n * STATEMENTS_MAX) {
		fprintf(stderr, "ERROR: %d statements\n", statements);
		abort();
	}
	return 0;
}
