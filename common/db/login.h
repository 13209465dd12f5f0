/* login: opens a session on a database host. */
#ifndef TG_DB_LOGIN_H
#define TG_DB_LOGIN_H

#include "common/db/hosts.h"
#include "common/runtime/config.h"

#include <stdbool.h>

struct st_mysql;
struct login {
	struct st_mysql *my; /* the caller closes it; NULL: failed */
	bool replicated; /* the host is a node of a Galera cluster */
	unsigned number; /* of the failure, with its text */
	char text[512];
};

/* Where the database of this configuration is, for messages: db_host, or the socket that is used,
 * or 127.0.0.1 when there is none. */
const char *login_place(const struct config *c);

/* Connects and sets the session up as db_ready() says; `no_timeout`: without limits of time for
 * statements. A node of a cluster that cannot work is a failure. */
bool login_open(
	const struct config *conf, const struct host *host, bool no_timeout, struct login *out);

#endif
