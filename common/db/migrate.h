/* migrate: applies the numbered SQL files that create and alter the tables, each once. */
#ifndef TG_DB_MIGRATE_H
#define TG_DB_MIGRATE_H

#include "common/db/connection.h"
#include "common/base/error_code.h"

#include <stdbool.h>
#include <stddef.h>

/* Applies the files NNN_name.sql of a folder in order; other files are ignored. Statements end as
 * in common/db/sql_file.h. (Inside a stored procedure, lines end with "; --" instead.) Every
 * statement must be safe to run twice, since after a crash the one in progress runs again. */

/* Applies pending migrations; `say` is called with each line of progress. Safe to run repeatedly,
 * on two machines at once (a lease in the database makes the second wait) and after a crash.
 * ERR_CONFLICT: an applied file was modified. Must not run inside a transaction; leaves the
 * connection without statement time limits. */
NODISCARD enum err migrate_run(
	struct db *db, const char *folder, void (*say)(void *ctx, const char *line), void *ctx);

/* Counts what migrate_run() would apply, without changing anything; `each` (may be NULL) is called
 * with each name. ERR_CONFLICT: an applied file was modified. */
NODISCARD enum err migrate_pending(struct db *db, const char *folder, size_t *count,
	void (*each)(void *ctx, const char *name), void *ctx);

/* Whether another process is applying migrations now, or was interrupted less than two minutes ago.
 * The arena is for this call. */
bool migrate_in_progress(struct db *db, struct arena *arena);

/* The directory `what` ("sql") of the program's data; the first of these that exists, or NULL:
 * - $TG_DATA/what
 * - what, ../what, ../private/what and ../share/ticketgate/what, relative to the program's
 *   directory
 * - PKGDATADIR/what
 *
 * The result is in static storage. */
const char *data_find(const char *what);

#endif
