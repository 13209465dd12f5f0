/* epoch: up to which id everything of an organization is committed. */
#ifndef TG_ACCESS_EPOCH_H
#define TG_ACCESS_EPOCH_H

/* A reader that goes on from the last row it saw must miss none. But ids are made before COMMIT: a
 * transaction that waits for a lock can commit behind a reader that has already passed its id. The
 * table write_epochs has one row for each epoch of an organization, mostly one; its `mark` is the
 * smallest id (UUIDv7) that may be written in it.
 *
 * Writers lock the newest row in share mode until they commit, and write no id below its mark.
 * Readers list ids below a mark only: they insert a row with a higher mark, to which new writers
 * turn, and test by FOR UPDATE NOWAIT whether anybody still holds the older one. Nobody waits for
 * anybody. A writer that was killed holds its lock for exactly as long as its transaction may still
 * be committed.
 *
 * In a Galera cluster a lock is known to one node only: a reader at another one ends the epoch, and
 * a writer that was on its way to all nodes already is committed after that, below the mark. There
 * writers also put a row into epoch_entries that refers to their epoch, and delete it again. Nodes
 * compare what transactions wrote, the parents of foreign keys included: of the writer and the end
 * of its epoch, the one that comes later fails and is run again. */

#include "common/db/statement.h"

/* The mark of an organization that is suspended (`ticketgate org suspend`): no id is above it, so
 * that no writer can commit, while readers go on. */
#define EPOCH_SUSPENDED "x'ffffffffffffffffffffffffffffffff'"

/* The newest epoch of :org, locked in share mode, as a table with the column `mark`. */
#define EPOCH_LOCKED           \
	"(SELECT mark"         \
	" FROM write_epochs"   \
	" WHERE org_id = :org" \
	" ORDER BY mark DESC"  \
	" LIMIT 1"             \
	" LOCK IN SHARE MODE)"
/* The state of the epochs of :org for one list; `latest` selects the highest of the list's ids, or
 * the latest of its times: one index entry. It does not name e.mark, or it would be searched for
 * among all rows below that. Further parameters are the list's. */
#define EPOCH_STATE(latest)                     \
	"SELECT e.mark, (" latest ") AS latest" \
	" FROM write_epochs e"                  \
	" WHERE e.org_id = :org"                \
	" ORDER BY e.mark"

/* For readers, outside of transactions. Sets *mark: all rows of the list with smaller ids are
 * committed and no more will come. Rows committed before the call are below it, unless an older
 * transaction is still open. `state` is the list's EPOCH_STATE, `p` its parameters. A database
 * that accepts no writes has no open transactions, either: then *mark is above all ids. */
NODISCARD enum err epoch_mark(struct db *db, struct arena *a, const struct params *p,
	const struct statement *state, struct uuid *mark);

/* The highest mark that this process has found for :org; 0 when it knows none. What is below a mark
 * stays as complete as it was: a list all of whose rows are below needs no epoch_mark. */
struct uuid epoch_known(const struct params *p);

/* For writers, within a transaction: locks the newest epoch of :org in `p` until its end. Ids made
 * afterwards (uuid_make) are not below its mark. ERR_SUSPENDED: there is none to write in. */
NODISCARD enum err epoch_hold(struct db *db, struct arena *a, const struct params *p);
/* Before a statement that locks the newest epoch of :org itself (EPOCH_LOCKED): what a cluster
 * needs besides. */
NODISCARD enum err epoch_enter(struct db *db, struct arena *a, const struct params *p);
/* epoch_hold without the lock, before a transaction that failed because an epoch had begun since
 * its ids were made starts again. */
NODISCARD enum err epoch_follow(struct db *db, struct arena *a, const struct params *p);

extern const struct statement *const epoch_reader_statements[]; /* of epoch_mark; ends with NULL */
extern const struct statement *const epoch_writer_statements[]; /* of the others */

#endif
