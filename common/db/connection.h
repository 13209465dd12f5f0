/* connection: one MariaDB connection and its transactions. */
#ifndef TG_DB_CONNECTION_H
#define TG_DB_CONNECTION_H

#include "common/base/arena.h"
#include "common/runtime/config.h"
#include "common/base/error_code.h"
#include "common/base/value.h"

#include <stdbool.h>

struct db;

/* No connection yet: the first use makes it. `conf` must outlive it. */
struct db *db_new(const struct config *conf);
void db_free(struct db *db);

/* Connected, with a session as house.md says (strict sql_mode, time_zone +00:00, utf8mb4 with
   utf8mb4_unicode_520_ci, READ COMMITTED, FOUND_ROWS, lock wait and statement limits, no
   auto-reconnect, no multi-statements). After a failure further calls answer ERR_UNAVAILABLE at
   once until a back-off (50 ms doubling to 1 s) has passed; the first failure and the recovery are
   logged, not each try. */
NODISCARD enum err db_ready(struct db *db);

NODISCARD enum err db_begin(struct db *db);
NODISCARD enum err db_commit(struct db *db); /* ERR_LOST: the outcome is unknown */
/* always leaves no transaction open: drops the connection if it must */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);
bool db_changed(const struct db *db); /* a statement flagged SQL_WRITE ran at any time */
/* a statement flagged SQL_WRITE ran since db_begin (or, outside a transaction, since db_ready) */
bool db_wrote(const struct db *db);
/* closes the connection and with it the transaction; the next use makes a new one */
void db_drop(struct db *db);

/* The name of the unique key that the last ERR_DUPLICATE was about, "" when unknown. */
const char *db_duplicate_key(const struct db *db);
/* The server's number and text of the last failure, for the log and for `ticketgate`; never for a
 * client. */
unsigned db_errno(const struct db *db);
const char *db_error(const struct db *db);

/* One statement of SQL text without parameters or result, for the migrator. Not for requests. */
NODISCARD enum err db_script(struct db *db, const char *sql);

/* For common/db/statement.c. */
struct st_mysql;
/* db_ready, but db_wrote keeps what it knows; in a transaction that can only be rolled back:
 * ERR_RETRY or ERR_LOST, until db_rollback or db_begin */
NODISCARD enum err db_use(struct db *db);
struct st_mysql *db_handle(struct db *db); /* after db_use */
/* number to enum err; remembers; logs what is not the client's doing (`what` NULL: nothing). May
 * drop the connection, and the prepared statements with it. */
enum err db_failed(struct db *db, unsigned number, const char *text, const char *what);
void db_mark_write(struct db *db);
struct prepared;
/* The connection's prepared statements, freed with it (common/db/prepared.h). */
struct prepared **db_prepared(struct db *db);

#endif
