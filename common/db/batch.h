/* batch: sends several writes to the database in one round trip. */
#ifndef TG_DB_BATCH_H
#define TG_DB_BATCH_H

#include "common/db/statement.h"

/* statements in one round trip: a sale of four ticket types with its mail takes 13 */
#define BATCH_MAX 13

/* Deferred writes: their effect is needed at COMMIT, not earlier. All zero is an empty batch. */
struct statement_batch {
	size_t n;
	struct {
		const struct statement *st;
		struct params p;
	} steps[BATCH_MAX];
};

/* Adds a write without a result. The parameters are copied into the arena; the text and bytes they
 * point to must live until batch_run(). A full batch is run first. */
NODISCARD enum err batch_add(struct db *db, struct arena *arena, struct statement_batch *b,
	const struct statement *st, const struct params *params);
/* Runs all statements in order and empties the batch. After a failure the caller must roll back,
 * since earlier statements may have been executed. ERR_RETRY when a SQL_GUARDED one wrote nothing.
 * A duplicate key gives ERR_RETRY: rows written this way have random ids, which the retry generates
 * again. */
NODISCARD enum err batch_run(struct db *db, struct arena *arena, struct statement_batch *b);

#endif
