/* batch: several writes in one round trip to the database. */
#ifndef TG_DB_BATCH_H
#define TG_DB_BATCH_H

#include "common/db/statement.h"

#define BATCH_MAX 12

/* Statements that nobody waits for one by one: their effect is needed by COMMIT, not before. All
 * zero: empty. */
struct statement_batch {
	size_t n;
	struct {
		const struct statement *st;
		struct params p;
	} steps[BATCH_MAX];
};

/* Adds a write without a result; the values are copied, the text and bytes they point to must live
 * until batch_run. What is full is run first. */
NODISCARD enum err batch_add(struct db *db, struct arena *arena, struct statement_batch *b,
	const struct statement *st, const struct params *params);
/* Runs all of them in order, and empties it. A failure may have left earlier ones done: the caller
   rolls back. A duplicate key is ERR_RETRY, for what is written so has ids made by chance. */
NODISCARD enum err batch_run(struct db *db, struct arena *arena, struct statement_batch *b);

#endif
