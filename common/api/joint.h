/* joint: runs several requests in one transaction. */
#ifndef TG_API_JOINT_H
#define TG_API_JOINT_H

/* In a rush most of a sale's cost is what it does for itself: a transaction, a log flush,
 * statements of one row each, and waiting for the row of the ticket type. Requests that wait at one
 * worker share these. Only the plain case is shared: a request that is refused, that needs more
 * than reading and deferred writes, or that does not fit beside the others, is taken out and run
 * alone afterwards, by transaction_run. When the shared transaction fails before COMMIT, all are.
 * So whatever can go wrong is decided by the code that runs one request.
 *
 * The deferred writes of all members are sorted by statement and sent as one bulk operation each.
 * Statements keep the order in which a member first deferred them, and rows of one statement the
 * order of the members. Writes of different statements that a member defers alternately may change
 * places. */

#include "common/http/request.h"

/* What the routes that may share a transaction have in common. A joint is a const table, whose
 * address is named by the routes. */
struct joint {
	/* Reads, and locks where its handlers would lock, what all members ask for, before their
	 * handlers run; *found becomes their r->joint. Its memory is of the arena. */
	NODISCARD enum err (*read)(
		struct req *const *list, size_t n, struct arena *a, void **found);
	/* After the handler of a member: subtracts what it takes from what later members find.
	 * False: it does not fit, or needs more than a shared transaction does. */
	bool (*admit)(struct req *r);
	/* The contended rows of the admitted members, right before COMMIT. ERR_RETRY when a guard
	 * fails. */
	NODISCARD enum err (*write)(struct req *const *list, size_t n, struct arena *a);
};

/* A request of a shared transaction. */
struct joint_member {
	struct req *r;
	/* Set by joint_run: whether the request is done. Then `err` is its result; the response
	 * is written if that is OK. Otherwise it was not executed, and must be run alone. */
	bool done;
	enum err err;
};

/* Runs requests of one joint that have passed the gates, in their order; n is at most KEPT_MAX. */
void joint_run(struct joint_member *list, size_t n, struct arena *a);
/* After joint_run was left by a jump: none is done, unless COMMIT was sent. */
void joint_undo(struct joint_member *list, size_t n);

#endif
