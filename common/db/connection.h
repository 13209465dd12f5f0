/* connection: a connection to MariaDB or MySQL, its transactions and its errors. */
#ifndef TG_DB_CONNECTION_H
#define TG_DB_CONNECTION_H

#include "common/base/arena.h"
#include "common/runtime/config.h"
#include "common/base/error_code.h"
#include "common/base/value.h"

#include <stdbool.h>

struct db;

/* Does not connect: the first use does. `conf` must outlive it. Freed by db_free(). */
struct db *db_new(const struct config *conf);
void db_free(struct db *db);
/* Which hosts of db_host have failed, and that a process waits for a connection, is known to all
 * processes that share `shm`, which must outlive it. */
struct shm;
void db_share(struct db *db, struct shm *shm);
/* The account may be allowed fewer connections than there are processes (max_user_connections on
 * shared hosting). Then one that finds all in use waits up to 10 s, and those that have one give it
 * up when they do not need it. */
/* Between two requests: closes the connection if another process waits for one. */
void db_give_way(struct db *db);
/* While there is no request: closes the connection if another process waits for one, or it has been
 * idle for db_idle. Returns the ms until it wants to be called again, -1: not before the next use.
 */
int64_t db_rest(struct db *db);

/* Connects if necessary. The session has a strict sql_mode, time_zone +00:00, utf8mb4 with
 * utf8mb4_unicode_520_ci, READ COMMITTED, FOUND_ROWS, limits for lock waits and statements, no
 * auto-reconnect and no multi-statements. After a failure, further calls return ERR_UNAVAILABLE
 * immediately until a back-off (50 ms, doubling up to 1 s) has passed. Only the first failure and
 * the recovery are logged. */
NODISCARD enum err db_ready(struct db *db);

/* Begins a transaction, after rolling back an open one. The server is told by the first statement:
 * a transaction without statements costs nothing. */
void db_begin(struct db *db);
/* ERR_LOST: the connection was lost and the outcome is unknown. After other failures the
 * transaction stays open and must be rolled back. OK without an open transaction. */
NODISCARD enum err db_commit(struct db *db);
/* Never leaves a transaction open: closes the connection if necessary. */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);
/* Has `call` called before each statement with SQL_WRITE. */
void db_before_change(struct db *db, void (*call)(void *ctx), void *ctx);
/* A statement with SQL_WRITE was run since db_begin() (outside a transaction: since db_ready()). */
bool db_wrote(const struct db *db);
/* Closes the connection and with it the transaction; the next use reconnects. */
void db_drop(struct db *db);

/* The name of the unique key that caused the last ERR_DUPLICATE, "" when unknown; valid until the
 * next one. */
const char *db_duplicate_key(const struct db *db);
/* Number and text of the last failure, for the log and for the `ticketgate` command; never for API
 * clients. */
unsigned db_errno(const struct db *db);
const char *db_error(const struct db *db);

/* Runs one statement of SQL text without parameters and discards its result; for migrations and
 * commands, not for requests. From the first call outside a transaction on, the connection has no
 * statement time limits. */
NODISCARD enum err db_script(struct db *db, const char *sql);

/* The connected server; "" and MariaDB without a connection. */
const char *db_server_version(const struct db *db);
bool db_is_mysql(const struct db *db);

/* ---- for common/db/statement.c ---- */
struct st_mysql;
/* Like db_ready(), but keeps the state of db_wrote(). In a transaction that can only be rolled
 * back: ERR_RETRY or ERR_LOST, until db_rollback() or db_begin(). */
NODISCARD enum err db_use(struct db *db);
struct st_mysql *db_handle(struct db *db); /* valid after db_use() returned OK */
/* Records a failure, logs it (unless `what` is NULL) and returns its enum err. May close the
 * connection, which frees its prepared statements. */
enum err db_failed(struct db *db, unsigned number, const char *text, const char *what);
/* After a statement that succeeded: ERR_RETRY when the server no longer has the open transaction.
 */
NODISCARD enum err db_check_transaction(struct db *db, const char *what);
void db_mark_write(struct db *db);
bool db_is_replicated(const struct db *db); /* the server is a node of a Galera cluster */
bool db_has_bulk(const struct db *db); /* the server takes arrays of parameters */
struct prepared;
/* The connection's prepared statements, freed with it (common/db/prepared.h). */
struct prepared **db_prepared(struct db *db);

#endif
