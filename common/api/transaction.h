/* transaction: what a route's handler does, in its transaction. */
#ifndef TG_API_TRANSACTION_H
#define TG_API_TRANSACTION_H

#include "common/http/request.h"

/* Runs the handler as its route's flags say, again where another transaction was in the way, and
 * commits what it wrote with its audit row and the answer under its Idempotency-Key. */
NODISCARD enum err transaction_run(struct req *r);

/* A refusal that came of it is an answer, too: remembered under the Idempotency-Key. The reply is
 * rendered. */
void transaction_store_refusal(struct req *r, enum err err);

extern const struct statement *const transaction_statements[]; /* ends with NULL */

#endif
