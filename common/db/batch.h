/* batch: several writes in one round trip to the database. */
#ifndef TG_DB_BATCH_H
#define TG_DB_BATCH_H

#include "common/db/statement.h"

#define LATER_MAX 12

/* Statements that nobody waits for one by one: their effect is needed by COMMIT, not before. All
 * zero: empty. */
struct later {
	size_t n;
	struct {
		const struct statement *st;
		struct params p;
	} steps[LATER_MAX];
};

/* Adds a write without a result; the values are copied, the text and bytes they point to must live
 * until later_run. What is full is run first. */
MUST enum err later_add(struct db *db, struct arena *arena, struct later *b,
	const struct statement *st, const struct params *params);
/* Runs all of them in order, and empties it. A failure may have left earlier ones done: the caller
   rolls back. A duplicate key is ERR_RETRY, for what is written so has ids made by chance. */
MUST enum err later_run(struct db *db, struct arena *arena, struct later *b);

#endif
