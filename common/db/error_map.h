/* error_map: what the error numbers of server and client library mean. */
#ifndef TG_DB_ERROR_MAP_H
#define TG_DB_ERROR_MAP_H

#include "common/base/error_code.h"

#include <stdbool.h>

struct db_meaning {
	enum err err;
	bool drop; /* the connection must be closed */
};

/* The meaning of a number in MariaDB's numbering; ERR_INTERNAL when it is not expected. */
struct db_meaning db_meaning(unsigned number);
/* Whether another host of db_host may do better. */
bool db_is_host_error(unsigned number);
/* Whether a login failed because all connections that are allowed are in use. 1226 is also said of
 * limits per hour, so its text decides. */
bool db_all_in_use(unsigned number, const char *text);
/* What an administrator can do about a login that failed; "" when nothing is known. */
const char *db_connect_hint(unsigned number);

#endif
