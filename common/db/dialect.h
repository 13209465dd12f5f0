/* dialect: the differences between MariaDB and MySQL: versions, text for one of them, errors. */
#ifndef TG_DB_DIALECT_H
#define TG_DB_DIALECT_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text of a statement that only one of the servers reads: executable comments, as both know them.
 * They may contain :parameters, but neither quotes nor other comments. */
#define SQL_MARIADB(text) "/*M! " text " */"
#define SQL_MYSQL(text) "/*!80000 " text " */"

/* A lock that another transaction holds is an error at once, not after innodb_lock_wait_timeout.
 * MySQL has this for SELECT only: there SQL_UNLOCKED behind "UPDATE table" leaves a locked row out.
 */
#define SQL_NO_WAIT SQL_MARIADB("SET STATEMENT innodb_lock_wait_timeout=0 FOR") " "
#define SQL_UNLOCKED(table, id)                                               \
	SQL_MYSQL(" JOIN (SELECT id AS free_id FROM " table " WHERE id = " id \
		  " LIMIT 1 FOR UPDATE SKIP LOCKED) free ON TRUE")
/* What its `id` must be: a constant would be locked before. */
#define SQL_UNLOCKED_ID(id) SQL_MARIADB(id) SQL_MYSQL("free_id")
/* FOR UPDATE beside JSON_TABLE, of which MySQL can lock no rows; MariaDB has no OF. */
#define SQL_FOR_UPDATE_OF(alias) " FOR UPDATE " SQL_MYSQL("OF " alias)

/* The statement as one of the servers gets it; `sql` itself when it has no such text, else in the
 * arena. */
const char *dialect_text(struct arena *a, const char *sql, bool mysql);

/* The statement that sets up a session, for either server: strict, UTC, READ COMMITTED. `limit_ms`
 * of a statement: 0 for none. */
void dialect_session(char *out, size_t size, unsigned lock_wait_s, int64_t limit_ms);

/* MariaDB's number of an error that has another one in MySQL. */
unsigned dialect_error(unsigned number);

/* A server, from its VERSION(): "10.11.6-MariaDB-0+deb12u1", "8.0.43", "9.7.4-2". */
struct server_version {
	bool mysql;
	unsigned major, minor, patch;
};

enum server_support {
	SERVER_UNKNOWN, /* not a version */
	SERVER_TOO_OLD,
	SERVER_UNTESTED, /* newer than the tested ones */
	SERVER_SUPPORTED, /* between tested versions */
	SERVER_TESTED, /* ./check runs on it */
};
enum server_support server_support(const char *version, struct server_version *out);
/* "MariaDB 10.6 to 12, MySQL 8.0.19 to 9" */
extern const char server_requirements[];

#endif
