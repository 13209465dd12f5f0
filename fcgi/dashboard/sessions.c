/* sessions: the routes that sign users in and out of the dashboard. */
#include "fcgi/dashboard/sessions.h"

#include "common/access/device_cookie.h"
#include "common/access/rate_limit.h"
#include "common/http/etag.h"
#include "common/http/principal.h"
#include "fcgi/dashboard/session_start.h"
#include "fcgi/dashboard/sign_in_limits.h"
#include "common/base/log.h"
#include "common/crypto/password.h"
#include "common/http/response.h"
#include "common/access/session.h"
#include "common/crypto/digest.h"
#include "common/text/mail_address.h"

#include <assert.h>
#include <string.h>

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
static const struct statement end = {"session_end",
	"DELETE"
	" FROM sessions"
	" WHERE id = :session AND org_id = :org",
	SQL_WRITE};
static enum err session_get(struct req *r)
{
	return session_print(r, 200, r->who, r->session);
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

/* Signs in. The order of steps does not reveal which accounts exist: the attempt is counted first,
 * and the password of an unknown account is verified, too. */
static enum err sign_in(struct req *r)
{
	const char *typed = params_text(&r->input, "email"),
		   *email = text_or(mail_address_of_account(r->arena, typed), ""),
		   *password = params_text(&r->input, "password"), *token;
	struct params p;
	struct rows rows = {0};
	struct attempt attempt;
	bool stale;
	enum err err = sign_in_count(r, email, &attempt);
	req_params(r, &p, NULL);
	params_set(&p, "email", val_text(email));
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
	struct principal *who = session_principal(&rows);
	sign_in_succeeded(r, &attempt);
	device_cookie_write(r, email);
	err = session_leave(r);
	if (!err)
		err = session_begin(r, who, &token);
	if (!err && stale)
		err = session_store_hash(r, password);
	if (err)
		return err;
	return session_print(r, 201, who, token);
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
	err = session_store_hash(r, next);
	if (!err)
		err = session_end_all(r);
	if (!err)
		err = session_begin(r, &who, &token);
	if (err)
		return err;
	return session_print(r, 200, &who, token);
}

static const struct route session_routes[] = {
	{METHOD_GET, "/session", SCOPE_SESSION, ROUTE_READ, "session.get", session_get,
		&session_resource, .doc = "Returns the current session."},
	{METHOD_POST, "/session", SCOPE_ANYONE,
		ROUTE_TX | ROUTE_CREATES | ROUTE_NO_IDEMPOTENCY | ROUTE_KNOWN_BROWSER,
		"session.create", sign_in, &session_resource, .body = sign_in_fields,
		.body_mode = FIELD_CREATE,
		.doc = "Signs in and sets the session cookie. Attempts are limited by IP address, "
		       "and failures by account; a browser that signed in before has a limit of "
		       "its own, by the cookie tg_device."},
	{METHOD_DELETE, "/session", SCOPE_SESSION, ROUTE_TX, "session.delete", sign_out,
		&session_resource, .doc = "Signs out and deletes the session."},
	{METHOD_POST, "/session/password", SCOPE_SESSION, ROUTE_TX | ROUTE_NO_IDEMPOTENCY,
		"password.change", change_password, &session_resource, .body = password_fields,
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
			&end,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&session_resource,
			NULL,
		},
};
