/* api_key_store: making, listing, rotating and revoking API keys, for the command and for the
 * dashboard.
 */
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

#define ROTATE_DEFAULT_MS (INT64_C(24) * 3600 * 1000)
#define ROTATE_MAX_MS (INT64_C(7) * 24 * 3600 * 1000)

/* Who acts and with what. `why` holds one sentence for the caller after anything but OK; `field`
 * the name of the input it is about, or NULL. */
struct key_store {
	const struct config *conf;
	struct db *db;
	struct arena *arena;
	const char *actor_type; /* "admin" or "user" */
	struct val actor_id; /* VAL_NULL for the administrator */
	const char *actor_name;
	const char *address, *request_id; /* NULL outside HTTP */
	/* the caller has a transaction open, and does the rest himself: COMMIT, the audit row, the
	 * forgetting. `actor_…` and those above are not used then */
	bool joined;
	char why[400];
	const char *field;
	/* after a change: this node's programs know of it at once, not only when key_cache is over
	 */
	bool forgotten;
	/* of the callback of a key just created: it exists nowhere else; else "" */
	char webhook_secret[SECRET_TEXT + 1];
};

/* As written by people; NULL where nothing was given. */
struct key_input {
	const char *name, *description, *scopes, *allow, *callback, *expires, *tier;
};

/* One key as stored; text lives in the arena. */
struct key {
	struct uuid id, org;
	/* allow: canonical ranges with commas, NULL: everywhere */
	const char *org_slug, *name, *description, *hint, *callback, *tier, *allow;
	unsigned scopes;
	/* VAL_NULL when not set */
	struct val expires_at, revoked_at, last_used_at, rotated_from, rotated_to;
	int64_t created_at;
};

/* Each is one transaction with its audit row; afterwards this node forgets what it remembered of
   keys. ERR_VALIDATION, ERR_NOT_FOUND and ERR_CONFLICT are refusals. `secret` is the key itself: it
   exists nowhere else. */
NODISCARD enum err key_store_create(struct key_store *k, struct uuid org,
	const struct key_input *in, struct key *out, char secret[KEY_LENGTH + 1]);
/* The new key takes the old one's webhook over: its secret stays, and no notice is sent twice. */
NODISCARD enum err key_store_rotate(struct key_store *k, const struct key *old, int64_t overlap_ms,
	struct key *out, char secret[KEY_LENGTH + 1]);
/* again is not an error and changes nothing */
NODISCARD enum err key_store_revoke(struct key_store *k, const struct key *key, struct key *out);

/* without `all`: only the keys that work now */
NODISCARD enum err key_store_list(
	struct key_store *k, struct uuid org, bool all, struct key **out, size_t *n);
NODISCARD enum err key_store_get(
	struct key_store *k, struct uuid org, struct uuid id, struct key *out);
/* By id or by hint ("..." does for "…"), over all organizations: for the administrator only. */
NODISCARD enum err key_store_find(struct key_store *k, const char *text, struct key *out);

/* "active", "rotated" (works until its expiry), "expired", "revoked" */
const char *key_store_key_state(const struct key *key, int64_t now);
/* the members of the key object of contract section 3 */
void key_store_write_key(struct json *j, const struct key *key, int64_t now);

/* A column that the row lacks is null. */
struct val key_store_or_null(struct val v);
/* A row of the store's own columns. */
void key_store_row(const struct rows *r, size_t i, struct key *out);
/* A failure of the database, with the sentence the administrator can use in k->why; OK stays OK. */
enum err key_store_failed(struct key_store *k, enum err err);

extern const struct statement *const key_read_statements[]; /* likewise */
extern const struct statement *const key_store_statements[]; /* for --check; ends with NULL */

#endif
