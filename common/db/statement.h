/* statement: constant statements with named parameters, prepared once a connection. */
#ifndef TG_DB_STATEMENT_H
#define TG_DB_STATEMENT_H

#include "common/db/connection.h"

/* The text has `:name` parameters (letters, digits, underscore; not inside quotes, backticks or
 * comments). Zero means deny: a statement that does not name :org must say SQL_GLOBAL. */
enum sql_flags {
	SQL_READ = 1,
	SQL_WRITE = 2,
	SQL_GLOBAL = 4, /* need not name :org */
	/* failures are expected and handled: not logged (1205 of a NOWAIT claim, say) */
	SQL_QUIET = 8,
};
struct statement {
	const char *name; /* "event_insert": for the log, --check and the EXPLAIN test */
	const char *sql;
	unsigned flags;
};

/* Prepares on first use, binds by name (a parameter that `params` does not have is bound NULL),
   executes, fetches everything into the arena. Columns arrive as: integers and booleans VAL_INT,
   DATETIME VAL_TIME, BINARY(16) VAL_UUID, other (VAR)BINARY and BLOB VAL_BYTES, text and JSON
   VAL_TEXT, NULL VAL_NULL; DECIMAL and DOUBLE as text. `rows` may be NULL when there is no result
   set. ERR_RETRY, ERR_DUPLICATE and ERR_LOST as common/base/error_code.h says; ERR_UNAVAILABLE for
   time limits, no connection; anything else ERR_INTERNAL and logged. A lost connection is not
   retried here (common/api/server.c decides). */
NODISCARD enum err sql_run(struct db *db, struct arena *arena, const struct statement *st,
	const struct params *params, struct rows *rows);

/* The same, one row at a time in constant memory: `each` is called with one row whose cells die
   when it returns; it ends the walk by returning anything but OK, which is then returned. No other
   statement may run on `db` meanwhile. */
typedef enum err sql_each(void *ctx, const struct rows *row);
NODISCARD enum err sql_stream(struct db *db, const struct statement *st,
	const struct params *params, sql_each *each, void *ctx);

/* Without running it: does it name :org or say it is global, does it prepare against this schema?
 * `why` gets the reason. */
NODISCARD enum err sql_check(struct db *db, const struct statement *st, char *why, size_t why_size);

/* The text as the server sees it ("?" for ":name"), in the arena, with the names in order. -1 when
 * the text is not well formed (an empty name). */
int sql_rewrite(struct arena *a, const char *sql, char **out, const char ***names);

#endif
