/* idempotency: executes a POST once, however often it is sent with the same Idempotency-Key
 * (contract section 5). */
#ifndef TG_ACCESS_IDEMPOTENCY_H
#define TG_ACCESS_IDEMPOTENCY_H

#include "common/http/request.h"

/* The largest response that is stored, in bytes of the body: of a success, and of a refusal, which
 * is executed again instead. */
#define IDEMPOTENCY_BODY_MAX ((size_t)64 << 10)
#define IDEMPOTENCY_REFUSAL_MAX ((size_t)16 << 10)

/* Gate: reads and validates the Idempotency-Key of a POST; sets r->idempotency.key (NULL: none) and
 * the fingerprint. Needs the body and the caller. Needs no database. ERR_RATE
 * when the caller has used idempotency_keys of them within 24 hours. */
NODISCARD enum err idempotency_read(struct req *r);

/* Claims the key, as the first statement of the request's transaction. When a response is stored
 * under it, `replayed` is set and the response is the stored one. ERR_CONFLICT with Retry-After
 * while the first request is running (a claim that was committed without a response counts as
 * running for a minute); ERR_IDEMPOTENCY when the key was used for a different request. */
NODISCARD enum err idempotency_claim(struct req *r, bool *replayed);
/* Releases a claim that was committed without a response, so that a retry executes the request; in
 * a transaction of its own. A failure is logged; the claim then expires after a minute. */
void idempotency_release(struct req *r);
/* Stores the response under the key, encrypted, or only its status when it is too large, as the
 * last deferred write of the same transaction. */
NODISCARD enum err idempotency_store(struct req *r);

/* The same for a shared transaction, where keys are claimed and their responses stored in one
 * statement, at the end.
 * idempotency_find_many sets `found` for the requests whose key has a row; the others may have got
 * one when the transaction writes: that is a duplicate key, or a lock wait that fails at once.
 * idempotency_store_claimed defers claim and response; ERR_RETRY for a response that is too large.
 */
NODISCARD enum err idempotency_find_many(
	struct db *db, struct arena *a, struct req *const *list, size_t n, bool *found);
NODISCARD enum err idempotency_store_claimed(struct req *r);
/* Whether two requests have the same key of the same caller. */
bool idempotency_same(const struct req *a, const struct req *b);

/* All three end with NULL. */
extern const struct statement *const idempotency_statements[];
/* For programs whose callers are keys and users. */
extern const struct statement *const idempotency_caller_statements[];
/* For programs with public routes. */
extern const struct statement *const idempotency_anonymous_statements[];

#endif
