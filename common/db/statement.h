/* statement: runs constant statements with named parameters, prepared once per connection. */
#ifndef TG_DB_STATEMENT_H
#define TG_DB_STATEMENT_H

#include "common/db/connection.h"

/* The text has `:name` parameters (letters, digits, underscore; not inside quotes, backticks or
 * comments). A statement that does not name :org must have SQL_GLOBAL, so that none can forget the
 * tenant. */
enum sql_flags {
	SQL_READ = 1,
	SQL_WRITE = 2,
	SQL_GLOBAL = 4, /* works across organizations */
	SQL_QUIET = 8, /* failures of any kind are expected and handled by the caller: not logged */
	/* in a batch: it must write a row, otherwise the batch fails with ERR_RETRY */
	SQL_GUARDED = 16,
	/* a locked row is expected: not logged, and 1205 leaves the transaction usable */
	SQL_MAY_BE_LOCKED = 32,
};
struct statement {
	const char *name; /* "event_insert": for the log, --check and the EXPLAIN test */
	const char *sql;
	unsigned flags;
};

/* Runs a statement: prepares it on first use, binds parameters by name (missing ones as NULL),
 * executes it and fetches the result into the arena. Column types:
 * - integers and booleans: VAL_INT
 * - DATETIME: VAL_TIME
 * - BINARY(16): VAL_UUID
 * - other (VAR)BINARY and BLOB: VAL_BYTES
 * - text, JSON, DECIMAL and DOUBLE: VAL_TEXT
 * - NULL: VAL_NULL
 *
 * Parameters of one name have one type at all times, or are NULL: MySQL converts later ones to the
 * first one's type.
 *
 * `rows` may be NULL when the result is not needed. Returns ERR_RETRY, ERR_DUPLICATE and ERR_LOST
 * as common/base/error_code.h defines them, ERR_UNAVAILABLE without a connection and for exceeded
 * time limits, and otherwise ERR_INTERNAL. A lost connection is not retried here. */
NODISCARD enum err sql_run(struct db *db, struct arena *arena, const struct statement *st,
	const struct params *params, struct rows *rows);

/* The same, one row at a time in constant memory: `each` is called with a row whose cells are valid
 * until it returns. Anything but OK from it ends the iteration and is returned. No other statement
 * may be run on `db` meanwhile. */
typedef enum err sql_each(void *ctx, const struct rows *row);
NODISCARD enum err sql_stream(struct db *db, const struct statement *st,
	const struct params *params, sql_each *each, void *ctx);

/* Runs a write once for each list of parameters, in order, in one round trip where the server has
 * bulk operations (MariaDB), else one by one. Parameters of one name have one type, or are NULL.
 * `affected` gets the sum of the rows, as in struct rows. Later lists may not have been tried after
 * a failure. */
struct params_many {
	const struct params **list;
	size_t n;
};
NODISCARD enum err sql_run_many(struct db *db, struct arena *arena, const struct statement *st,
	const struct params_many *many, uint64_t *affected);

/* Checks a statement without running it: its flags, :org or SQL_GLOBAL, and whether it can be
 * prepared against this schema. On failure `why` gets the reason. */
NODISCARD enum err sql_check(struct db *db, const struct statement *st, char *why, size_t why_size);

/* Replaces ":name" by "?": text and names (in the order of the markers) are put into the arena.
 * Returns the number of parameters, or -1 when the text is malformed. */
int sql_rewrite(struct arena *a, const char *sql, char **out, const char ***names);

#endif
