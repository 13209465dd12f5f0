/* sessions: the routes that sign users in and out of the dashboard. */
#include "fcgi/dashboard/sessions.h"

#include "common/access/rate_limit.h"
#include "common/http/etag.h"
#include "common/http/principal.h"
#include "fcgi/dashboard/sign_in_limits.h"
#include "common/base/log.h"
#include "common/crypto/password.h"
#include "common/http/response.h"
#include "common/access/session.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <string.h>

static const char *const roles[] = {"owner", "viewer", NULL};

static const struct field user_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "User id."},
	{"email", FIELD_EMAIL, FIELD_OUT, .doc = "Email address for signing in."},
	{"role", FIELD_CHOICE, FIELD_OUT, .choices = roles,
		.doc = "Role. owner: full access; viewer: read-only."},
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
static const struct field sign_in_fields[] = {
	{"email", FIELD_EMAIL, FIELD_CREATE | FIELD_REQUIRED,
		.doc = "The user's email address; case-insensitive."},
	{"password", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, PASSWORD_MAX,
		.doc = "The user's password."},
	{0},
};
static const struct field password_fields[] = {
	{"currentPassword", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, PASSWORD_MAX,
		.doc = "Current password."},
	{"newPassword", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, PASSWORD_MIN, PASSWORD_MAX,
		.doc = "New password."},
	{0},
};

static const struct resource session = {
	.title = "Session", .name = "session", .fields = session_fields};

static const struct statement user_by_email = {
	"user_by_email",
	"SELECT u.id, u.org_id AS orgId, u.email, u.role, u.password_hash AS hash,"
	" o.name AS orgName, o.slug AS orgSlug"
	" FROM users u"
	" JOIN organizations o ON o.id = u.org_id"
	" WHERE u.email = :email",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement user_hash = {"user_hash",
	"SELECT u.password_hash AS hash"
	" FROM users u"
	" WHERE u.id = :key_id AND u.org_id = :org",
	SQL_READ};
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
static const struct statement end = {"session_end",
	"DELETE"
	" FROM sessions"
	" WHERE id = :session AND org_id = :org",
	SQL_WRITE};
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

/* Responds with the session, from a row made of the principal's values and the checkout URL as it
 * is now. */
static enum err print(struct req *r, int status, const struct principal *p, const char *token)
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
		val_text(roles[p->owner ? 0 : 1]),
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

static enum err session_get(struct req *r)
{
	return print(r, 200, r->who, r->session);
}

/* Creates a session with a new random token for the authenticated user `p` and sets the cookie. */
static enum err session_begin(struct req *r, struct principal *p, const char **token)
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

/* The stored form of email addresses: ASCII letters in lower case. */
static const char *lower(struct req *r, const char *s)
{
	char *out = arena_strdup(r->arena, s);
	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	return out;
}

static bool is_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 0x80)
		s++;
	return !*s;
}

static enum err store_hash(struct req *r, const char *password)
{
	struct params p;
	char *hash = arena_alloc(r->arena, PASSWORD_HASH + 1);
	if (!password_hash(r->app->conf->pepper, password, hash))
		return ERR_UNAVAILABLE;
	req_params(r, &p, NULL);
	params_set(&p, "hash", val_text(hash));
	return req_sql(r, &user_set_hash, &p, NULL);
}

/* The stored password hash as text (the column is binary); NULL for an unknown user, whose password
 * is then verified against a dummy hash to take the same time. */
static const char *stored_hash(struct req *r, const struct rows *rows)
{
	struct val v = rows->n ? rows_get(rows, 0, "hash") : val_null();
	if (val_is_set(v))
		return arena_dup(r->arena, v.s, v.n);
	return NULL;
}

/* Ends the session of the request's cookie, if any. */
static enum err leave_old(struct req *r)
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

/* The principal of a user who is signing in. */
static struct principal *principal_of(const struct rows *rows)
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

/* Signs in. The order of steps does not reveal which accounts exist: the attempt is counted first,
 * and the password of an unknown account is verified, too. */
static enum err sign_in(struct req *r)
{
	const char *email = lower(r, params_text(&r->input, "email")),
		   *password = params_text(&r->input, "password"), *token;
	struct params p;
	struct rows rows = {0};
	struct attempt attempt;
	bool stale;
	enum err err = sign_in_count(r, email, &attempt);
	req_params(r, &p, NULL);
	params_set(&p, "email", val_text(is_ascii(email) ? email : ""));
	if (!err)
		err = req_sql(r, &user_by_email, &p, &rows);
	if (err)
		return err;
	if (!password_verify(r->app->conf->pepper, password, stored_hash(r, &rows), &stale)) {
		log_msg(LOG_WARN, "sign-in failed: client %s", r->http.client_text);
		return fail(r, ERR_UNAUTHORIZED,
			"Check both. An administrator can reset the password with 'ticketgate user "
			"password'.",
			"Invalid email address or password.");
	}
	struct principal *who = principal_of(&rows);
	sign_in_succeeded(r, &attempt);
	sign_in_remember(r, email);
	err = leave_old(r);
	if (!err)
		err = session_begin(r, who, &token);
	if (!err && stale)
		err = store_hash(r, password);
	if (err)
		return err;
	return print(r, 201, who, token);
}

static enum err sign_out(struct req *r)
{
	struct params p;
	req_params(r, &p, NULL);
	params_set(&p, "session", val_uuid(r->who->session));
	assert(r->who->kind == PRINCIPAL_USER);
	r->audit.subject = r->who->session;
	r->audit.has_subject = true;
	r->forget_keys = true;
	session_cookie(r, NULL);
	crud_send_deleted(r);
	return req_sql(r, &end, &p, NULL);
}

/* Changes the password. All sessions of the user end, and this browser gets a new one. */
static enum err change_password(struct req *r)
{
	static struct principal who; /* one request at a time in a process */
	const char *next = params_text(&r->input, "newPassword"), *token;
	struct params p;
	struct rows rows = {0};
	struct attempt attempt;
	bool stale;
	who = *r->who;
	enum err err = rate_limit_sign_in(r);
	if (!err)
		err = sign_in_count(r, who.text + who.name, &attempt);
	req_params(r, &p, NULL);
	if (!err)
		err = req_sql(r, &user_hash, &p, &rows);
	if (err)
		return err;
	if (!password_verify(r->app->conf->pepper, params_text(&r->input, "currentPassword"),
		    stored_hash(r, &rows), &stale))
		return fail_field(r, "currentPassword", "currentPassword is incorrect");
	sign_in_succeeded(r, &attempt);
	err = store_hash(r, next);
	if (!err)
		err = req_sql(r, &end_all, &p, NULL);
	r->forget_keys = true;
	if (!err)
		err = session_begin(r, &who, &token);
	if (err)
		return err;
	return print(r, 200, &who, token);
}

static const struct route session_routes[] = {
	{METHOD_GET, "/session", SCOPE_SESSION, ROUTE_READ, "session.get", session_get, &session,
		.doc = "Returns the current session."},
	{METHOD_POST, "/session", SCOPE_ANYONE, ROUTE_TX | ROUTE_CREATES | ROUTE_NO_IDEMPOTENCY,
		"session.create", sign_in, &session, .body = sign_in_fields,
		.body_mode = FIELD_CREATE,
		.doc = "Signs in and sets the session cookie. Attempts are limited by IP address, "
		       "and failures by account; a browser that signed in before has a limit of "
		       "its own, by the cookie tg_device."},
	{METHOD_DELETE, "/session", SCOPE_SESSION, ROUTE_TX, "session.delete", sign_out, &session,
		.doc = "Signs out and deletes the session."},
	{METHOD_POST, "/session/password", SCOPE_SESSION, ROUTE_TX | ROUTE_NO_IDEMPOTENCY,
		"password.change", change_password, &session, .body = password_fields,
		.body_mode = FIELD_CREATE,
		.doc = "Changes the user's password. All sessions of the user end; the response "
		       "sets a new cookie and returns a new csrfToken."},
	{0},
};

const struct module sessions_module = {
	.routes = session_routes,
	.mount = MOUNT_DASHBOARD,
	.statements =
		(const struct statement *const[]){
			&user_by_email,
			&user_hash,
			&user_set_hash,
			&organization_checkout,
			&session_insert,
			&replace,
			&end,
			&end_all,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&session,
			NULL,
		},
};
