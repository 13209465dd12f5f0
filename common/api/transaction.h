/* transaction: runs a route's handler in its transaction, with retries, audit and idempotency. */
#ifndef TG_API_TRANSACTION_H
#define TG_API_TRANSACTION_H

#include "common/http/request.h"

/* Runs the handler as the flags of its route require, retries it after deadlocks and lock waits,
 * and commits its changes together with the audit row and the response under its
 * Idempotency-Key. */
NODISCARD enum err transaction_run(struct req *r);

/* Stores an error response (4xx) under the Idempotency-Key, in a transaction of its own, because
 * that of the handler was rolled back. Must be called after response_error. Temporary errors, which
 * have a Retry-After, are not stored. */
void transaction_store_refusal(struct req *r, enum err err);

/* The parameters of the request's audit row, for audit_insert. */
void transaction_audit_params(struct req *r, struct params *p);
/* The reply to COMMIT was lost: whether the request's audit row, which was part of the transaction,
 * exists. */
bool transaction_was_committed(struct req *r);
/* It does not: the error that asks the client to retry. */
NODISCARD enum err transaction_lost_commit(struct req *r);

extern const struct statement *const transaction_statements[]; /* ends with NULL */

#endif
