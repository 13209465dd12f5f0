/* api_key_store: creates, lists, rotates and revokes API keys, for the command and the
 * dashboard. */
#ifndef TG_TICKETING_API_KEY_STORE_H
#define TG_TICKETING_API_KEY_STORE_H

#include "common/base/arena.h"
#include "common/runtime/config.h"
#include "common/db/connection.h"
#include "common/text/json_writer.h"
#include "common/crypto/seal.h"
#include "common/crypto/api_key_token.h"
#include "common/db/statement.h"

#include <stdbool.h>

/* The overlap of a rotation, during which the old key remains valid (contract section 3). */
#define ROTATE_DEFAULT_MS (INT64_C(24) * 3600 * 1000)
#define ROTATE_MAX_MS (INT64_C(7) * 24 * 3600 * 1000)

/* The resources of an operation. After an error `why` has a message, and `field` the
 * name of the faulty input or NULL. */
struct key_store {
	const struct config *conf;
	struct db *db;
	struct arena *arena;
	char why[400];
	const char *field;
	/* false after revoking a key that was revoked already: nothing to audit */
	bool changed;
	/* The webhook secret of a key created with a callback, else "". It is shown only once. */
	char webhook_secret[SECRET_TEXT + 1];
};

/* Input as text; NULL where nothing was given. */
struct key_input {
	const char *name, *description, *scopes, *allow, *callback, *expires, *tier;
};

/* One stored key; texts are in the arena. */
struct key {
	struct uuid id, org;
	/* allow: canonical ranges separated by commas, NULL: no restriction */
	const char *org_slug, *name, *description, *hint, *callback, *tier, *allow;
	unsigned scopes; /* bits of enum scope */
	/* VAL_NULL when not set */
	struct val expires_at, revoked_at, last_used_at, rotated_from, rotated_to;
	int64_t created_at; /* ms */
};

/* Changes run in the caller's transaction; the caller also writes the audit row, commits and then
 * invalidates this node's cached keys. ERR_VALIDATION, ERR_NOT_FOUND and ERR_CONFLICT reject the
 * input; k->why has the reason. `secret` gets the key itself, which is not stored. `out` gets the
 * new state. */
NODISCARD enum err key_store_create(struct key_store *k, struct uuid org,
	const struct key_input *in, struct key *out, char secret[KEY_LENGTH + 1]);
/* The successor takes over the old key's webhook endpoint with its secret, so that no event is sent
 * twice. The old key expires after the overlap (0 to ROTATE_MAX_MS). */
NODISCARD enum err key_store_rotate(struct key_store *k, const struct key *old, int64_t overlap_ms,
	struct key *out, char secret[KEY_LENGTH + 1]);
/* Revoking a revoked key succeeds and changes nothing. */
NODISCARD enum err key_store_revoke(struct key_store *k, const struct key *key, struct key *out);

/* The keys of an organization, in the arena; without `all` only those that are valid now. */
NODISCARD enum err key_store_list(
	struct key_store *k, struct uuid org, bool all, struct key **out, size_t *n);
NODISCARD enum err key_store_get(
	struct key_store *k, struct uuid org, struct uuid id, struct key *out);
/* Finds a key by id or hint (with "..." or "…") in all organizations: for the administrator only.
 * ERR_CONFLICT when several keys have the hint. */
NODISCARD enum err key_store_find(struct key_store *k, const char *text, struct key *out);

/* "active", "rotated" (valid until it expires), "expired" or "revoked", at `now` in ms. */
const char *key_store_key_state(const struct key *key, int64_t now);
/* Writes the members of the key object (contract section 3) into an open object. */
void key_store_write_key(struct json *j, const struct key *key, int64_t now);

/* VAL_NULL for an absent column, else `v`. */
struct val key_store_or_null(struct val v);
/* Reads a key from row `i` of one of the store's statements. */
void key_store_row(const struct rows *r, size_t i, struct key *out);
/* Sets k->why to the database's error text, for the administrator; returns `err`. Does nothing for
 * OK. */
enum err key_store_failed(struct key_store *k, enum err err);

/* For --check; both end with NULL. */
extern const struct statement *const key_read_statements[];
extern const struct statement *const key_store_statements[];

#endif
