/* login: opens a session on a database host. */
#include "common/db/login.h"

#include "common/base/arena.h"
#include "common/base/text.h"
#include "common/db/dialect.h"

#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPLY_MARGIN_S 10
/* With several hosts: a host that stands still is left after so long. A Galera cluster blocks for
 * about 4 s while it evicts a node that died. */
#define REPLY_OF_SEVERAL_S 8
#define CAUSAL "SET SESSION wsrep_sync_wait = 1"

static unsigned seconds(int64_t ms)
{
	return (unsigned)((ms + 999) / 1000);
}

static void set_options(const struct config *conf, bool no_timeout, MYSQL *my)
{
	char session[800];
	my_bool no = 0, yes = 1;
	unsigned infile = 0, connect = seconds(conf->db_connect_ms);
	unsigned reply = seconds(conf->db_statement_ms) + REPLY_MARGIN_S, send = REPLY_MARGIN_S;
	dialect_session(session, sizeof session, seconds(conf->db_lock_ms),
		no_timeout ? 0 : conf->db_statement_ms);
	if (strchr(text_or(conf->db_host, ""), ','))
		reply = REPLY_OF_SEVERAL_S;
	mysql_options(my, MYSQL_OPT_RECONNECT, &no);
	mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &infile);
	mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(my, MYSQL_INIT_COMMAND, session);
	if (connect)
		mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	if (!no_timeout && conf->db_statement_ms > 0)
		mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &reply);
	mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &send);
	if (conf->db_ca && *conf->db_ca) {
		mysql_options(my, MYSQL_OPT_SSL_CA, conf->db_ca);
		mysql_options(my, MYSQL_OPT_SSL_ENFORCE, &yes);
		mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	}
}

static const char *or_null(const char *s)
{
	if (s && *s)
		return s;
	return NULL;
}

/* The socket of a database on this machine: as configured, or the first of those that
 * distributions use; NULL: there is none. */
static const char *socket_of(const struct config *c)
{
	static const char *const usual[] = {"/run/mysqld/mysqld.sock", /* Debian */
		"/var/lib/mysql/mysql.sock", /* Red Hat */
		"/run/mysql/mysql.sock", /* SUSE */
		"/tmp/mysql.sock", NULL};
	const char *const *p = usual;
	if (text_filled(c->db_socket))
		return c->db_socket;
	while (*p && access(*p, F_OK) != 0)
		p++;
	return *p;
}

const char *login_place(const struct config *c)
{
	const char *host = text_filled(c->db_host), *path = host ? NULL : socket_of(c);
	return host ? host : text_or(path, "127.0.0.1");
}

/* Reads a variable of the session, or 0 when the server has none of that name. */
static bool has_variable(MYSQL *my, const char *sql)
{
	MYSQL_RES *result = mysql_real_query(my, sql, strlen(sql)) ? NULL : mysql_store_result(my);
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
	bool on = row && row[0] && (row[0][0] == '1' || strcmp(row[0], "ON") == 0);
	if (result)
		mysql_free_result(result);
	return on;
}

/* A Galera node that is joining or outside of the primary component accepts logins, too. With
 * wsrep_sync_wait = 1, reads see what was committed on other nodes before (MariaDB Knowledge Base,
 * Galera Cluster System Variables). */
static bool node_is_ready(struct login *login)
{
	MYSQL *my = login->my;
	login->replicated = has_variable(my, "SELECT @@wsrep_on");
	if (!login->replicated) /* MySQL has no such variable */
		return mysql_errno(my) == 0 || mysql_errno(my) == ER_UNKNOWN_SYSTEM_VARIABLE;
	return has_variable(my,
		       "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
		       " WHERE VARIABLE_NAME = 'WSREP_READY'") &&
		mysql_real_query(my, CAUSAL, strlen(CAUSAL)) == 0;
}

bool login_open(const struct config *c, const struct host *host, bool no_timeout, struct login *out)
{
	MYSQL *my = oom_check(mysql_init(NULL));
	const char *name = or_null(host->name), *path = NULL;
	if (!name || strcmp(name, "localhost") == 0)
		path = socket_of(c);
	if (!name && !path)
		name = "127.0.0.1";
	*out = (struct login){.my = my};
	set_options(c, no_timeout, my);
	if (mysql_real_connect(my, name, or_null(c->db_user), or_null(c->db_password),
		    or_null(c->db_name), host->port, path, CLIENT_FOUND_ROWS) &&
		node_is_ready(out))
		return true;
	out->number = mysql_errno(my) ? mysql_errno(my) : ER_UNKNOWN_COM_ERROR;
	snprintf(out->text, sizeof out->text, "%s",
		mysql_errno(my) ? mysql_error(my) : "the node is not ready (wsrep_ready)");
	mysql_close(my);
	out->my = NULL;
	return false;
}
