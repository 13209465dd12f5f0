/* sign_in_by_code: the routes that sign in with the one-time code of a link: doors, and people who
 * set a password. */
#include "fcgi/dashboard/sign_in_by_code.h"

#include "common/access/device_cookie.h"
#include "common/access/session.h"
#include "common/crypto/password.h"
#include "common/http/principal.h"
#include "fcgi/dashboard/session_start.h"
#include "fcgi/dashboard/sign_in_limits.h"
#include "fcgi/dashboard/user_codes.h"

#define CODE_FIELD                                                           \
	"code", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, USER_CODE_MAX, \
		.doc = "One-time code of the link."

static const struct field door_fields[] = {{CODE_FIELD}, {0}};
static const struct field set_fields[] = {
	{CODE_FIELD},
	{"password", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, PASSWORD_MIN, PASSWORD_MAX,
		.doc = "New password."},
	{0},
};

/* A door that has come is no longer invited: "-" is no hash, and no password matches it. */
static const struct statement door_arrived = {"door_arrived",
	"UPDATE users"
	" SET password_hash = '-', updated_at = :now"
	" WHERE id = :key_id AND org_id = :org",
	SQL_WRITE};

/* Begins the session of the user who has just become r->who. */
static enum err begin_session(struct req *r, const struct rows *user)
{
	const char *token;
	struct principal *who = session_principal(user);
	enum err err = session_leave(r);
	if (!err)
		err = session_begin(r, who, &token);
	if (err)
		return err;
	return session_print(r, 201, who, token);
}

static enum err door_session(struct req *r)
{
	struct params p;
	struct rows user;
	enum err err = user_code_use(r, params_text(&r->input, "code"), true, &user);
	if (err)
		return err;
	req_params(r, &p, NULL);
	err = req_sql(r, &door_arrived, &p, NULL);
	if (err)
		return err;
	return begin_session(r, &user);
}

/* Sets the password of an invited user, or of one who was sent a link. Whoever was signed in with
 * the old one no longer is. */
static enum err set_password(struct req *r)
{
	struct rows user;
	enum err err = user_code_use(r, params_text(&r->input, "code"), false, &user);
	if (!err)
		err = session_store_hash(r, params_text(&r->input, "password"));
	if (!err)
		err = session_end_all(r);
	if (err)
		return err;
	device_cookie_write(r, rows_text(&user, 0, "email"));
	return begin_session(r, &user);
}

/* Limited by address, as attempts to sign in are; a code is too long to be guessed. */
static const struct route code_routes[] = {
	{METHOD_POST, "/door-session", SCOPE_ANYONE,
		ROUTE_TX | ROUTE_CREATES | ROUTE_NO_IDEMPOTENCY, "session.openDoor", door_session,
		&session_resource, .body = door_fields, .body_mode = FIELD_CREATE,
		.doc = "Signs a door in with the one-time code of its link, and sets the session "
		       "cookie. Attempts are limited by IP address."},
	{METHOD_POST, "/password/set", SCOPE_ANYONE,
		ROUTE_TX | ROUTE_CREATES | ROUTE_NO_IDEMPOTENCY, "password.set", set_password,
		&session_resource, .body = set_fields, .body_mode = FIELD_CREATE,
		.doc = "Sets the password of a user with the one-time code of an invitation or of "
		       "a mail for a new password, and signs in. All other sessions of the user "
		       "end. Attempts are limited by IP address."},
	{0},
};

const struct module sign_in_by_code_module = {
	.routes = code_routes,
	.mount = MOUNT_DASHBOARD,
	.statements =
		(const struct statement *const[]){
			&door_arrived,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&session_resource,
			NULL,
		},
};
