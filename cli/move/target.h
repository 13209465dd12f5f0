/* target: the database that an organization is imported to. */
#ifndef TG_CLI_MOVE_TARGET_H
#define TG_CLI_MOVE_TARGET_H

#include "cli/move/move.h"

#define TARGET_ROWS 1000 /* rows of one transaction */
#define TARGET_BYTES ((size_t)4 << 20) /* bytes of their lines */

struct target {
	struct cli *c;
	struct arena *a; /* of one batch */
	struct uuid org;
	const char *slug; /* as it will be */
	char hidden[40]; /* as it is until the end: INCOMPLETE and random letters */
	/* the current table */
	const struct moved_table *table;
	struct table_columns columns;
	size_t n_columns; /* those that travel */
	struct statement *insert;
	const struct params *list[TARGET_ROWS];
	size_t n, bytes;
	bool began; /* something was committed */
	bool last; /* in the last transaction */
	int64_t venues_added, venues_mapped;
	char why[400]; /* after ERR_VALIDATION and ERR_CONFLICT */
};

/* Whether the organization may come here; removes what an earlier import of it left. ERR_CONFLICT
 * with t->why. */
NODISCARD enum err target_check(struct target *t);
NODISCARD enum err target_table(struct target *t, const struct moved_table *table);
/* Adds a row, whose `cells` live in t->a; `bytes`: of its line. */
NODISCARD enum err target_row(struct target *t, struct val *cells, size_t bytes);
/* Writes the rows of the current table that are still waiting. */
NODISCARD enum err target_flush(struct target *t);
/* Makes the organization usable, but suspended. */
NODISCARD enum err target_finish(struct target *t);
/* Removes what was written; false after a message when that failed. */
bool target_undo(struct target *t);

#endif
