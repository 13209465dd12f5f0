/* transact: runs a transaction and starts it again after a deadlock. */
#include "common/db/transact.h"

#include "common/base/clock.h"
#include "common/base/uuid.h"

#include <assert.h>
#include <sys/param.h>

/* Up to 2^(attempt + 3) ms; random, so that two transactions in conflict do not meet again. */
static void transact_pause(int attempt)
{
	clock_pause_ms(uuid_make().b[15] % (8 << MIN(attempt, 5)));
}

enum err db_transact(struct db *db, int attempts, transact_step *step, void *ctx)
{
	enum err err = ERR_RETRY;

	assert(attempts > 0);
	for (int i = 0; i < attempts && err == ERR_RETRY; i++) {
		if (i > 0)
			transact_pause(i);
		db_begin(db);
		if ((err = step(ctx)) == OK)
			err = db_commit(db);
		if (db_in_transaction(db))
			db_rollback(db);
	}
	return err;
}
