/* transact: runs a transaction and starts it again after a deadlock. */
#ifndef TG_DB_TRANSACT_H
#define TG_DB_TRANSACT_H

#include "common/db/connection.h"

typedef enum err transact_step(void *ctx);

/* Begins a transaction, calls `step` and commits; rolls back when either fails. After ERR_RETRY
 * starts again, `attempts` times in all, with random pauses from a few milliseconds up. `step` must
 * not keep effects of an earlier attempt in `ctx`. Returns the last error; ERR_LOST when the reply
 * to COMMIT was lost. */
NODISCARD enum err db_transact(struct db *db, int attempts, transact_step *step, void *ctx);

#endif
