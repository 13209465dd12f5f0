/* api_key_store: creates, lists, rotates and revokes API keys, for the command and the
 * dashboard. */
#include "common/ticketing/api_key_store.h"

#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/ticketing/org_limit.h"
#include "common/ticketing/webhook_endpoint.h"
#include "common/text/json_check.h"
#include "common/ticketing/api_key_validate.h"
#include "common/schema/scope.h"

#include <assert.h>
#include <string.h>

static const struct statement key_insert = {"key_insert",
	"INSERT INTO api_keys (id, org_id, name, description, key_hash, hint, scopes,"
	" callback_url, tier, expires_at, created_at, updated_at)"
	" VALUES (:id, :org, :name, :description, :hash, :hint, :scopes, :callback,"
	" :tier, :expires, :now, :now)",
	SQL_WRITE};
static const struct statement key_allow_insert = {"key_allow_insert",
	"INSERT INTO api_key_allowlist (key_id, cidr)"
	" SELECT id, :cidr"
	" FROM api_keys"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE};
/* The guard of a rotation: only one rotation of a valid key succeeds. It locks the old row before
 * it is copied. */
static const struct statement key_rotate_claim = {"key_rotate_claim",
	"UPDATE api_keys"
	" SET rotated_to = :id, version = version + 1, updated_at = :now"
	" WHERE id = :old AND org_id = :org"
	" AND rotated_to IS NULL AND revoked_at IS NULL"
	" AND (expires_at IS NULL OR expires_at > :now)",
	SQL_WRITE};
static const struct statement key_rotate_insert = {"key_rotate_insert",
	"INSERT INTO api_keys (id, org_id, name, description, key_hash, hint, scopes,"
	" callback_url, tier, expires_at, rotated_from, lineage, created_at, updated_at)"
	" SELECT :id, org_id, name, description, :hash, :hint, scopes, callback_url,"
	" tier, expires_at, id, COALESCE(lineage, id), :now, :now"
	" FROM api_keys WHERE id = :old AND org_id = :org",
	SQL_WRITE};
static const struct statement key_rotate_allow = {"key_rotate_allow",
	"INSERT INTO api_key_allowlist (key_id, cidr)"
	" SELECT :id, a.cidr"
	" FROM api_key_allowlist a"
	" JOIN api_keys k ON k.id = a.key_id"
	" WHERE k.id = :old AND k.org_id = :org",
	SQL_WRITE};
static const struct statement key_rotate_expire = {"key_rotate_expire",
	"UPDATE api_keys"
	" SET expires_at = LEAST(COALESCE(expires_at, :until), :until)"
	" WHERE id = :old AND org_id = :org",
	SQL_WRITE};
static const struct statement key_revoke = {"key_revoke",
	"UPDATE api_keys"
	" SET revoked_at = :now, version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org AND revoked_at IS NULL",
	SQL_WRITE};
static const struct statement key_count = {"key_count",
	"SELECT COUNT(*) AS n"
	" FROM api_keys FORCE INDEX (api_key_org)"
	" WHERE org_id = :org AND revoked_at IS NULL"
	" AND (expires_at IS NULL OR expires_at > :now)",
	SQL_READ};
const struct statement *const key_store_statements[] = {
	&key_count,
	&key_insert,
	&key_allow_insert,
	&key_rotate_claim,
	&key_rotate_insert,
	&key_rotate_allow,
	&key_rotate_expire,
	&key_revoke,
	NULL,
};

/* ---- changing ---- */

/* One change: its parameters and the step that makes it. */
struct change {
	struct params p; /* :org, :id and those of the step */
	const struct cidr *ranges;
	int range_count;
	enum err (*step)(struct key_store *k, struct change *c);
};

/* Makes the change inside the caller's transaction. */
static enum err change_run(struct key_store *k, struct change *c)
{
	enum err err;

	assert(db_in_transaction(k->db));
	params_set(&c->p, "now", val_time(clock_now()));
	err = c->step(k, c);
	if (err != OK && !k->why[0])
		return key_store_failed(k, err);
	return err;
}

/* Generates a key and sets its hash and hint as parameters. */
static void change_secret(struct key_store *k, struct change *c, char secret[KEY_LENGTH + 1])
{
	uint8_t *hash = arena_alloc(k->arena, 32);
	char *hint = arena_alloc(k->arena, KEY_HINT + 1);

	api_key_make(secret);
	api_key_hint(secret, hint);
	hmac_sha256(k->conf->pepper, sizeof k->conf->pepper, secret, KEY_LENGTH, hash);
	params_set(&c->p, "hash", val_bytes(hash, 32));
	params_set(&c->p, "hint", val_text(hint));
}

static void change_init(struct key_store *k, struct change *c, struct uuid org, struct uuid id)
{
	memset(c, 0, sizeof *c);
	params_init(&c->p, k->arena);
	params_set(&c->p, "org", val_uuid(org));
	params_set(&c->p, "id", val_uuid(id));
	k->why[0] = '\0';
	k->field = NULL;
	k->webhook_secret[0] = '\0';
	k->changed = true;
}

/* The webhook endpoint of a key's callback; `key` is the name of the parameter with the key's
 * id. */
static struct endpoint endpoint_of_key(
	const struct key_store *k, const struct params *p, const char *key)
{
	return (struct endpoint){.conf = k->conf,
		.db = k->db,
		.arena = k->arena,
		.org = params_get(p, "org").id,
		.now = params_get(p, "now").i,
		.kind = ENDPOINT_KEY,
		.source = params_get(p, key).id};
}

/* Fails when more keys are valid than `max`, with the one that was just created. */
static enum err within_org_limit(struct key_store *k, const struct params *p, int64_t max)
{
	const struct org_limit l = {k->db, k->arena, params_get(p, "org").id,
		params_get(p, "now").i, "keys", &key_count, max};
	bool over;
	enum err err = org_limit_check(&l, &over);

	if (err || !over)
		return err;
	return key_store_reject(k, ERR_CONFLICT, NULL,
		"limit reached: at most %lld valid keys in an organization; revoke an unused key "
		"first",
		(long long)max);
}

static enum err step_create(struct key_store *k, struct change *c)
{
	char text[CIDR_TEXT];
	struct endpoint e = endpoint_of_key(k, &c->p, "id");
	enum err err = sql_run(k->db, k->arena, &key_insert, &c->p, NULL);

	for (int i = 0; i < c->range_count && err == OK; i++) {
		cidr_print(&c->ranges[i], text);
		params_set(&c->p, "cidr", val_text(arena_strdup(k->arena, text)));
		err = sql_run(k->db, k->arena, &key_allow_insert, &c->p, NULL);
	}
	if (err == OK)
		err = within_org_limit(k, &c->p, k->conf->org_keys);
	if (err == OK && params_text(&c->p, "callback"))
		err = endpoint_set_url(&e, params_text(&c->p, "callback"));
	memcpy(k->webhook_secret, e.secret, sizeof k->webhook_secret);
	return err;
}

enum err key_store_create(struct key_store *k, struct uuid org, const struct key_input *in,
	struct key *out, char secret[KEY_LENGTH + 1])
{
	struct cidr ranges[CIDR_MAX];
	struct uuid id = uuid_make();
	struct change c;
	enum err err;

	change_init(k, &c, org, id);
	if ((err = key_store_validate(k, in, &c.p, ranges, &c.range_count)) != OK)
		return err;
	c.ranges = ranges;
	c.step = step_create;
	change_secret(k, &c, secret);
	if ((err = change_run(k, &c)) != OK)
		return err;
	return key_store_get(k, org, id, out);
}

/* Reports why a key could not be rotated. */
static enum err refuse_rotation(struct key_store *k, const struct params *p)
{
	struct key old;
	enum err err = key_store_get(k, params_get(p, "org").id, params_get(p, "old").id, &old);

	if (err != OK)
		return err;
	if (val_is_set(old.revoked_at))
		return key_store_reject(
			k, ERR_CONFLICT, NULL, "key %s is revoked; create a new one", old.hint);
	if (val_is_set(old.expires_at) && old.expires_at.i <= clock_now())
		return key_store_reject(
			k, ERR_CONFLICT, NULL, "key %s has expired; create a new one", old.hint);
	return key_store_reject(k, ERR_CONFLICT, NULL,
		"key %s has already been rotated; rotate its successor", old.hint);
}

static enum err step_rotate(struct key_store *k, struct change *c)
{
	struct rows r = {0};
	int64_t now = params_get(&c->p, "now").i, overlap = params_get(&c->p, "overlap").i;
	enum err err;

	params_set(&c->p, "until", val_time(now + overlap));
	if ((err = sql_run(k->db, k->arena, &key_rotate_claim, &c->p, &r)) != OK)
		return err;
	if (r.affected == 0)
		return refuse_rotation(k, &c->p);
	if ((err = sql_run(k->db, k->arena, &key_rotate_insert, &c->p, NULL)) != OK)
		return err;
	if ((err = sql_run(k->db, k->arena, &key_rotate_allow, &c->p, NULL)) != OK)
		return err;
	if ((err = sql_run(k->db, k->arena, &key_rotate_expire, &c->p, NULL)) != OK)
		return err;
	/* the predecessors of an overlap count too: a key can be rotated as often as one likes */
	if ((err = within_org_limit(k, &c->p, 2 * k->conf->org_keys)) != OK)
		return err;
	struct endpoint e = endpoint_of_key(k, &c->p, "old");
	return endpoint_transfer(&e, params_get(&c->p, "id").id);
}

enum err key_store_rotate(struct key_store *k, const struct key *old, int64_t overlap_ms,
	struct key *out, char secret[KEY_LENGTH + 1])
{
	struct uuid id = uuid_make(), org = old->org;
	struct change c;
	enum err err;

	change_init(k, &c, org, id);
	if (overlap_ms < 0 || overlap_ms > ROTATE_MAX_MS)
		return key_store_reject(
			k, ERR_VALIDATION, "overlap", "overlap must be between 0 and 7 days");
	params_set(&c.p, "old", val_uuid(old->id));
	params_set(&c.p, "overlap", val_int(overlap_ms));
	c.step = step_rotate;
	change_secret(k, &c, secret);
	if ((err = change_run(k, &c)) != OK)
		return err;
	return key_store_get(k, org, id, out);
}

static enum err step_revoke(struct key_store *k, struct change *c)
{
	struct rows r = {0};
	enum err err = sql_run(k->db, k->arena, &key_revoke, &c->p, &r);

	struct endpoint e = endpoint_of_key(k, &c->p, "id");

	k->changed = err == OK && r.affected > 0;
	if (k->changed)
		return endpoint_set_url(&e, NULL);
	return err;
}

enum err key_store_revoke(struct key_store *k, const struct key *key, struct key *out)
{
	struct uuid id = key->id, org = key->org;
	struct change c;
	enum err err;

	change_init(k, &c, org, id);
	c.step = step_revoke;
	if ((err = change_run(k, &c)) != OK)
		return err;
	return key_store_get(k, org, id, out);
}
