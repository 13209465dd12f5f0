/* audit: the rows of the audit log. */
#ifndef TG_ACCESS_AUDIT_H
#define TG_ACCESS_AUDIT_H

#include "common/db/statement.h"

/* Every change writes a row in its own transaction, so a row proves that the change was
 * committed. */
struct audit_row {
	struct uuid id; /* a new one for each change */
	struct uuid org; /* all zero: the installation itself */
	int64_t at; /* ms */
	const char *actor_type; /* "key", "user", "admin", "system" or "visitor" */
	struct val actor_id; /* VAL_NULL for an actor without an id */
	const char *actor_name, *action;
	struct val resource; /* the id of what was changed, or VAL_NULL */
	const char *address, *request_id; /* NULL outside HTTP */
};

/* Initializes the parameters of these statements; texts of `row` must outlive `p`. */
void audit_params(struct params *p, struct arena *a, const struct audit_row *row);

/* For requests, in a batch: an insert that fails with ERR_RETRY when an epoch has begun since the
 * id was made (common/access/epoch.h). All other ids of the transaction must be made after the
 * row's. */
extern const struct statement audit_insert;
/* The same for transactions that have called epoch_hold before the id was made. */
extern const struct statement audit_insert_held;
/* For everybody else: writes the row within a transaction, under a new id, which is set in *row. */
NODISCARD enum err audit_write(struct db *db, struct arena *a, struct audit_row *row);
/* After a COMMIT whose reply was lost: OK when the row of these parameters exists, so that
 * everything was committed; ERR_RETRY when it does not; ERR_LOST when the database does not tell
 * within two seconds. */
NODISCARD enum err audit_settle(struct db *db, struct arena *a, const struct params *p);
/* Gives a row if the audit row was committed: this resolves a COMMIT whose reply was lost. */
extern const struct statement audit_find;

#endif
