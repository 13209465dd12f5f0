/* migrate: the numbered SQL files that make the database's tables, each applied once. */
#ifndef TG_DB_MIGRATE_H
#define TG_DB_MIGRATE_H

#include "common/db/connection.h"
#include "common/base/error_code.h"

#include <stddef.h>

/* Files NNN_name.sql of a folder, in order; others are ignored. A statement ends at a line that
   ends with a semicolon; lines that begin with -- are dropped. (Inside a stored procedure a line
   ends with "; --" instead.) Every statement must bear being run twice: after a crash the one that
   was under way runs again. */

/* Applies what is missing; `say` gets one sentence for each thing that happens. Safe to run twice,
   on two machines at once (a lease in the database; the second waits) and after a crash. An applied
   file that has since changed is refused. Not in a transaction; leaves the connection without time
   limits. */
NODISCARD enum err migrate_run(
	struct db *db, const char *folder, void (*say)(void *ctx, const char *line), void *ctx);

/* What migrate_run would apply, without changing anything. `each` may be NULL. ERR_CONFLICT: an
 * applied file has changed. */
NODISCARD enum err migrate_pending(struct db *db, const char *folder, size_t *count,
	void (*each)(void *ctx, const char *name), void *ctx);

/* The folder `what` ("sql") of the program's data: $TG_DATA/what, else what (a build in the source
   folder), ../what or ../share/ticketgate/what seen from the program's folder, else
   PKGDATADIR/what. The first that exists; NULL when none does. Static storage. */
const char *data_find(const char *what);

#endif
