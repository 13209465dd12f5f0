/* dialect: the differences between MariaDB and MySQL: versions, text for one of them, errors. */
#include "common/db/dialect.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <string.h>

static const struct part {
	const char *opening;
	bool mysql;
} parts[] = {{"/*M! ", false}, {"/*!80000 ", true}};

/* The text for one of the servers that begins at p. */
static const struct part *part_at(const char *p)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strncmp(p, parts[i].opening, strlen(parts[i].opening)) == 0)
			return &parts[i];
	return NULL;
}

const char *dialect_text(struct arena *a, const char *sql, bool mysql)
{
	const struct part *inside = NULL;
	if (!strstr(sql, "/*M! ") && !strstr(sql, "/*!80000 "))
		return sql;
	char *out = arena_alloc(a, strlen(sql) + 1), *to = out;
	while (*sql) {
		const struct part *part = part_at(sql);
		if (!inside && part) {
			inside = part;
			sql += strlen(part->opening);
		} else if (inside && strncmp(sql, "*/", 2) == 0) {
			inside = NULL;
			sql += 2;
		} else if (!inside || inside->mysql == mysql) {
			*to++ = *sql++;
		} else {
			sql++;
		}
	}
	*to = '\0';
	return out;
}

/* MariaDB before 11.1 knows tx_isolation only, MySQL transaction_isolation only; its limit is in
 * milliseconds and for SELECT alone. */
void dialect_session(char *out, size_t size, unsigned lock_wait_s, int64_t limit_ms)
{
	snprintf(out, size,
		"SET sql_mode = "
		"'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,"
		"NO_ZERO_IN_DATE,ONLY_FULL_GROUP_BY',"
		" time_zone = '+00:00', collation_connection = 'utf8mb4_unicode_520_ci', "
		"autocommit = 1, innodb_lock_wait_timeout = %u" SQL_MARIADB(
			", tx_isolation = 'READ-COMMITTED', max_statement_time = %lld.%03d")
			SQL_MYSQL(", transaction_isolation = 'READ-COMMITTED', "
				  "max_execution_time = %lld"),
		lock_wait_s, (long long)(limit_ms / 1000), (int)(limit_ms % 1000),
		(long long)limit_ms);
}

/* MySQL Server Error Message Reference. Numbers from 3000 on mean something else in MariaDB. */
static const struct {
	unsigned mysql, mariadb;
} numbers[] = {
	{3024, ER_STATEMENT_TIMEOUT}, /* max_execution_time */
	{3032, ER_SERVER_SHUTDOWN}, /* offline mode */
	/* group replication: the hook before COMMIT failed, or rolled back because of a conflict */
	{3100, ER_LOCK_DEADLOCK}, {3101, ER_LOCK_DEADLOCK},
	{3168, ER_SERVER_SHUTDOWN}, /* the server is not available */
	{3169, ER_CONNECTION_KILLED}, /* the session was killed */
	{3572, ER_LOCK_WAIT_TIMEOUT}, /* NOWAIT */
	{3819, ER_CONSTRAINT_FAILED}, /* CHECK */
	{4031, CR_SERVER_GONE_ERROR}, /* wait_timeout */
};

unsigned dialect_error(unsigned number)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].mysql == number)
			return numbers[i].mariadb;
	return number;
}

#define COMBINED(major, minor, patch) ((major)*1000000u + (minor)*1000u + (patch))

/* MariaDB 10.6 has JSON_TABLE and SKIP LOCKED; MySQL 8.0.16 has CHECK, 8.0.19 row aliases and all
 * that the statements use (its manual, "What Is New in MySQL 8.0"). */
static const struct {
	bool mysql;
	unsigned first, after; /* supported: from `first` on and before `after` */
} supported[] = {
	{false, COMBINED(10, 6, 0), COMBINED(13, 0, 0)},
	{true, COMBINED(8, 0, 19), COMBINED(10, 0, 0)},
};
const char server_requirements[] = "MariaDB 10.6 to 12, MySQL 8.0.19 to 9";

/* The versions that ./check runs on (tests/lib/servers.sh). */
static const struct server_version tested[] = {
	{false, 10, 11, 0}, {false, 11, 8, 0}, {true, 9, 7, 0}};

enum server_support server_support(const char *version, struct server_version *out)
{
	*out = (struct server_version){.mysql = !strstr(version, "MariaDB")};
	if (!out->mysql && strncmp(version, "5.5.5-", 6) == 0) /* for old replicas */
		version += 6;
	if (sscanf(version, "%3u.%3u.%3u", &out->major, &out->minor, &out->patch) != 3)
		return SERVER_UNKNOWN;
	unsigned number = COMBINED(out->major, out->minor, out->patch);
	if (number < supported[out->mysql].first)
		return SERVER_TOO_OLD;
	if (number >= supported[out->mysql].after)
		return SERVER_UNTESTED;
	for (size_t i = 0; i < sizeof tested / sizeof *tested; i++)
		if (tested[i].mysql == out->mysql && tested[i].major == out->major &&
			tested[i].minor == out->minor)
			return SERVER_TESTED;
	return SERVER_SUPPORTED;
}
