/* idempotency: the same POST twice does its work once (contract section 5). */
#ifndef TG_ACCESS_IDEMPOTENCY_H
#define TG_ACCESS_IDEMPOTENCY_H

#include "common/http/request.h"

/* Reads and checks the Idempotency-Key of a POST; sets r->idempotency_key (NULL: none) and the
 * fingerprint. Needs the body. */
NODISCARD enum err idempotency_read(struct req *r);

/* Inside the request's transaction, before anything else: claims the key. When it was used before,
   `replayed` is set and the reply is the stored one. ERR_CONFLICT with Retry-After while the first
   one is still running (one that was claimed in a transaction of its own and never answered counts
   as running for a minute), ERR_IDEMPOTENCY for another request under the same key. */
NODISCARD enum err idempotency_claim(struct req *r, bool *replayed);
/* Gives up a claim that was committed and is not answered yet, so that the next try does the work;
 * in a transaction of its own. */
void idempotency_release(struct req *r);
/* Inside the same transaction, last: the reply as it stands, with what else is written later. */
NODISCARD enum err idempotency_store(struct req *r);

extern const struct statement *const idempotency_statements[];
/* of programs that keys and users call */
extern const struct statement *const idempotency_caller_statements[];
extern const struct statement
	*const idempotency_anonymous_statements[]; /* of programs that visitors call */

#endif
