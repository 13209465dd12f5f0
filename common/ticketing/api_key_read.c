/* api_key_read: finds, lists and prints stored API keys. */
#include "common/ticketing/api_key_store.h"

#include "common/base/clock.h"
#include "common/base/utf8.h"
#include "common/ticketing/api_key_validate.h"
#include "common/schema/scope.h"

#include <string.h>

#define KEY_STORE_COLUMNS                                                                \
	"SELECT k.id, k.org_id, o.slug AS org_slug, k.name, k.description, k.hint,"      \
	" k.scopes, k.callback_url, k.tier, k.expires_at, k.revoked_at, k.last_used_at," \
	" k.rotated_from, k.rotated_to, k.created_at,"                                   \
	" (SELECT GROUP_CONCAT(a.cidr ORDER BY a.cidr SEPARATOR ',')"                    \
	" FROM api_key_allowlist a WHERE a.key_id = k.id) AS allow"                      \
	" FROM api_keys k JOIN organizations o ON o.id = k.org_id"

static const struct statement key_list_all = {
	"key_list_all", KEY_STORE_COLUMNS " WHERE k.org_id = :org ORDER BY k.id", SQL_READ};
static const struct statement key_list_active = {"key_list_active",
	KEY_STORE_COLUMNS " WHERE k.org_id = :org AND k.revoked_at IS NULL"
			  " AND (k.expires_at IS NULL OR k.expires_at > :now)"
			  " ORDER BY k.id",
	SQL_READ};
static const struct statement key_get = {
	"key_get", KEY_STORE_COLUMNS " WHERE k.id = :id AND k.org_id = :org", SQL_READ};
static const struct statement key_by_id = {
	"key_by_id", KEY_STORE_COLUMNS " WHERE k.id = :id", SQL_READ | SQL_GLOBAL};
static const struct statement key_by_hint = {"key_by_hint",
	KEY_STORE_COLUMNS " WHERE k.hint = :hint"
			  " ORDER BY k.id"
			  " LIMIT 2",
	SQL_READ | SQL_GLOBAL};
const struct statement *const key_read_statements[] = {
	&key_list_all,
	&key_list_active,
	&key_get,
	&key_by_id,
	&key_by_hint,
	NULL,
};

/* ---- reading ---- */

struct val key_store_or_null(struct val v)
{
	if (v.type == VAL_NONE)
		return val_null();
	return v;
}

void key_store_row(const struct rows *r, size_t i, struct key *out)
{
	const char *scopes = rows_text(r, i, "scopes");
	char why[300];

	memset(out, 0, sizeof *out);
	out->id = rows_get(r, i, "id").id;
	out->org = rows_get(r, i, "org_id").id;
	out->org_slug = rows_text(r, i, "org_slug");
	out->name = rows_text(r, i, "name");
	out->description = rows_text(r, i, "description");
	out->hint = rows_text(r, i, "hint");
	out->callback = rows_text(r, i, "callback_url");
	out->tier = rows_text(r, i, "tier");
	out->allow = rows_text(r, i, "allow");
	if (!scopes || !scopes_parse(scopes, strlen(scopes), &out->scopes, why, sizeof why))
		out->scopes = 0;
	out->expires_at = key_store_or_null(rows_get(r, i, "expires_at"));
	out->revoked_at = key_store_or_null(rows_get(r, i, "revoked_at"));
	out->last_used_at = key_store_or_null(rows_get(r, i, "last_used_at"));
	out->rotated_from = key_store_or_null(rows_get(r, i, "rotated_from"));
	out->rotated_to = key_store_or_null(rows_get(r, i, "rotated_to"));
	out->created_at = rows_int(r, i, "created_at");
}

/* Sets the database's error text as message for the administrator; HTTP clients get the message of
 * the error's row. */
enum err key_store_failed(struct key_store *k, enum err err)
{
	const char *text = db_error(k->db);

	if (err == OK)
		return OK;
	return key_store_reject(k, err, NULL, "database error: %s",
		text_or(text_filled(text), err_row(err)->message));
}

enum err key_store_get(struct key_store *k, struct uuid org, struct uuid id, struct key *out)
{
	struct params p;
	struct rows r = {0};
	enum err err;

	params_init(&p, k->arena);
	params_set(&p, "org", val_uuid(org));
	params_set(&p, "id", val_uuid(id));
	if ((err = sql_run(k->db, k->arena, &key_get, &p, &r)) != OK)
		return key_store_failed(k, err);
	if (r.n == 0)
		return key_store_reject(k, ERR_NOT_FOUND, NULL, "key not found");
	key_store_row(&r, 0, out);
	return OK;
}

enum err key_store_find(struct key_store *k, const char *text, struct key *out)
{
	const char *dots = strstr(text, "...");
	size_t characters;
	struct uuid id;
	struct params p;
	struct rows r = {0};
	enum err err;

	params_init(&p, k->arena);
	if (uuid_parse(text, strlen(text), &id)) {
		params_set(&p, "id", val_uuid(id));
		err = sql_run(k->db, k->arena, &key_by_id, &p, &r);
	} else {
		/* a key in the shell's history is leaked */
		if (api_key_well_formed(text, strlen(text)))
			return key_store_reject(k, ERR_VALIDATION, NULL,
				"this is the key itself; use its id or hint from `ticketgate key "
				"list`");
		if (dots)
			text = arena_printf(
				k->arena, "%.*s…%s", (int)(dots - text), text, dots + 3);
		if (!utf8_valid(text, strlen(text), &characters))
			return key_store_reject(
				k, ERR_NOT_FOUND, NULL, "no key with this id or hint");
		params_set(&p, "hint", val_text(text));
		err = sql_run(k->db, k->arena, &key_by_hint, &p, &r);
	}
	if (err != OK)
		return key_store_failed(k, err);
	if (r.n == 0)
		return key_store_reject(k, ERR_NOT_FOUND, NULL,
			"no key with id or hint %.60s; run `ticketgate key list --org S --all` to "
			"list all keys",
			text);
	if (r.n > 1)
		return key_store_reject(k, ERR_CONFLICT, NULL,
			"more than one key has the hint %.60s; use the id", text);
	key_store_row(&r, 0, out);
	return OK;
}

enum err key_store_list(struct key_store *k, struct uuid org, bool all, struct key **out, size_t *n)
{
	struct params p;
	struct rows r = {0};
	enum err err;

	params_init(&p, k->arena);
	params_set(&p, "org", val_uuid(org));
	params_set(&p, "now", val_time(clock_now()));
	if ((err = sql_run(k->db, k->arena, all ? &key_list_all : &key_list_active, &p, &r)) != OK)
		return key_store_failed(k, err);
	*n = r.n;
	*out = arena_array(k->arena, r.n + 1, sizeof **out);
	for (size_t i = 0; i < r.n; i++)
		key_store_row(&r, i, *out + i);
	return OK;
}

/* ---- showing ---- */

const char *key_store_key_state(const struct key *key, int64_t now)
{
	if (val_is_set(key->revoked_at))
		return "revoked";
	if (val_is_set(key->expires_at) && key->expires_at.i <= now)
		return "expired";
	if (val_is_set(key->rotated_to))
		return "rotated";
	return "active";
}

static void member_time(struct json *j, const char *name, struct val v)
{
	if (val_is_set(v))
		write_time(j, name, v.i);
	else
		write_null(j, name);
}

static void member_uuid(struct json *j, const char *name, struct val v)
{
	char text[UUID_TEXT + 1];

	if (val_is_set(v))
		uuid_print(&v.id, text);
	write_text(j, name, val_is_set(v) ? text : NULL);
}

static void member_list(struct json *j, const char *name, const char *list)
{
	write_array(j, name);
	for (const char *s = list; s && *s; s += strspn(s, ",")) {
		size_t n = strcspn(s, ",");
		write_text_n(j, NULL, s, n);
		s += n;
	}
	write_end_array(j);
}

void key_store_write_key(struct json *j, const struct key *key, int64_t now)
{
	char scopes[SCOPES_TEXT];

	scopes_print(key->scopes, scopes);
	member_uuid(j, "id", val_uuid(key->id));
	write_text(j, "name", key->name);
	write_text(j, "description", key->description);
	member_list(j, "scopes", scopes);
	write_text(j, "callbackUrl", key->callback);
	member_list(j, "ipAllowlist", key->allow);
	write_text(j, "tier", key->tier);
	write_text(j, "hint", key->hint);
	write_text(j, "status", key_store_key_state(key, now));
	write_time(j, "createdAt", key->created_at);
	member_time(j, "expiresAt", key->expires_at);
	member_time(j, "lastUsedAt", key->last_used_at);
	member_time(j, "revokedAt", key->revoked_at);
	member_uuid(j, "rotatedFrom", key->rotated_from);
	member_uuid(j, "rotatedTo", key->rotated_to);
}
