/* session_start: signs a user in, once it is known who it is: the browser's old session ends, a new
 * one begins, and the response shows it. */
#include "fcgi/dashboard/session_start.h"

#include "common/access/session.h"
#include "common/crypto/digest.h"
#include "common/crypto/password.h"
#include "common/http/etag.h"
#include "common/http/principal.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>

static const struct field user_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "User id."},
	{"email", FIELD_EMAIL, FIELD_OUT, .doc = "Email address for signing in."},
	{"role", FIELD_CHOICE, FIELD_OUT, .choices = session_roles,
		.doc = "Role. owner: full access; viewer: read-only; door: checks tickets in."},
	{0},
};
static const struct field session_organization_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Organization id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name."},
	{"slug", FIELD_SLUG, FIELD_OUT, .doc = "URL slug."},
	{"checkoutUrl", FIELD_URL, FIELD_OUT | FIELD_NULLABLE, .max = 2048,
		.doc = "Checkout for paid tickets, opened by public event pages. null: the pages "
		       "do not sell paid tickets. An administrator sets it with 'ticketgate org "
		       "set SLUG --checkout-url URL'."},
	{0},
};
static const struct field session_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Session id."},
	{"user", FIELD_OBJECT, FIELD_OUT, .sub = user_fields, .doc = "Signed-in user."},
	{"organization", FIELD_OBJECT, FIELD_OUT, .sub = session_organization_fields,
		.doc = "Organization of the user."},
	{"scopes", FIELD_WORDS, FIELD_OUT,
		.doc = "Scopes of the session in the Open API and the box office."},
	{"csrfToken", FIELD_TEXT, FIELD_OUT,
		.doc = "CSRF token, to be sent as X-CSRF-Token with every request but GET."},
	{"clientAddress", FIELD_TEXT, FIELD_OUT,
		.doc = "IP address of the client, as allowlists see it."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Time of sign-in."},
	{"expiresAt", FIELD_TIME, FIELD_OUT,
		.doc = "Latest end of the session; an idle session ends earlier."},
	{0},
};

const struct resource session_resource = {
	.title = "Session", .name = "session", .fields = session_fields};

static const struct statement user_set_hash = {"user_set_hash",
	"UPDATE users"
	" SET password_hash = :hash, updated_at = :now"
	" WHERE id = :key_id AND org_id = :org",
	SQL_WRITE};
static const struct statement session_insert = {
	"session_insert",
	"INSERT INTO sessions (id, org_id, user_id, token_hash, address, created_at,"
	" last_seen_at, expires_at)"
	" VALUES (:id, :org, :key_id, :tokenHash, :address, :now, :now, :expires)",
	SQL_WRITE,
};
/* Deletes the browser's previous session, which signing in again replaces. */
static const struct statement replace = {"session_replace",
	"DELETE"
	" FROM sessions"
	" WHERE token_hash = :tokenHash",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement end_all = {"session_end_all",
	"DELETE"
	" FROM sessions"
	" WHERE user_id = :key_id AND org_id = :org",
	SQL_WRITE};

static const struct statement organization_checkout = {"session_checkout",
	"SELECT o.checkout_url AS checkoutUrl"
	" FROM organizations o"
	" WHERE o.id = :org",
	SQL_READ};

/* From a row made of the principal's values and the checkout URL as it is now. */
enum err session_print(struct req *r, int status, const struct principal *p, const char *token)
{
	char scopes[SCOPES_TEXT], csrf[SESSION_TOKEN + 1];
	struct params params;
	struct rows found;
	req_params(r, &params, NULL);
	enum err err = req_sql(r, &organization_checkout, &params, &found);
	if (err)
		return err;
	scopes_print(p->scopes, scopes);
	session_csrf(r->app->conf, token, csrf);
	static const char *const names[] = {"id", "user.id", "user.email", "user.role",
		"organization.id", "organization.name", "organization.slug",
		"organization.checkoutUrl", "scopes", "csrfToken", "clientAddress", "createdAt",
		"expiresAt"};
	struct val cells[] = {
		val_uuid(p->session),
		val_uuid(p->id),
		val_text(p->text + p->name),
		val_text(session_role(p)),
		val_uuid(p->org),
		val_text(p->text + p->org_name),
		val_text(p->text + p->org_slug),
		found.n ? rows_get(&found, 0, "checkoutUrl") : val_null(),
		val_text(scopes),
		val_text(csrf),
		val_text(r->http.client_text),
		val_time(p->created_at),
		val_time(p->expires_at),
	};
	struct rows row = {
		.n = 1, .columns = sizeof names / sizeof *names, .names = names, .cells = cells};
	struct json *j = response_begin(r, status);
	write_object(j, NULL);
	fields_print(j, session_fields, &row, 0, "");
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return OK;
}

enum err session_begin(struct req *r, struct principal *p, const char **token)
{
	struct params params;
	uint8_t *hash = arena_alloc(r->arena, 32);
	char *fresh = arena_alloc(r->arena, SESSION_TOKEN + 1);
	random_word(BASE62, fresh, SESSION_TOKEN);
	session_hash(r->app->conf, fresh, hash);
	assert(!r->who || r->who->kind == PRINCIPAL_USER);
	p->session = uuid_make();
	p->created_at = p->last_used_at = r->now;
	p->expires_at = r->now + r->app->conf->session_life_ms;
	r->who = p;
	r->audit.subject = p->session;
	r->audit.has_subject = true;
	req_params(r, &params, NULL);
	params_set(&params, "id", val_uuid(p->session));
	params_set(&params, "tokenHash", val_bytes(hash, 32));
	params_set(&params, "address", val_text(r->http.client_text));
	params_set(&params, "expires", val_time(p->expires_at));
	*token = fresh;
	session_cookie(r, fresh);
	return req_sql(r, &session_insert, &params, NULL);
}

enum err session_store_hash(struct req *r, const char *password)
{
	struct params p;
	char *hash = arena_alloc(r->arena, PASSWORD_HASH + 1);
	if (!password_hash(r->app->conf->pepper, password, hash))
		return ERR_UNAVAILABLE;
	req_params(r, &p, NULL);
	params_set(&p, "hash", val_text(hash));
	return req_sql(r, &user_set_hash, &p, NULL);
}

enum err session_leave(struct req *r)
{
	struct params p;
	const char *token = session_token(r);
	uint8_t *hash = arena_alloc(r->arena, 32);
	if (!token || !*token)
		return OK;
	session_hash(r->app->conf, token, hash);
	req_params(r, &p, NULL);
	params_set(&p, "tokenHash", val_bytes(hash, 32));
	r->forget_session = hash;
	return req_sql(r, &replace, &p, NULL);
}

struct principal *session_principal(const struct rows *rows)
{
	static struct principal p; /* one request at a time in a process */
	p = (struct principal){
		.id = rows_get(rows, 0, "id").id, .org = rows_get(rows, 0, "orgId").id};
	(void)principal_intern(&p, "");
	session_set_role(&p, rows_text(rows, 0, "role"));
	p.name = principal_intern(&p, rows_text(rows, 0, "email"));
	p.org_name = principal_intern(&p, rows_text(rows, 0, "orgName"));
	p.org_slug = principal_intern(&p, rows_text(rows, 0, "orgSlug"));
	return &p;
}

enum err session_end_all(struct req *r)
{
	struct params p;
	req_params(r, &p, NULL);
	r->forget_keys = true;
	return req_sql(r, &end_all, &p, NULL);
}

const struct module session_start_module = {.statements = (const struct statement *const[]){
						    &user_set_hash,
						    &organization_checkout,
						    &session_insert,
						    &replace,
						    &end_all,
						    NULL,
					    }};
