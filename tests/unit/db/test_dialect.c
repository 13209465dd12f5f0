/* test_dialect: what MariaDB and MySQL are told differently, and which of them are supported. */
#include "common/db/dialect.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *sql, *mariadb, *mysql;
} texts[] = {
	{"SELECT 1", "SELECT 1", "SELECT 1"},
	{SQL_NO_WAIT "UPDATE t SET n = :n",
		"SET STATEMENT innodb_lock_wait_timeout=0 FOR  UPDATE t"
		" SET n = :n",
		" UPDATE t SET n = :n"},
	{"SELECT id FROM t" SQL_FOR_UPDATE_OF("t"), "SELECT id FROM t FOR UPDATE ",
		"SELECT id FROM t FOR UPDATE OF t "},
	{SQL_MARIADB("a") "b" SQL_MYSQL("c :d") "e", "a be", "bc :d e"},
	{"SELECT /* any */ 1" SQL_MYSQL("2"), "SELECT /* any */ 1", "SELECT /* any */ 12 "},
	{"a /*M! open", "a open", "a "},
};

static void text(void **state)
{
	struct arena *a = arena_new(1 << 16);
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_string_equal(dialect_text(a, texts[i].sql, false), texts[i].mariadb);
		assert_string_equal(dialect_text(a, texts[i].sql, true), texts[i].mysql);
	}
	assert_ptr_equal(dialect_text(a, texts[0].sql, true), texts[0].sql);
	arena_free(a);
}

static const struct {
	const char *version;
	bool mysql;
	enum server_support support;
} versions[] = {
	{"10.11.19-MariaDB-0+deb12u1", false, SERVER_TESTED},
	{"11.8.9-MariaDB-0+deb13u1 from Debian", false, SERVER_TESTED},
	{"9.7.4-2", true, SERVER_TESTED},
	{"10.6.0-MariaDB", false, SERVER_SUPPORTED},
	{"12.3.1-MariaDB-log", false, SERVER_SUPPORTED},
	{"8.0.19", true, SERVER_SUPPORTED},
	{"8.4.6-0ubuntu0.24.04.1", true, SERVER_SUPPORTED},
	{"10.5.29-MariaDB-0+deb11u1", false, SERVER_TOO_OLD},
	{"5.5.5-10.4.1-MariaDB", false, SERVER_TOO_OLD},
	{"5.5.5-10.11.6-MariaDB-log", false, SERVER_TESTED},
	{"8.0.18", true, SERVER_TOO_OLD},
	{"5.7.44-log", true, SERVER_TOO_OLD},
	{"13.0.0-MariaDB", false, SERVER_UNTESTED},
	{"10.0.0", true, SERVER_UNTESTED},
	{"", true, SERVER_UNKNOWN},
	{"unknown", true, SERVER_UNKNOWN},
};

static void version(void **state)
{
	struct server_version found;
	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		assert_int_equal(server_support(versions[i].version, &found), versions[i].support);
		assert_int_equal(found.mysql, versions[i].mysql);
	}
}

static void error(void **state)
{
	(void)state;
	assert_int_equal(dialect_error(3572), ER_LOCK_WAIT_TIMEOUT);
	assert_int_equal(dialect_error(3101), ER_LOCK_DEADLOCK);
	assert_int_equal(dialect_error(4031), CR_SERVER_GONE_ERROR);
	assert_int_equal(dialect_error(ER_DUP_ENTRY), ER_DUP_ENTRY);
	assert_int_equal(dialect_error(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text), cmocka_unit_test(version), cmocka_unit_test(error)};

	return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}
