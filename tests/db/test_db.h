/* test_db: what the database's test programs share. */
#ifndef TG_TEST_DB_H
#define TG_TEST_DB_H

#include "common/base/clock.h"
#include "common/db/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* The configuration $TG_CONF names; it ends the program when that cannot be read. The database in
 * it is scratch: tables test_… come and go. */
static inline struct config *test_conf(void)
{
	static struct config *c;
	char why[500] = "TG_CONF is not set";
	const char *path = getenv("TG_CONF");
	if (!c && path)
		c = config_load(path, "ticketgate", why, sizeof why);
	if (!c) {
		fprintf(stderr, "this test needs a database: %s\n", why);
		exit(77);
	}
	return c;
}

/* An administrator's connection, for making tables and killing others. */
static inline void script(struct db *admin, const char *sql)
{
	enum err e = db_script(admin, sql);
	if (e != OK)
		fprintf(stderr, "%s: %s\n", sql, db_error(admin));
	assert_int_equal(e, OK);
}

#endif
