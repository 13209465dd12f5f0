/* auth: authenticates a request by API key or session, and checks its rights. */
#include "common/access/auth.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/db/dialect.h"
#include "common/access/session.h"
#include "common/crypto/api_key_token.h"
#include "common/crypto/digest.h"
#include "common/access/rate_limit.h"
#include "common/http/principal.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct principal) <= SHM_KEY_MAX, "a cached principal fits its slot");

static const struct statement key_find = {
	"key_find",
	"SELECT k.id, k.org_id AS orgId, k.key_hash AS keyHash, k.name, k.scopes, k.tier,"
	" k.callback_url AS callbackUrl, k.created_at AS createdAt,"
	" k.expires_at AS expiresAt,"
	" k.last_used_at AS lastUsedAt, COALESCE(k.lineage, k.id) AS lineage, o.name AS orgName, "
	"o.slug AS orgSlug,"
	" (SELECT GROUP_CONCAT(a.cidr SEPARATOR ',') FROM api_key_allowlist a"
	" WHERE a.key_id = k.id) AS allowlist"
	" FROM api_keys k"
	" JOIN organizations o ON o.id = k.org_id"
	" WHERE k.key_hash = :hash AND k.revoked_at IS NULL AND o.slug NOT LIKE '" SLUG_INCOMPLETE
	"%'",
	SQL_READ | SQL_GLOBAL,
};

/* With a lock wait timeout of 0 the statement fails at once on a locked row instead of delaying the
 * process. */
static const struct statement key_touch = {
	"key_touch",
	SQL_NO_WAIT "UPDATE api_keys" SQL_UNLOCKED("api_keys",
		":key_id") " SET last_used_at = :now"
			   " WHERE org_id = :org AND id = " SQL_UNLOCKED_ID(
				   ":key_id") " AND (last_used_at IS NULL OR last_used_at < :now - "
					      "INTERVAL 60 SECOND)",
	SQL_WRITE | SQL_QUIET,
};

const struct statement *const auth_statements[] = {
	&key_find,
	&key_touch,
	NULL,
};

/* Converts the row of key_find. An unreadable allowlist is an error, because an empty one would
 * allow every address; unknown scopes grant nothing. */
static enum err principal_from_row(struct req *r, const struct rows *rows, struct principal *p)
{
	char why[256];
	*p = (struct principal){.id = rows_get(rows, 0, "id").id,
		.org = rows_get(rows, 0, "orgId").id,
		.lineage = rows_get(rows, 0, "lineage").id};
	(void)principal_intern(p, "");
	const char *scopes = rows_text(rows, 0, "scopes"), *allow = rows_text(rows, 0, "allowlist"),
		   *tier = rows_text(rows, 0, "tier");
	if (scopes && *scopes && !scopes_parse(scopes, strlen(scopes), &p->scopes, why, sizeof why))
		log_msg(LOG_WARN, "api key: cannot parse scopes: %s", why);
	p->tier = tier_by_name(tier);
	int n = allow ? cidr_list_parse(allow, strlen(allow), p->allow, why, sizeof why) : 0;
	if (n < 0) {
		log_msg(LOG_ERROR, "api key: cannot parse allowlist: %s", why);
		return ERR_INTERNAL;
	}
	p->allow_count = (uint16_t)n;
	p->created_at = rows_int(rows, 0, "createdAt");
	p->expires_at = rows_int(rows, 0, "expiresAt");
	p->last_used_at = rows_int(rows, 0, "lastUsedAt");
	p->name = principal_intern(p, rows_text(rows, 0, "name"));
	p->org_name = principal_intern(p, rows_text(rows, 0, "orgName"));
	p->org_slug = principal_intern(p, rows_text(rows, 0, "orgSlug"));
	p->callback_url = principal_intern(p, rows_text(rows, 0, "callbackUrl"));
	(void)r;
	return OK;
}

/* Looks a key up by its keyed hash. The hashes are compared once more in constant time, because the
 * index lookup is not. */
static enum err find_key(struct req *r, const uint8_t hash[32], struct principal *p)
{
	struct params params;
	struct rows rows;
	req_params(r, &params, NULL);
	params_set(&params, "hash", val_bytes(hash, 32));
	enum err err = req_sql(r, &key_find, &params, &rows);
	/* lost while idle: nothing was written, so retry on a new connection */
	if (err == ERR_LOST)
		err = req_sql(r, &key_find, &params, &rows);
	if (err)
		return err;
	struct val stored = rows_get(&rows, 0, "keyHash");
	if (rows.n == 0 || stored.n != 32 || !same_bytes(stored.s, hash, 32))
		return ERR_UNAUTHORIZED;
	return principal_from_row(r, &rows, p);
}

static bool on_allowlist(const struct req *r, const struct principal *p)
{
	for (unsigned i = 0; i < p->allow_count; i++)
		if (cidr_match(&p->allow[i], &r->http.client))
			return true;
	return p->allow_count == 0;
}

/* A caller that authenticated from an address is known there for this long. Its lookups are not
 * refused when others at the address, such as behind one NAT, have used up the failures. */
#define KNOWN_NS INT64_C(600000000000)

/* Identifies a caller, by the hash of its key or token, at its client address. */
static uint64_t known_tag(const struct req *r, const uint8_t hash[32])
{
	uint64_t tag;
	memcpy(&tag, hash, sizeof tag);
	return tag ^ rate_limit_tag(r, "known");
}

static enum err too_many_failures(struct req *r)
{
	r->rate.name = "address";
	r->failure.retry_after = r->rate.quota.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE,
		"Wait for the number of seconds in Retry-After, then retry with a valid key.",
		"Too many failed authentication attempts from this IP address.");
}

/* Whether the address has used up its failures, and the caller is not known there: then nothing is
 * looked up for it. */
static bool locked_out(struct req *r, const uint8_t hash[32])
{
	int64_t now = clock_mono_ns(), most = r->app->conf->auth_failures;
	uint64_t tag = rate_limit_tag(r, "");
	if (shm_admits(r->app->shm, tag, most, RATE_MINUTE_NS, now) ||
		shm_marked(r->app->shm, known_tag(r, hash), now))
		return false;
	/* a second may have passed since, which would count this request as a failure */
	r->rate.quota = (struct quota){.limit = most, .retry_ns = RATE_MINUTE_NS / most};
	return true;
}

/* Cached callers are invalidated by the hash of their key or session, or with all of their
 * organization. Their scopes are none of those of responses, which are odd numbers: a sale
 * invalidates no caller, and a change of keys no other organization's. */
static uint64_t caller_scope(const uint8_t *random)
{
	uint64_t scope;
	memcpy(&scope, random, sizeof scope);
	return scope << 2 | 2;
}

static uint64_t org_scope(const struct uuid *org)
{
	return caller_scope(org->b + 8);
}

#define ANY_ORG UINT64_C(4) /* the scope that every invalidation of an organization changes */

void auth_forget(struct req *r)
{
	struct shm *shm = r->app->shm;
	if (r->forget_session)
		shm_invalidate(shm, caller_scope(r->forget_session));
	if (!r->forget_keys || !r->who)
		return;
	shm_invalidate(shm, ANY_ORG); /* first: see cache_principal() */
	shm_invalidate(shm, org_scope(&r->who->org));
}

/* Caches a caller that was read from the database. `before` and `any_before` are the generations of
 * its hash and of ANY_ORG before that. The organization is only known now, so its generation may
 * include a change that the caller does not: then ANY_ORG has changed, too. */
static void cache_principal(struct req *r, const struct shm_key *key, struct principal *p,
	uint64_t before, uint64_t any_before)
{
	struct shm *shm = r->app->shm;
	p->org_generation = shm_generation(shm, org_scope(&p->org));
	if (shm_generation(shm, ANY_ORG) == any_before)
		shm_put(shm, key, (struct span){p, offsetof(struct principal, text) + p->text_n},
			before, clock_mono_ns() + r->app->conf->key_cache_ms * 1000000);
}

/* The caller from the cache. The last_used_at of a cached session is not updated: an entry that
 * looks expired is read again. */
static bool cached_principal(struct req *r, const struct shm_key *key, struct principal *p)
{
	const struct config *c = r->app->conf;
	struct shm_room room = {p, sizeof *p, 0};
	return c->key_cache_ms > 0 && shm_get(r->app->shm, key, &room, clock_mono_ns()) &&
		p->org_generation == shm_generation(r->app->shm, org_scope(&p->org)) &&
		!(p->kind == PRINCIPAL_USER && session_expired(c, p, r->now));
}

/* The caller with this hash, from the cache in shared memory or by `find` from the database. The
 * generations are read before the database, so that a change made meanwhile invalidates the entry.
 */
static enum err find_principal(struct req *r, const uint8_t hash[32],
	enum err (*find)(struct req *r, const uint8_t hash[32], struct principal *p),
	struct principal *p)
{
	const struct shm_key key = {SHM_CACHE_KEYS, caller_scope(hash), hash};
	int64_t now = clock_mono_ns();
	uint64_t generation = shm_generation(r->app->shm, key.scope),
		 any = shm_generation(r->app->shm, ANY_ORG);
	if (cached_principal(r, &key, p))
		return OK;
	if (locked_out(r, hash))
		return too_many_failures(r);
	enum err err = find(r, hash, p);
	if (err == OK && r->app->conf->key_cache_ms > 0)
		cache_principal(r, &key, p, generation, any);
	if (err == OK && on_allowlist(r, p))
		shm_mark(r->app->shm, known_tag(r, hash), now + KNOWN_NS, now);
	else if (err == ERR_UNAUTHORIZED && shm_marked(r->app->shm, known_tag(r, hash), now))
		shm_mark(r->app->shm, known_tag(r, hash), 0, now);
	return err;
}

/* Counts a failed authentication against the client's address and returns `err`; above the limit it
 * returns ERR_RATE (contract section 4). */
static enum err auth_reject(struct req *r, enum err err)
{
	r->rate.quota = rate_limit_address(r, "", r->app->conf->auth_failures, RATE_MINUTE_NS);
	r->rate.name = "address";
	if (r->rate.quota.admitted)
		return err;
	return too_many_failures(r);
}

#define SIGN_IN "Sign in: POST /dashboard/v1/session with email and password."

/* Neither key nor session was sent: the hint of the dashboard's own routes is to sign in, that of
 * all others to send a key. */
static enum err nobody(struct req *r)
{
	if (r->route->scope == SCOPE_SESSION || r->route->scope == SCOPE_OWNER)
		return auth_reject(
			r, fail(r, ERR_UNAUTHORIZED, SIGN_IN, "Authentication required."));
	return auth_reject(r, fail(r, ERR_UNAUTHORIZED, NULL, "An API key is required."));
}

/* Authenticates by the token of the session cookie; "" is a malformed token. */
static enum err by_session(struct req *r, const char *token, struct principal *caller)
{
	uint8_t hash[32];
	enum err err = ERR_UNAUTHORIZED;
	if (*token) {
		session_hash(r->app->conf, token, hash);
		err = find_principal(r, hash, session_find, caller);
	}
	if (err == ERR_UNAUTHORIZED || (!err && session_expired(r->app->conf, caller, r->now)))
		return auth_reject(
			r, fail(r, ERR_UNAUTHORIZED, SIGN_IN, "The session has expired."));
	if (err)
		return err;
	r->who = caller;
	r->session = token;
	return OK;
}

/* Authenticates by API key. A malformed key is rejected by its checksum, without a query. */
static enum err by_key(struct req *r, const char *key, struct principal *caller)
{
	uint8_t hash[32];
	enum err err = ERR_UNAUTHORIZED;
	if (key && api_key_well_formed(key, strlen(key))) {
		hmac_sha256(
			r->app->conf->pepper, sizeof r->app->conf->pepper, key, KEY_LENGTH, hash);
		err = find_principal(r, hash, find_key, caller);
	}
	if (err == ERR_UNAUTHORIZED)
		return auth_reject(r, fail(r, ERR_UNAUTHORIZED, NULL, "The API key is not valid."));
	if (err)
		return err;
	if (caller->expires_at && caller->expires_at <= r->now)
		return auth_reject(r,
			fail(r, ERR_UNAUTHORIZED,
				"Ask the organizer for a new key, or use the key that replaced it "
				"on rotation.",
				"The API key has expired."));
	r->who = caller;
	return OK;
}

/* An API key takes precedence over a session cookie, which browsers send without being asked. */
enum err auth_key(struct req *r)
{
	size_t count;
	if (r->route->scope == SCOPE_ANYONE || r->route->scope == SCOPE_PUBLIC)
		return OK;
	struct principal *caller = arena_alloc(r->arena, sizeof *caller);
	const char *key = req_header(r, "HTTP_API_KEY", &count),
		   *token = count ? NULL : session_token(r);
	if (count)
		return by_key(r, key, caller);
	if (token)
		return by_session(r, token, caller);
	return nobody(r);
}

/* Cross-site request forgery: a browser sends the cookie with requests from any site, but only the
 * dashboard's own pages know the CSRF token. */
enum err auth_csrf(struct req *r)
{
	char wanted[SESSION_TOKEN + 1];
	if (!r->session || r->http.method == METHOD_GET)
		return OK;
	const char *sent = req_header(r, "HTTP_X_CSRF_TOKEN", NULL);
	session_csrf(r->app->conf, r->session, wanted);
	if (sent && strlen(sent) == SESSION_TOKEN && same_bytes(sent, wanted, SESSION_TOKEN))
		return OK;
	return fail(r, ERR_FORBIDDEN,
		"Send the csrfToken from GET /dashboard/v1/session in the header X-CSRF-Token.",
		"%s",
		sent ? "X-CSRF-Token does not match the session." : "X-CSRF-Token is missing.");
}

enum err auth_allowlist(struct req *r)
{
	if (!r->who || on_allowlist(r, r->who))
		return OK;
	log_msg(LOG_WARN, "api key: client address %s is not on the allowlist",
		r->http.client_text);
	return auth_reject(r,
		fail(r, ERR_FORBIDDEN, NULL,
			"The IP address %s is not on the allowlist of this API key.",
			r->http.client_text));
}

/* Whether the caller may do what the route's scope asks for. */
static bool scope_granted(const struct req *r)
{
	unsigned scope = r->route->scope;

	switch (scope) {
	case SCOPE_ANYONE:
	case SCOPE_PUBLIC:
		return true;
	case SCOPE_ANY_KEY:
		return r->who != NULL;
	case SCOPE_SESSION:
		return r->session != NULL;
	case SCOPE_OWNER:
		return r->session && r->who->owner;
	default:
		return r->who && (scope & r->who->scopes);
	}
}

enum err auth_scope(struct req *r)
{
	unsigned scope = r->route->scope;

	/* every scope but these two implies an authenticated caller */
	assert(r->who || scope == SCOPE_ANYONE || scope == SCOPE_PUBLIC);
	if (scope_granted(r))
		return OK;
	if ((scope == SCOPE_SESSION || scope == SCOPE_OWNER) && !r->session)
		return fail(r, ERR_FORBIDDEN,
			"Sign in to the dashboard, or ask the administrator to use the "
			"'ticketgate' command.",
			"This endpoint requires a signed-in user; API keys are not accepted.");
	if (scope == SCOPE_OWNER)
		return fail(r, ERR_FORBIDDEN, "Ask an owner of the organization.",
			"This endpoint requires the role owner.");
	const char *hint = r->session
		? "Your role does not allow this. Ask an owner of the organization."
		: NULL;
	if (*scope_second_name(scope))
		return fail(r, ERR_SCOPE, hint, "This endpoint requires the '%s' or '%s' scope.",
			scope_name(scope), scope_second_name(scope));
	return fail(
		r, ERR_SCOPE, hint, "This endpoint requires the '%s' scope.", scope_name(scope));
}

/* How far lastUsedAt and last_seen_at may lag behind, in ms: a minute, and for sessions at most a
 * tenth of the idle timeout, so that a session in use does not expire. */
static int64_t lag_ms(const struct req *r)
{
	int64_t idle = r->session ? r->app->conf->session_idle_ms / 10 : 60000;
	if (idle < 60000)
		return idle;
	return 60000;
}

void auth_touch(struct req *r)
{
	uint64_t tag;
	int64_t lag = lag_ms(r);
	if (!r->who || r->who->kind == PRINCIPAL_ANONYMOUS ||
		(r->who->last_used_at && r->who->last_used_at > r->now - lag))
		return;
	assert(!r->session || r->who->kind == PRINCIPAL_USER);
	/* the random half of the id; inverted, to differ from the tags of rate limits */
	memcpy(&tag, (r->session ? &r->who->session : &r->who->id)->b + 8, sizeof tag);
	if (!shm_once(r->app->shm, ~tag | 1, lag * 1000000, clock_mono_ns()))
		return;
	struct params params;
	req_params(r, &params, NULL);
	enum err err = r->session ? session_touch(r) : req_sql(r, &key_touch, &params, NULL);
	if (err)
		log_msg(LOG_DEBUG, "lastUsedAt update skipped");
}
