/* tables: which tables hold rows of one organization, and how these are found. */
#ifndef TG_CLI_MOVE_TABLES_H
#define TG_CLI_MOVE_TABLES_H

#include "cli/core/cli.h"

enum table_flags {
	/* of the installation: only what the organization refers to, imported in the transaction
	 * that makes it usable, and never removed */
	TABLE_SHARED = 1,
	TABLE_FOUND_LATE = 2, /* found by rows of tables that follow: removed before these */
};
/* A table whose rows travel, in an order that satisfies foreign keys. */
struct moved_table {
	const char *name;
	struct statement rows; /* all columns of the rows of :org */
	unsigned flags;
};
extern const struct moved_table moved_tables[]; /* ends with a NULL name */

/* A table that is not moved, and why. */
struct kept_table {
	const char *name, *reason;
};
extern const struct kept_table kept_tables[]; /* ends with a NULL name */

#define COLUMNS_MAX 40
/* The columns of a table in this database. */
struct table_columns {
	size_t n;
	struct table_column {
		const char *name; /* in the arena, of a-z, 0-9 and _ */
		bool key; /* of the primary key */
		bool derived; /* the database computes it */
	} list[COLUMNS_MAX];
};
NODISCARD enum err table_columns_read(
	struct cli *c, const struct moved_table *t, struct table_columns *out);

/* Statements over those columns, in the arena. The text consists of names that were checked;
 * values are the parameters :c0, :c1 and so on: one for each column that is not derived, or for
 * each column of the primary key. */
struct statement table_insert(
	struct arena *a, const struct moved_table *t, const struct table_columns *columns);
struct statement table_delete(
	struct arena *a, const struct moved_table *t, const struct table_columns *columns);
/* The name of the parameter of column i. */
const char *column_parameter(size_t i);

#endif
