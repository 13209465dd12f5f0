/* floor 3 · auth: who is calling: the key, remembered for a moment, and what it may do. */
#include "auth.h"

#include "clock.h"
#include "log.h"
#include "sign.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_NS INT64_C(60000000000)

_Static_assert(sizeof(struct principal) <= SHM_KEY_MAX, "a remembered key fits its place");

static const struct statement key_find = {
	"key_find",
	"SELECT k.id, k.org_id AS orgId, k.key_hash AS keyHash, k.name, k.scopes, k.tier, k.callback_url AS callbackUrl, k.created_at AS createdAt, k.expires_at AS expiresAt,"
	" k.last_used_at AS lastUsedAt, o.name AS orgName, o.slug AS orgSlug,"
	" (SELECT GROUP_CONCAT(a.cidr SEPARATOR ',') FROM api_key_allowlist a WHERE a.key_id = k.id) AS allowlist"
	" FROM api_keys k JOIN organizations o ON o.id = k.org_id WHERE k.key_hash = :hash AND k.revoked_at IS NULL",
	SQL_READ | SQL_GLOBAL,
};

static const struct statement key_touch = {
	"key_touch",
	"SET STATEMENT innodb_lock_wait_timeout=0 FOR UPDATE api_keys SET last_used_at = :now"
	" WHERE org_id = :org AND id = :key_id AND (last_used_at IS NULL OR last_used_at < :now - INTERVAL 60 SECOND)",
	SQL_WRITE | SQL_QUIET,
};

const struct statement *const auth_statements[] = {&key_find, &key_touch, NULL};

static const char *const tier_names[] = {[TIER_STANDARD] = "standard", [TIER_PLUS] = "plus", [TIER_UNLIMITED] = "unlimited"};

const char *tier_name(enum tier tier)
{
	return tier_names[tier];
}

/* "unlimited" is a number no client reaches, so that the rate headers always say something a client can compute with. */
int64_t tier_quota(const struct conf *c, enum tier tier)
{
	return tier == TIER_PLUS ? c->rate_plus : tier == TIER_UNLIMITED ? INT64_C(1000000000) : c->rate_standard;
}

static uint16_t add_text(struct principal *p, const char *s)
{
	size_t n = strlen(s ? s : "") + 1;
	uint16_t at = p->text_n;
	if (n > sizeof p->text - at)
		return 0; /* the first text is empty: never happens with what the columns can hold */
	memcpy(p->text + at, s ? s : "", n);
	p->text_n = (uint16_t)(at + n);
	return at;
}

static enum err principal_from_row(struct req *r, const struct rows *rows, struct principal *p)
{
	char why[256];
	*p = (struct principal){.id = rows_get(rows, 0, "id").id, .org = rows_get(rows, 0, "orgId").id};
	(void)add_text(p, "");
	const char *scopes = rows_text(rows, 0, "scopes"), *allow = rows_text(rows, 0, "allowlist"), *tier = rows_text(rows, 0, "tier");
	if (scopes && *scopes && !scopes_parse(scopes, strlen(scopes), &p->scopes, why, sizeof why))
		log_say(LOG_WARN, "a key's scopes are not understood: %s", why);
	for (unsigned t = 0; t < sizeof tier_names / sizeof *tier_names; t++)
		if (tier && strcmp(tier, tier_names[t]) == 0)
			p->tier = t;
	int n = allow ? cidr_list_parse(allow, strlen(allow), p->allow, why, sizeof why) : 0;
	if (n < 0) { /* a list that cannot be read must not become an open door */
		log_say(LOG_ERROR, "a key's allowlist is not understood: %s", why);
		return ERR_INTERNAL;
	}
	p->allow_count = (uint16_t)n;
	p->created_at = rows_int(rows, 0, "createdAt");
	p->expires_at = rows_int(rows, 0, "expiresAt");
	p->last_used_at = rows_int(rows, 0, "lastUsedAt");
	p->name = add_text(p, rows_text(rows, 0, "name"));
	p->org_name = add_text(p, rows_text(rows, 0, "orgName"));
	p->org_slug = add_text(p, rows_text(rows, 0, "orgSlug"));
	p->callback_url = add_text(p, rows_text(rows, 0, "callbackUrl"));
	(void)r;
	return OK;
}

static enum err find_in_database(struct req *r, const uint8_t hash[32], struct principal *p)
{
	struct params params;
	struct rows rows;
	req_params(r, &params, NULL);
	params_set(&params, "hash", val_bytes(hash, 32));
	enum err err = req_sql(r, &key_find, &params, &rows);
	if (err == ERR_LOST) /* the connection had died while idle; nothing was written, so once more on a new one */
		err = req_sql(r, &key_find, &params, &rows);
	if (err)
		return err;
	struct val stored = rows_get(&rows, 0, "keyHash");
	if (rows.n == 0 || stored.n != 32 || !same_bytes(stored.s, hash, 32))
		return ERR_UNAUTHORIZED;
	return principal_from_row(r, &rows, p);
}

/* The caller of a plausible key, from shared memory or the database. */
static enum err find_principal(struct req *r, const char *key, struct principal *p)
{
	const struct conf *c = r->node->conf;
	uint8_t hash[32];
	size_t n = 0;
	hmac_sha256(c->pepper, sizeof c->pepper, key, KEY_LENGTH, hash);
	int64_t now = clock_mono_ns();
	uint64_t generation = shm_generation(r->node->shm, 0);
	if (c->key_cache_ms > 0 && shm_get(r->node->shm, SHM_KEYS, 0, hash, p, sizeof *p, &n, now))
		return OK;
	enum err err = find_in_database(r, hash, p);
	if (err == OK && c->key_cache_ms > 0)
		shm_put(r->node->shm, SHM_KEYS, 0, hash, p, offsetof(struct principal, text) + p->text_n, generation, now + c->key_cache_ms * 1000000);
	return err;
}

/* A failed authentication counts against the address (an IPv6 host owns its /64); past the quota the answer is 429. */
static enum err refuse(struct req *r, enum err err)
{
	uint64_t tag = 0;
	uint8_t name[17] = {r->client.family}, hash[32];
	memcpy(name + 1, r->client.b, r->client.family == 4 ? 4 : 8);
	hmac_sha256(r->node->conf->pepper, 32, name, sizeof name, hash);
	memcpy(&tag, hash, sizeof tag);
	r->quota = shm_take(r->node->shm, tag | 1, r->node->conf->auth_failures, MINUTE_NS, clock_mono_ns());
	r->quota_name = "address";
	if (r->quota.admitted)
		return err;
	r->failure.retry_after = r->quota.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, "Wait as many seconds as Retry-After says, then call with a valid key.", "Too many requests without a valid API key from this address.");
}

enum err auth_key(struct req *r)
{
	static struct principal caller; /* one request at a time in a process */
	size_t count;
	const char *key = req_header(r, "HTTP_API_KEY", &count);
	if (!key)
		return refuse(r, fail(r, ERR_UNAUTHORIZED, NULL, "An API key is required."));
	if (count != 1 || !key_plausible(key, strlen(key)))
		return refuse(r, fail(r, ERR_UNAUTHORIZED, NULL, "The API key is not valid."));
	enum err err = find_principal(r, key, &caller);
	if (err == ERR_UNAUTHORIZED)
		return refuse(r, fail(r, ERR_UNAUTHORIZED, NULL, "The API key is not valid."));
	if (err)
		return err;
	if (caller.expires_at && caller.expires_at <= r->now)
		return refuse(r, fail(r, ERR_UNAUTHORIZED, "Ask the organizer for a new key, or use the one this key was rotated to.", "The API key has expired."));
	r->who = &caller;
	return OK;
}

enum err auth_address(struct req *r)
{
	if (r->who->allow_count == 0)
		return OK;
	for (unsigned i = 0; i < r->who->allow_count; i++)
		if (cidr_match(&r->who->allow[i], &r->client))
			return OK;
	log_say(LOG_WARN, "key used from %s, which is not on its allowlist", r->client_text);
	return fail(r, ERR_FORBIDDEN, NULL, "The address %s is not on the IP allowlist of this API key.", r->client_text);
}

enum err auth_rate(struct req *r)
{
	uint64_t tag;
	memcpy(&tag, r->who->id.b + 8, sizeof tag); /* the random half */
	r->quota = shm_take(r->node->shm, tag, tier_quota(r->node->conf, r->who->tier), MINUTE_NS, clock_mono_ns());
	r->quota_name = tier_name(r->who->tier);
	if (r->quota.admitted)
		return OK;
	r->failure.retry_after = r->quota.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, NULL, "This API key may make %lld requests a minute.", (long long)r->quota.limit);
}

enum err auth_scope(struct req *r)
{
	if (r->route->scope == SCOPE_ANY_KEY || (r->route->scope & r->who->scopes))
		return OK;
	return fail(r, ERR_SCOPE, NULL, "This endpoint requires the '%s' scope.", scope_name(r->route->scope));
}

void auth_touch(struct req *r)
{
	uint64_t tag;
	if (!r->who || (r->who->last_used_at && r->who->last_used_at > r->now - 60000))
		return;
	memcpy(&tag, r->who->id.b + 8, sizeof tag);
	if (!shm_once(r->node->shm, ~tag | 1, MINUTE_NS, clock_mono_ns()))
		return;
	struct params params;
	req_params(r, &params, NULL);
	enum err err = req_sql(r, &key_touch, &params, NULL);
	if (err)
		log_say(LOG_DEBUG, "lastUsedAt was not written this time");
}
