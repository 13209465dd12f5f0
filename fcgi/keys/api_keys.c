/* api_keys: the routes by which owners manage API keys in the dashboard. */
#include "fcgi/keys/api_keys.h"

#include "common/http/principal.h"
#include "common/http/etag.h"
#include "common/base/clock.h"
#include "common/ticketing/webhook_endpoint.h"
#include "common/ticketing/api_key_store.h"
#include "common/http/response.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

static const char *const api_key_statuses[] = {"active", "rotated", "expired", "revoked", NULL};
static const char *const tiers[] = {"standard", "plus", "unlimited", NULL};

#define API_KEY_FIELDS                                                                             \
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Key id; not the key itself."},                       \
		{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 120, .doc = "Name."},           \
		{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 500,                     \
			.doc = "Description."},                                                    \
		{"scopes", FIELD_CHOICES, FIELD_RW | FIELD_REQUIRED, .max = 20,                    \
			.choices = scope_names,                                                    \
			.doc = "Scopes; any event scope implies orders:read."},                    \
		{"callbackUrl", FIELD_WEBHOOK, FIELD_RW | FIELD_NULLABLE, .max = 2048,             \
			.doc = "URL that receives webhook events."},                               \
		{"ipAllowlist", FIELD_NETS, FIELD_RW, .default_value = "[]",                       \
			.doc = "IPv4 and IPv6 addresses and CIDR ranges from which the key can "   \
			       "be used; empty: no restriction."},                                 \
		{"expiresAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE,                               \
			.doc = "Expiry time; null: never."},                                       \
		{"tier", FIELD_CHOICE, FIELD_OUT, .choices = tiers,                                \
			.doc = "Rate limit tier, set by the administrator."},                      \
		{"hint", FIELD_TEXT, FIELD_OUT,                                                    \
			.doc = "First and last characters of the key, to recognize it."},          \
		{"status", FIELD_CHOICE, FIELD_OUT, .choices = api_key_statuses,                   \
			.doc = "Status. rotated: superseded, valid until expiresAt."},             \
		{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},                     \
		{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the last change."},           \
		{"lastUsedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,                             \
			.doc = "Time of last use, to the minute."},                                \
		{"revokedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,                              \
			.doc = "Time of revocation."},                                             \
		{"rotatedFrom", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE,                            \
			.doc = "Id of the predecessor."},                                          \
		{"rotatedTo", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE,                              \
			.doc = "Id of the successor."},                                            \
	{                                                                                          \
		"webhookSecret", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED | FIELD_NULLABLE,          \
			.doc = "Webhook secret of callbackUrl, returned only by the request that " \
			       "first sets callbackUrl; otherwise null."                           \
	}

static const struct field key_fields[] = {API_KEY_FIELDS, {0}};
static const struct field secret_fields[] = {
	API_KEY_FIELDS,
	{"key", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED,
		.doc = "API key. Shown only once; it is not stored."},
	{0},
};
static const struct field rotate_fields[] = {
	{"overlapSeconds", FIELD_INT, FIELD_CREATE, 0, ROTATE_MAX_MS / 1000,
		.default_value = "86400",
		.doc = "Seconds the old key stays valid; 0 revokes it immediately."},
	{0},
};
static const struct field api_key_filters[] = {
	{"usable", FIELD_BOOL, FIELD_QUERY,
		.doc = "true: only valid keys; false: only revoked and expired keys."},
	{0},
};

#define WORKS "(k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > :now))"
#define API_KEY_COLUMNS                                                                      \
	"k.id, k.name, k.description, k.scopes, k.callback_url AS callbackUrl,"              \
	" COALESCE((SELECT GROUP_CONCAT(a.cidr ORDER BY a.cidr SEPARATOR ',')"               \
	" FROM api_key_allowlist a WHERE a.key_id = k.id),"                                  \
	" '') AS ipAllowlist,"                                                               \
	" k.expires_at AS expiresAt, k.tier, k.hint,"                                        \
	" CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= :now THEN " \
	"'expired'"                                                                          \
	" WHEN k.rotated_to IS NOT NULL THEN 'rotated' ELSE 'active' END AS status,"         \
	" k.created_at AS createdAt, k.updated_at AS updatedAt,"                             \
	" k.last_used_at AS lastUsedAt,"                                                     \
	" k.revoked_at AS revokedAt, k.rotated_from AS rotatedFrom,"                         \
	" k.rotated_to AS rotatedTo, k.version"
#define API_KEY_ONE \
	"SELECT " API_KEY_COLUMNS " FROM api_keys k WHERE k.id = :id AND k.org_id = :org"
#define CHOSEN                                       \
	" FROM api_keys k FORCE INDEX (api_key_org)" \
	" WHERE k.org_id = :org AND (:usable IS NULL OR :usable = " WORKS ")"
/* Ids contain their time, so ordering by id is ordering by createdAt. */
#define API_KEY_PAGE(cmp, way)                                                         \
	"SELECT " API_KEY_COLUMNS CHOSEN " AND k.id " cmp " :keyId ORDER BY k.id " way \
	" LIMIT :skip, "                                                               \
	":take"

static const struct statement api_key_get = {"apikey_get", API_KEY_ONE, SQL_READ};
static const struct statement api_key_lock = {"apikey_lock", API_KEY_ONE " FOR UPDATE", SQL_READ};
static const struct statement api_key_list_up = {
	"apikey_list_up", API_KEY_PAGE(">", "ASC"), SQL_READ};
static const struct statement api_key_list_down = {
	"apikey_list_down", API_KEY_PAGE("<", "DESC"), SQL_READ};
static const struct statement api_key_total = {
	"apikey_total", "SELECT COUNT(*) AS total" CHOSEN, SQL_READ};
static const struct statement api_key_update = {
	"apikey_update",
	"UPDATE api_keys"
	" SET name = :name, description = :description, scopes = :scopes,"
	" callback_url = :callbackUrl, expires_at = :expiresAt, version = version + 1,"
	" updated_at = :now"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE,
};
static const struct statement allow_clear = {
	"apikey_allow_clear",
	"DELETE a"
	" FROM api_key_allowlist a"
	" JOIN api_keys k ON k.id = a.key_id"
	" WHERE k.id = :id AND k.org_id = :org",
	SQL_WRITE,
};
/* :nets is a JSON array of ranges. */
static const struct statement allow_put = {
	"apikey_allow_put",
	"INSERT INTO api_key_allowlist (key_id, cidr)"
	" SELECT k.id, x.cidr"
	" FROM api_keys k"
	" JOIN JSON_TABLE(:nets, '$[*]' COLUMNS (cidr VARCHAR(50) PATH '$')) x"
	" WHERE k.id = :id AND k.org_id = :org",
	SQL_WRITE,
};

/* The secrets that the response shows once; one request at a time in a process. */
static struct {
	char key[KEY_LENGTH + 1], webhook[SECRET_TEXT + 1];
} made;

/* Rejects changes of invalid keys and expiry times in the past. */
static enum err api_key_check(struct req *r, const struct rows *before, struct params *p)
{
	char why[300], text[SCOPES_TEXT];
	unsigned scopes;
	const char *status = rows_text(before, 0, "status"), *asked = params_text(p, "scopes");
	made.webhook[0] = 0;
	if (strcmp(status, "revoked") == 0 || strcmp(status, "expired") == 0)
		return fail(r, ERR_CONFLICT, "Create a new key.",
			"The key %s is %s and cannot be changed.", rows_text(before, 0, "hint"),
			status);
	if (crud_changed(before, p, "expiresAt") && params_get(p, "expiresAt").type == VAL_TIME &&
		params_get(p, "expiresAt").i <= r->now)
		problem_add(&r->problems, "expiresAt",
			"expiresAt must be in the future; to end a key now, revoke it");
	if (asked && scopes_parse(asked, strlen(asked), &scopes, why, sizeof why)) {
		scopes_print(scopes, text);
		params_set(p, "scopes", val_text(arena_strdup(r->arena, text)));
	}
	return OK;
}

/* A JSON array of ranges, ["10.0.0.0/8","::1"]; no character of a range needs escaping. */
static const char *nets_json(struct req *r, const char *list)
{
	char *out = arena_strdup(r->arena, "");
	for (const char *s = list; *s;) {
		size_t n = strcspn(s, ",");
		out = arena_list(r->arena, out, ",", arena_printf(r->arena, "\"%.*s\"", (int)n, s));
		s += n + (s[n] == ',');
	}
	return arena_printf(r->arena, "[%s]", out);
}

/* Replaces the allowlist. */
static enum err allow(struct req *r, const struct params *after)
{
	struct params p;
	const char *list = params_text(after, "ipAllowlist");
	req_params(r, &p, NULL);
	params_set(&p, "id", params_get(after, "id"));
	params_set(&p, "nets", val_text(nets_json(r, list)));
	enum err err = req_sql(r, &allow_clear, &p, NULL);
	if (err || !*list)
		return err;
	return req_sql(r, &allow_put, &p, NULL);
}

/* Replaces allowlist and webhook endpoint where they changed. Cached keys are always
 * invalidated. */
static enum err api_key_after_write(
	struct req *r, const struct rows *before, const struct params *after)
{
	enum err err = OK;
	r->forget_keys = true;
	if (crud_changed(before, after, "ipAllowlist"))
		err = allow(r, after);
	if (err || !crud_changed(before, after, "callbackUrl"))
		return err;
	struct endpoint e = endpoint_for_source(r, ENDPOINT_KEY, params_get(after, "id").id);
	err = endpoint_set_url(&e, params_text(after, "callbackUrl"));
	memcpy(made.webhook, e.secret, sizeof made.webhook);
	return err;
}

/* Writes the secrets that this request created; a GET never shows any. */
static enum err api_key_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)children;
	(void)row;
	write_text(j, "webhookSecret",
		r->http.method != METHOD_GET && made.webhook[0] ? made.webhook : NULL);
	if (r->http.method == METHOD_POST)
		write_text(j, "key", made.key);
	return OK;
}

static const struct sort_order api_key_sorts[] = {
	{"createdAt", FIELD_TIME, &api_key_list_up, &api_key_list_down}, {0}};
static const struct list_spec api_key_list = {
	.variants =
		(const struct list_variant[]){
			{NULL, api_key_sorts, &api_key_total, &api_key_total}, {0}},
	.down = true};

#define API_KEY_KEY                                                                         \
	.title = "Key", .sql.get = &api_key_get, .sql.lock = &api_key_lock,                 \
	.sql.update = &api_key_update, .list = &api_key_list, .hooks.check = api_key_check, \
	.hooks.after_write = api_key_after_write, .hooks.embed = api_key_embed

static const struct resource api_key = {.name = "apiKey", .fields = key_fields, API_KEY_KEY};
static const struct resource with_secret = {
	.name = "apiKeyWithSecret", .fields = secret_fields, API_KEY_KEY};

/* Converts an error of the key store, whose message begins in lower case, to a response. */
static enum err api_key_reject(struct req *r, const struct key_store *k, enum err err)
{
	char *why = arena_strdup(r->arena, k->why);
	if (err == ERR_VALIDATION)
		return fail_field(r, text_or(k->field, "body"), "%s", why);
	if (err != ERR_CONFLICT)
		return err;
	*why = (char)toupper((unsigned char)*why);
	return fail(r, err, NULL, "%s.", why);
}

/* A key store that runs in the request's transaction. */
static struct key_store ring_of(struct req *r)
{
	return (struct key_store){.conf = r->app->conf, .db = r->db, .arena = r->arena};
}

/* Responds 201 with a created key and its secrets, or with the key store's error. */
static enum err api_key_answer(
	struct req *r, struct key_store *k, const struct key *key, enum err err)
{
	struct params p;
	r->forget_keys = true;
	if (err)
		return api_key_reject(r, k, err);
	r->audit.subject = key->id;
	r->audit.has_subject = true;
	memcpy(made.webhook, k->webhook_secret, sizeof made.webhook);
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(key->id));
	return crud_send_one(r, &with_secret, &p, "", 201);
}

static enum err create(struct req *r)
{
	struct key_store k = ring_of(r);
	assert(r->who->kind == PRINCIPAL_USER && r->who->owner);
	struct key key;
	char expires[TIME_TEXT + 1] = "";
	struct val end = params_get(&r->input, "expiresAt");
	if (end.type == VAL_TIME)
		time_print(end.i, expires);
	struct key_input in = {
		.name = params_text(&r->input, "name"),
		.description = params_text(&r->input, "description"),
		.scopes = params_text(&r->input, "scopes"),
		.allow = params_text(&r->input, "ipAllowlist"),
		.callback = params_text(&r->input, "callbackUrl"),
		.expires = expires,
	};
	enum err err = key_store_create(&k, r->who->org, &in, &key, made.key);
	return api_key_answer(r, &k, &key, err);
}

/* Locks and reads the key that the path names. */
static enum err api_key_input(struct req *r, struct key_store *k, struct key *key)
{
	struct params p;
	struct rows row;
	const char *arg;
	enum err err = crud_lock(r, &api_key, &p, &arg, &row);
	if (err)
		return err;
	return key_store_get(k, r->who->org, params_get(&p, "id").id, key);
}

/* Rotates the key that the path names. */
static enum err rotate(struct req *r)
{
	struct key_store k = ring_of(r);
	struct key old, key;
	enum err err = api_key_input(r, &k, &old);
	if (err)
		return err;
	err = key_store_rotate(
		&k, &old, params_get(&r->input, "overlapSeconds").i * 1000, &key, made.key);
	return api_key_answer(r, &k, &key, err);
}

/* Revokes the key that the path names. Revoking it again succeeds. */
static enum err revoke(struct req *r)
{
	struct key_store k = ring_of(r);
	struct key key;
	enum err err = api_key_input(r, &k, &key);
	if (!err)
		err = key_store_revoke(&k, &key, &key);
	r->forget_keys = true;
	crud_send_deleted(r);
	return err;
}

/* The scopes for the dashboard's form, in its order. */
static const struct field scope_fields[] = {
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Scope name."},
	{"label", FIELD_TEXT, FIELD_OUT, .doc = "Display name."},
	{"description", FIELD_TEXT, FIELD_OUT, .doc = "Description."},
	{"choosable", FIELD_BOOL, FIELD_OUT,
		.doc = "Whether the scope can be selected; false: implied by other scopes."},
	{0},
};
static const struct field scope_list_fields[] = {
	{"scopes", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = scope_fields,
		.doc = "All scopes."},
	{0},
};
static const struct resource scope_list = {
	.title = "Scopes", .name = "scopeList", .fields = scope_list_fields};

/* Responds with the table of scopes. orders:read cannot be selected, as it is implied by event
 * scopes. */
static enum err scopes(struct req *r)
{
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_array(j, "scopes");
	for (const struct scope_row *s = scope_rows; s->name; s++) {
		write_object(j, NULL);
		write_text(j, "name", s->name);
		write_text(j, "label", s->label);
		write_text(j, "description", s->doc);
		write_bool(j, "choosable", s->bit != SCOPE_ORDERS_READ);
		write_end_object(j);
	}
	write_end_array(j);
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return OK;
}

#define API_KEY_PATH "/keys/{id}"

static const struct route api_key_routes[] = {
	{METHOD_GET, "/keys", SCOPE_SESSION, ROUTE_READ | ROUTE_LIST, "key.list", crud_list,
		&api_key, .query = api_key_filters, .doc = "Lists API keys."},
	{METHOD_POST, "/keys", SCOPE_OWNER, ROUTE_TX | ROUTE_CREATES, "key.create", create,
		&with_secret, .body = key_fields, .body_mode = FIELD_CREATE,
		.doc = "Creates an API key and returns it, this one time."},
	{METHOD_GET, API_KEY_PATH, SCOPE_SESSION, ROUTE_READ, "key.get", crud_get, &api_key,
		.doc = "Returns an API key."},
	{METHOD_PATCH, API_KEY_PATH, SCOPE_OWNER, ROUTE_TX, "key.update", crud_patch, &api_key,
		.body = key_fields, .body_mode = FIELD_PATCH,
		.doc = "Updates an API key. Fields that are not sent keep their values. Changes "
		       "take effect on this node "
		       "with the next request, on other nodes within 2 seconds."},
	{METHOD_DELETE, API_KEY_PATH, SCOPE_OWNER, ROUTE_TX, "key.revoke", revoke, &api_key,
		.doc = "Revokes an API key, which remains listed."},
	{METHOD_POST, API_KEY_PATH "/rotate", SCOPE_OWNER,
		ROUTE_TX | ROUTE_CREATES | ROUTE_BODY_OPTIONAL, "key.rotate", rotate, &with_secret,
		.body = rotate_fields, .body_mode = FIELD_CREATE,
		.doc = "Rotates an API key: creates a successor with the same settings and returns "
		       "it, this one time. The old key stays valid for a day, or for "
		       "overlapSeconds."},
	{METHOD_GET, "/scopes", SCOPE_SESSION, ROUTE_READ, "scopes.list", scopes, &scope_list,
		.doc = "Lists the available scopes."},
	{0},
};

const struct module api_keys_module = {
	.routes = api_key_routes,
	.mount = MOUNT_DASHBOARD,
	.statements =
		(const struct statement *const[]){
			&api_key_get,
			&api_key_lock,
			&api_key_list_up,
			&api_key_list_down,
			&api_key_total,
			&api_key_update,
			&allow_clear,
			&allow_put,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&api_key,
			&with_secret,
			&scope_list,
			NULL,
		},
};
