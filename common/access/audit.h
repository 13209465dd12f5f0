/* audit: rows of the audit trail. */
#ifndef TG_ACCESS_AUDIT_H
#define TG_ACCESS_AUDIT_H

#include "common/db/statement.h"

/* Every change writes its row in the same transaction, so a row proves that the change was
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

/* Sets the parameters of the two statements; the texts must outlive their use. */
void audit_params(struct params *p, struct arena *a, const struct audit_row *row);

extern const struct statement audit_insert;
/* One row when the audit row was committed: settles a COMMIT whose reply was lost. */
extern const struct statement audit_find;

#endif
