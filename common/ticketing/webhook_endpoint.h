/* webhook_endpoint: the webhook endpoints behind the callbackUrl of API keys and events, and the
 * secrets of all endpoints. */
#ifndef TG_TICKETING_WEBHOOK_ENDPOINT_H
#define TG_TICKETING_WEBHOOK_ENDPOINT_H

#include "common/runtime/config.h"
#include "common/http/request.h"
#include "common/crypto/seal.h"

/* The kinds of endpoints that belong to a source. */
#define ENDPOINT_KEY "KEY"
#define ENDPOINT_EVENT "EVENT"

/* The endpoint of one source, and the transaction that changes it. */
struct endpoint {
	const struct config *conf;
	struct db *db;
	struct arena *arena;
	struct uuid org;
	int64_t now;
	const char *kind; /* ENDPOINT_KEY, ENDPOINT_EVENT */
	struct uuid source; /* id of the key or event */
	char secret[SECRET_TEXT + 1]; /* set by endpoint_set_url when it created one, else "" */
};
/* The endpoint of a source in the request's transaction; reads nothing. */
struct endpoint endpoint_for_source(struct req *r, const char *kind, struct uuid source);

/* Sets the URL that receives the source's webhook events. Creates an endpoint with a new secret, or
 * changes the URL of the existing one, which is enabled again and keeps its secret. `url` NULL:
 * deletes the endpoint and its secrets. */
NODISCARD enum err endpoint_set_url(struct endpoint *e, const char *url);
/* Transfers the source's endpoint, with history and secrets, to the `successor` (of a rotated key).
 * Does nothing when there is none. */
NODISCARD enum err endpoint_transfer(struct endpoint *e, struct uuid successor);

/* Adds a secret to an endpoint, besides the existing ones. `out` gets its text, which is stored
 * encrypted only. */
NODISCARD enum err endpoint_add_secret(
	const struct endpoint *e, struct uuid endpoint, char out[SECRET_TEXT + 1]);

#define ENDPOINT_COUNTER "endpoints:" /* counter name: this and the kind */

extern const struct statement *const endpoint_statements[]; /* ends with NULL */

#endif
