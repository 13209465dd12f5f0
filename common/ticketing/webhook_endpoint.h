/* webhook_endpoint: where notifications go, with its secrets; and the callbackUrl of a key or an
 * event, which is one, too. */
#ifndef TG_TICKETING_WEBHOOK_ENDPOINT_H
#define TG_TICKETING_WEBHOOK_ENDPOINT_H

#include "common/runtime/config.h"
#include "common/http/request.h"
#include "common/crypto/seal.h"

#define ENDPOINT_KEY "KEY"
#define ENDPOINT_EVENT "EVENT"

/* In whose transaction, and of what. */
struct endpoint {
	const struct config *conf;
	struct db *db;
	struct arena *arena;
	struct uuid org;
	int64_t now;
	const char *kind; /* ENDPOINT_KEY, ENDPOINT_EVENT */
	struct uuid source;
	char secret[SECRET_TEXT + 1]; /* filled by endpoint_set_url when it made one, else "" */
};
struct endpoint endpoint_for_source(struct req *r, const char *kind, struct uuid source);

/* The source's notifications go to `url` from now on: it gets an endpoint with a secret, or the one
   it has goes there, enabled again and with the secret it had. NULL: they go nowhere any more. */
NODISCARD enum err endpoint_set_url(struct endpoint *e, const char *url);
/* `heir` takes the source's endpoint over, history, secret and all. Nothing happens when there is
 * none. */
NODISCARD enum err endpoint_transfer(struct endpoint *e, struct uuid successor);

/* A new secret signs for the endpoint, besides those it has. `out` is its text, the only one there
 * will be. */
NODISCARD enum err endpoint_add_secret(
	const struct endpoint *e, struct uuid endpoint, char out[SECRET_TEXT + 1]);

#define ENDPOINT_COUNTER "endpoints:" /* and the kind: the name of the counter */
extern const struct statement endpoint_count; /* :by more in :counter */

extern const struct statement *const endpoint_statements[]; /* ends with NULL */

#endif
