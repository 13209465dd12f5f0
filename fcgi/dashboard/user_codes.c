/* user_codes: one-time codes of links, by which invited people, doors and those who have lost their
 * password come in. */
#include "fcgi/dashboard/user_codes.h"

#include "common/access/audit.h"
#include "common/base/log.h"
#include "common/crypto/digest.h"
#include "common/http/principal.h"
#include "fcgi/dashboard/session_start.h"

#include <string.h>

#define CODE_N 32 /* characters of base62: 190 random bits */

static const char *const purposes[] = {
	[CODE_INVITATION] = "INVITATION",
	[CODE_PASSWORD_RESET] = "PASSWORD_RESET",
	[CODE_DOOR] = "DOOR",
};

static const struct statement code_clear = {"user_code_clear",
	"DELETE"
	" FROM user_codes"
	" WHERE user_id = :id AND org_id = :org",
	SQL_WRITE};
static const struct statement code_insert = {"user_code_insert",
	"INSERT INTO user_codes (hash, org_id, user_id, purpose, expires_at, created_at)"
	" VALUES (:codeHash, :org, :id, :purpose, :expires, :now)",
	SQL_WRITE};
static const struct statement code_find = {
	"user_code_find",
	"SELECT u.id, u.org_id AS orgId, u.email, u.role, o.name AS orgName,"
	" o.slug AS orgSlug, c.hash AS codeHash, c.purpose"
	" FROM user_codes c"
	" JOIN users u ON u.id = c.user_id"
	" JOIN organizations o ON o.id = u.org_id"
	" WHERE c.hash = :codeHash AND c.expires_at > :now"
	" AND o.slug NOT LIKE '" SLUG_INCOMPLETE "%'",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement code_take = {"user_code_take",
	"DELETE"
	" FROM user_codes"
	" WHERE hash = :codeHash AND org_id = :org",
	SQL_WRITE};

/* The stored hash, in the arena; the label makes it none of a session or key. */
static struct val code_hash(struct req *r, const char *code)
{
	const struct config *c = r->app->conf;
	const char *text = arena_printf(r->arena, "user code:%s", code);
	uint8_t *hash = arena_alloc(r->arena, 32);
	hmac_sha256(c->pepper, sizeof c->pepper, text, strlen(text), hash);
	return val_bytes(hash, 32);
}

enum err user_code_create(struct req *r, struct uuid user, enum user_code_purpose purpose,
	int64_t life_ms, const char **code)
{
	struct params p;
	char *fresh = arena_alloc(r->arena, CODE_N + 1);
	random_word(BASE62, fresh, CODE_N);
	*code = fresh;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(user));
	params_set(&p, "codeHash", code_hash(r, fresh));
	params_set(&p, "purpose", val_text(purposes[purpose]));
	params_set(&p, "expires", val_time(r->now + life_ms));
	enum err err = req_sql(r, &code_clear, &p, NULL);
	if (err)
		return err;
	return req_sql(r, &code_insert, &p, NULL);
}

static enum err code_reject(struct req *r)
{
	log_msg(LOG_WARN, "one-time code rejected: client %s", r->http.client_text);
	return fail(r, ERR_UNAUTHORIZED, "Ask an owner of the organization for a new link.",
		"This link has expired or was used already.");
}

enum err user_code_use(struct req *r, const char *code, bool door, struct rows *user)
{
	struct params p;
	struct rows taken = {0};
	struct val hash = code_hash(r, code);
	req_params(r, &p, NULL);
	params_set(&p, "codeHash", hash);
	enum err err = req_sql(r, &code_find, &p, user);
	if (err)
		return err;
	struct val stored = rows_get(user, 0, "codeHash");
	if (user->n == 0 || stored.n != 32 || !same_bytes(stored.s, hash.s, 32) ||
		door != (strcmp(rows_text(user, 0, "purpose"), purposes[CODE_DOOR]) == 0))
		return code_reject(r);
	struct principal *who = session_principal(user);
	params_set(&p, "org", val_uuid(who->org));
	err = req_sql(r, &code_take, &p, &taken);
	if (!err && taken.affected == 0)
		return code_reject(r);
	r->who = who;
	return err;
}

const struct module user_codes_module = {.statements = (const struct statement *const[]){
						 &code_clear,
						 &code_insert,
						 &code_find,
						 &code_take,
						 NULL,
					 }};
