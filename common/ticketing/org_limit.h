/* org_limit: limits the rows of an organization, whoever creates them. */
#ifndef TG_TICKETING_ORG_LIMIT_H
#define TG_TICKETING_ORG_LIMIT_H

#include "common/db/statement.h"

/* Adds :by to :counter of :org. The counter's row stays locked until COMMIT, so that concurrent
 * writers are counted one after the other. */
extern const struct statement counter_add;

/* A limit, and the transaction that has just created a row. */
struct org_limit {
	struct db *db;
	struct arena *arena;
	struct uuid org;
	int64_t now; /* Unix ms: the parameter :now */
	const char *counter; /* its row is the lock; it counts how many were ever created */
	const struct statement *rows; /* the rows that count, as "n", by :org and :now */
	int64_t max;
};

/* *over: there are more rows than the limit, and the transaction must be rolled back. */
NODISCARD enum err org_limit_check(const struct org_limit *l, bool *over);

#endif
