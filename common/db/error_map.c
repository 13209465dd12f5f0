/* error_map: what the error numbers of server and client library mean. */
#include "common/db/error_map.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stddef.h>
#include <string.h>

/* The result of each error number of server and client (MariaDB Knowledge Base, Error Codes).
 * Others are ERR_INTERNAL. */
static const struct {
	unsigned number;
	struct db_meaning meaning;
} error_map[] = {
	{ER_LOCK_DEADLOCK, {ERR_RETRY, false}}, /* 1213; Galera: certification failed */
	{ER_LOCK_WAIT_TIMEOUT, {ERR_RETRY, false}}, /* 1205; also NOWAIT */
	{ER_CHECKREAD, {ERR_RETRY, false}}, /* 1020: innodb_snapshot_isolation */
	{ER_NEED_REPREPARE, {ERR_RETRY, false}}, /* 1615 */
	{ER_DUP_ENTRY, {ERR_DUPLICATE, false}}, /* 1062 */
	{CR_CONNECTION_ERROR, {ERR_LOST, true}}, /* 2002 */
	{CR_CONN_HOST_ERROR, {ERR_LOST, true}}, /* 2003 */
	{CR_UNKNOWN_HOST, {ERR_LOST, true}}, /* 2005 */
	{CR_SERVER_GONE_ERROR, {ERR_LOST, true}}, /* 2006 */
	{CR_SERVER_LOST, {ERR_LOST, true}}, /* 2013 */
	{CR_MALFORMED_PACKET, {ERR_LOST, true}}, /* 2027 */
	{CR_SERVER_LOST_EXTENDED, {ERR_LOST, true}}, /* 2055 */
	/* 1047: a Galera node outside of the primary component */
	{ER_UNKNOWN_COM_ERROR, {ERR_LOST, true}}, {ER_SERVER_SHUTDOWN, {ERR_LOST, true}}, /* 1053 */
	{ER_NORMAL_SHUTDOWN, {ERR_LOST, true}}, /* 1077 */
	{ER_NEW_ABORTING_CONNECTION, {ERR_LOST, true}}, /* 1184 */
	/* 1243: a proxy switched to another session */
	{ER_UNKNOWN_STMT_HANDLER, {ERR_LOST, true}},
	{ER_CONNECTION_KILLED, {ERR_LOST, true}}, /* 1927 */
	/* 1180: a Galera node left the primary component during COMMIT, or its disk is full */
	{ER_ERROR_DURING_COMMIT, {ERR_LOST, true}},
	{ER_DISK_FULL, {ERR_UNAVAILABLE, false}}, /* 1021 */
	{ER_RECORD_FILE_FULL, {ERR_UNAVAILABLE, false}}, /* 1114: the tablespace is full */
	{ER_CON_COUNT_ERROR, {ERR_UNAVAILABLE, true}}, /* 1040 */
	{ER_TOO_MANY_USER_CONNECTIONS, {ERR_UNAVAILABLE, true}}, /* 1203 */
	{ER_USER_LIMIT_REACHED, {ERR_UNAVAILABLE, true}}, /* 1226 */
	{ER_CANT_UPDATE_WITH_READLOCK, {ERR_UNAVAILABLE, false}}, /* 1223 */
	/* 1290: read-only server; the next connection may reach the writer */
	{ER_OPTION_PREVENTS_STATEMENT, {ERR_UNAVAILABLE, true}},
	{ER_READ_ONLY_MODE, {ERR_UNAVAILABLE, true}}, /* 1836: the same */
	{ER_QUERY_INTERRUPTED, {ERR_UNAVAILABLE, false}}, /* 1317 */
	{ER_MAX_PREPARED_STMT_COUNT_REACHED, {ERR_UNAVAILABLE, true}}, /* 1461 */
	{ER_STATEMENT_TIMEOUT, {ERR_UNAVAILABLE, false}}, /* 1969 */
	{CR_COMMANDS_OUT_OF_SYNC, {ERR_INTERNAL, true}}, /* 2014 */
	{ER_NET_PACKET_TOO_LARGE, {ERR_INTERNAL, true}}, /* 1153: the server disconnects */
};

/* After these another host of db_host may do better. */
static const unsigned host_errors[] = {
	ER_UNKNOWN_COM_ERROR,
	ER_SERVER_SHUTDOWN,
	ER_NORMAL_SHUTDOWN,
	ER_ERROR_DURING_COMMIT,
	ER_OPTION_PREVENTS_STATEMENT,
	ER_READ_ONLY_MODE,
	CR_SERVER_LOST,
	CR_SERVER_LOST_EXTENDED,
};

static const struct {
	unsigned number;
	const char *text;
} hints[] = {
	{ER_ACCESS_DENIED_ERROR,
		"check db_user and db_password; sql/grants.sql creates the accounts"},
	{ER_DBACCESS_DENIED_ERROR, "the account has no privileges on db_name; see sql/grants.sql"},
	{ER_BAD_DB_ERROR, "create the database named in db_name, then run `ticketgate migrate`"},
	{ER_RECORD_FILE_FULL, "free space on the disk of the database; then all goes on by itself"},
	{ER_DISK_FULL, "free space on the disk of the database; then all goes on by itself"},
	{CR_CONNECTION_ERROR, "is the server running, and does db_socket name its socket?"},
	{CR_CONN_HOST_ERROR, "is the server running, and does db_host name it?"},
	{CR_UNKNOWN_HOST, "check the names in db_host"},
	{CR_SSL_CONNECTION_ERROR,
		"TLS failed: the server's certificate must be signed by db_ca and issued for the "
		"name in db_host"},
	{ER_CON_COUNT_ERROR, "raise max_connections or reduce workers"},
	{ER_TOO_MANY_USER_CONNECTIONS, "raise max_user_connections or reduce workers"},
};

struct db_meaning db_meaning(unsigned number)
{
	for (size_t i = 0; i < sizeof error_map / sizeof *error_map; i++)
		if (error_map[i].number == number)
			return error_map[i].meaning;
	return (struct db_meaning){ERR_INTERNAL, false};
}

bool db_is_host_error(unsigned number)
{
	for (size_t i = 0; i < sizeof host_errors / sizeof *host_errors; i++)
		if (host_errors[i] == number)
			return true;
	return false;
}

const char *db_connect_hint(unsigned number)
{
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (hints[i].number == number)
			return hints[i].text;
	return "";
}

bool db_all_in_use(unsigned number, const char *text)
{
	return number == ER_CON_COUNT_ERROR || number == ER_TOO_MANY_USER_CONNECTIONS ||
		(number == ER_USER_LIMIT_REACHED && strstr(text, "max_user_connections"));
}
