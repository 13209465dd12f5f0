/* session: dashboard sessions: the cookie, its lookup, and CSRF protection. */
#include "common/access/session.h"

#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/crypto/digest.h"
#include "common/db/dialect.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define NAME "tg_session"
#define HTTPS_PREFIX "__Host-"

static const struct statement session_find_row = {
	"session_find",
	"SELECT s.id AS session, s.token_hash AS tokenHash, u.id, u.org_id AS orgId,"
	" u.email, u.role, s.created_at AS createdAt, s.expires_at AS expiresAt,"
	" s.last_seen_at AS lastSeenAt,"
	" o.name AS orgName, o.slug AS orgSlug"
	" FROM sessions s"
	" JOIN users u ON u.id = s.user_id"
	" JOIN organizations o ON o.id = u.org_id"
	" WHERE s.token_hash = :hash AND o.slug NOT LIKE '" SLUG_INCOMPLETE "%'",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement session_touch_row = {
	"session_touch",
	SQL_NO_WAIT "UPDATE sessions" SQL_UNLOCKED(
		"sessions", ":session") " SET last_seen_at = :now"
					" WHERE org_id = :org AND id = " SQL_UNLOCKED_ID(
						":session") " AND last_seen_at < :now",
	SQL_WRITE | SQL_QUIET,
};

const struct statement *const session_statements[] = {
	&session_find_row,
	&session_touch_row,
	NULL,
};

/* Whether the browser uses https. X-Forwarded-Proto counts only from trusted proxies. */
static bool by_https(const struct req *r)
{
	const struct config *c = r->app->conf;
	const char *https = req_header(r, "HTTPS", NULL),
		   *scheme = req_header(r, "REQUEST_SCHEME", NULL),
		   *remote = req_header(r, "REMOTE_ADDR", NULL);
	struct addr peer;
	if (strncmp(c->public_url, "https://", 8) == 0 ||
		(https && (strcmp(https, "on") == 0 || strcmp(https, "1") == 0)) ||
		(scheme && strcmp(scheme, "https") == 0))
		return true;
	for (size_t i = 0; i < c->proxy_count; i++)
		if (remote && addr_parse(remote, strlen(remote), &peer) &&
			cidr_match(&c->proxies[i], &peer))
			return req_prefers(r, "HTTP_X_FORWARDED_PROTO", "https");
	return false;
}

/* Finds the cookies of that name: returns their number, and the last value in the arena. */
static size_t cookies(const struct req *r, const char *name, const char **value)
{
	size_t name_n = strlen(name), found = 0;
	for (char **e = r->conn->env; *e; e++) {
		if (strncmp(*e, "HTTP_COOKIE=", 12) != 0)
			continue;
		for (const char *s = *e + 12; *(s += strspn(s, "; \t"));) {
			size_t n = strcspn(s, ";");
			if (n > name_n && strncmp(s, name, name_n) == 0 && s[name_n] == '=') {
				*value = arena_dup(r->arena, s + name_n + 1, n - name_n - 1);
				found++;
			}
			s += n;
		}
	}
	return found;
}

/* The cookie's name as the browser knows it. */
static const char *full_name(const struct req *r, const char *name)
{
	return arena_printf(r->arena, "%s%s", by_https(r) ? HTTPS_PREFIX : "", name);
}

const char *session_cookie_read(const struct req *r, const char *name)
{
	const char *value = NULL;
	if (cookies(r, full_name(r, name), &value) == 1)
		return value;
	return NULL;
}

void session_cookie_write(struct req *r, const char *name, const char *value, int64_t age_s)
{
	response_header(r, "Set-Cookie",
		"%s=%s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Strict%s",
		full_name(r, name), value, age_s, by_https(r) ? "; Secure" : "");
}

const char *session_token(const struct req *r)
{
	const char *value = NULL;
	size_t found = cookies(r, full_name(r, NAME), &value);
	if (!found)
		return NULL;
	bool good = found == 1 && strlen(value) == SESSION_TOKEN &&
		strspn(value, BASE62) == SESSION_TOKEN;
	if (good)
		return value;
	return "";
}

void session_cookie(struct req *r, const char *token)
{
	session_cookie_write(
		r, NAME, text_or(token, ""), token ? r->app->conf->session_life_ms / 1000 : 0);
}

/* Keyed hash of a label and a token. The same secret is used for API keys, which begin with
 * tn_live_, so no hash of a key equals that of a token. */
static void keyed(const struct config *c, const char *about, const char *token, uint8_t out[32])
{
	char text[16 + SESSION_TOKEN];
	size_t n = strlen(about);
	assert(n <= 16);
	memcpy(text, about, n);
	memcpy(text + n, token, SESSION_TOKEN);
	hmac_sha256(c->pepper, sizeof c->pepper, text, n + SESSION_TOKEN, out);
}

void session_hash(const struct config *c, const char *token, uint8_t out[32])
{
	keyed(c, "session:", token, out);
}

void session_csrf(const struct config *c, const char *token, char out[SESSION_TOKEN + 1])
{
	uint8_t hash[32];
	char text[48];
	keyed(c, "csrf:", token, hash);
	text[b64url_print(hash, sizeof hash, text)] = 0;
	memcpy(out, text, SESSION_TOKEN + 1);
}

enum { OWNER, VIEWER, DOOR };
const char *const session_roles[] = {
	[OWNER] = "owner", [VIEWER] = "viewer", [DOOR] = "door", [DOOR + 1] = NULL};

void session_set_role(struct principal *p, const char *role)
{
	role = text_or(role, "");
	p->kind = PRINCIPAL_USER;
	p->owner = strcmp(role, session_roles[OWNER]) == 0;
	p->scopes = p->owner ? SCOPE_ALL : SCOPE_READS;
	if (strcmp(role, session_roles[DOOR]) == 0)
		p->scopes = SCOPE_DOOR_SCAN;
	p->tier = TIER_PLUS;
}

const char *session_role(const struct principal *p)
{
	if (p->owner)
		return session_roles[OWNER];
	return session_roles[p->scopes == SCOPE_DOOR_SCAN ? DOOR : VIEWER];
}

enum err session_find(struct req *r, const uint8_t hash[32], struct principal *p)
{
	struct params params;
	struct rows rows;
	req_params(r, &params, NULL);
	params_set(&params, "hash", val_bytes(hash, 32));
	enum err err = req_sql(r, &session_find_row, &params, &rows);
	if (err == ERR_LOST) /* lost while idle: retry on a new connection */
		err = req_sql(r, &session_find_row, &params, &rows);
	if (err)
		return err;
	struct val stored = rows_get(&rows, 0, "tokenHash");
	if (rows.n == 0 || stored.n != 32 || !same_bytes(stored.s, hash, 32))
		return ERR_UNAUTHORIZED;
	*p = (struct principal){.id = rows_get(&rows, 0, "id").id,
		.org = rows_get(&rows, 0, "orgId").id,
		.session = rows_get(&rows, 0, "session").id};
	(void)principal_intern(p, "");
	session_set_role(p, rows_text(&rows, 0, "role"));
	p->created_at = rows_int(&rows, 0, "createdAt");
	p->expires_at = rows_int(&rows, 0, "expiresAt");
	p->last_used_at = rows_int(&rows, 0, "lastSeenAt");
	p->name = principal_intern(p, rows_text(&rows, 0, "email"));
	p->org_name = principal_intern(p, rows_text(&rows, 0, "orgName"));
	p->org_slug = principal_intern(p, rows_text(&rows, 0, "orgSlug"));
	return OK;
}

bool session_expired(const struct config *c, const struct principal *p, int64_t now)
{
	return p->expires_at <= now || p->last_used_at + c->session_idle_ms <= now;
}

enum err session_touch(struct req *r)
{
	struct params params;
	req_params(r, &params, NULL);
	assert(r->who && r->who->kind == PRINCIPAL_USER);
	params_set(&params, "session", val_uuid(r->who->session));
	return req_sql(r, &session_touch_row, &params, NULL);
}
