/* team: the routes by which owners manage the users of their organization and the links of doors.
 */
#include "fcgi/dashboard/team.h"

#include "common/access/session.h"
#include "common/base/clock.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/text/mail_address.h"
#include "common/ticketing/mail_queue.h"
#include "common/ticketing/org_limit.h"
#include "fcgi/dashboard/session_start.h"
#include "fcgi/dashboard/user_codes.h"

#include <assert.h>
#include <string.h>

#define LINK_HOUR_MS INT64_C(3600000)
#define INVITATION_MS (7 * 24 * LINK_HOUR_MS)
#define RESET_MS LINK_HOUR_MS
#define NAME_MAX_CHARACTERS 100
#define DOOR_EMAIL "door-"
/* Ends the addresses of doors. No mail reaches it (RFC 2606), and nobody else can have it: the
 * domain of an address that is typed contains a dot. */
#define DOOR_DOMAIN "@invalid"
#define DOOR_LETTERS "23456789abcdefghijkmnpqrstuvwxyz"
#define DOOR_N 8

static const char *const user_statuses[] = {"ACTIVE", "INVITED", NULL};

#define USER_FIELDS                                                                            \
	{"id", FIELD_UUID, FIELD_OUT, .doc = "User id."},                                      \
		{"email", FIELD_EMAIL, FIELD_OUT | FIELD_CREATE | FIELD_REQUIRED,              \
			.doc = "Email address for signing in, case-insensitive. Addresses of " \
			       "doors that sign in by a link end with " DOOR_DOMAIN "."},      \
		{"name", FIELD_TEXT, FIELD_OUT | FIELD_CREATE | FIELD_NULLABLE, 0,             \
			NAME_MAX_CHARACTERS, .doc = "Name of the person or the gate."},        \
		{"role", FIELD_CHOICE, FIELD_OUT | FIELD_CREATE | FIELD_REQUIRED,              \
			.choices = session_roles,                                              \
			.doc = "Role. owner: full access; viewer: read-only; door: checks "    \
			       "tickets in."},                                                 \
		{"status", FIELD_CHOICE, FIELD_OUT, .choices = user_statuses,                  \
			.doc = "Status. INVITED: the link was not used yet."},                 \
		{"lastSeenAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,                         \
			.doc = "Time of the last request of a session that has not ended, to " \
			       "the minute."},                                                 \
	{                                                                                      \
		"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."                    \
	}

static const struct field member_fields[] = {USER_FIELDS, {0}};
static const struct field invited_fields[] = {
	USER_FIELDS,
	{"inviteUrl", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED,
		.doc = "Link by which the user sets a password and signs in, once and within 7 "
		       "days; a path when public_url is not set. Shown only once; it is not "
		       "stored."},
	{"mailed", FIELD_BOOL, FIELD_OUT | FIELD_EMBEDDED,
		.doc = "Whether the link is mailed to the user, too."},
	{0},
};
static const struct field door_link_fields[] = {
	USER_FIELDS,
	{"url", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED,
		.doc = "Link that opens the door page and signs in there, once; a path when "
		       "public_url is not set. Shown only once; it is not stored."},
	{0},
};
static const struct field door_link_input[] = {
	{"name", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, NAME_MAX_CHARACTERS,
		.doc = "Name of the gate, or of who stands there."},
	{"hours", FIELD_INT, FIELD_CREATE, 1, 72, .default_value = "24",
		.doc = "Hours within which the link must be used."},
	{0},
};

#define MEMBER_COLUMNS                                                            \
	"u.id, u.email, u.name, u.role,"                                          \
	" IF(u.password_hash = '', 'INVITED', 'ACTIVE') AS status,"               \
	" (SELECT MAX(s.last_seen_at) FROM sessions s FORCE INDEX (session_user)" \
	" WHERE s.user_id = u.id) AS lastSeenAt,"                                 \
	" u.created_at AS createdAt"
#define MEMBER_ONE "SELECT " MEMBER_COLUMNS " FROM users u WHERE u.id = :id AND u.org_id = :org"
#define MEMBERS " FROM users u FORCE INDEX (user_org) WHERE u.org_id = :org"
/* Ids contain their time, so ordering by id is ordering by createdAt. */
#define MEMBER_PAGE(cmp, way)                                                          \
	"SELECT " MEMBER_COLUMNS MEMBERS " AND u.id " cmp " :keyId ORDER BY u.id " way \
	" LIMIT :skip, :take"

static const struct statement member_get = {"member_get", MEMBER_ONE, SQL_READ};
static const struct statement member_lock = {"member_lock", MEMBER_ONE " FOR UPDATE", SQL_READ};
static const struct statement member_list_up = {
	"member_list_up", MEMBER_PAGE(">", "ASC"), SQL_READ};
static const struct statement member_list_down = {
	"member_list_down", MEMBER_PAGE("<", "DESC"), SQL_READ};
static const struct statement member_total = {
	"member_total", "SELECT COUNT(*) AS total" MEMBERS, SQL_READ};
static const struct statement member_count = {
	"member_count", "SELECT COUNT(*) AS n" MEMBERS, SQL_READ};
static const struct statement other_owners = {"member_other_owners",
	"SELECT COUNT(*) AS n" MEMBERS " AND u.role = 'owner' AND u.password_hash <> ''"
	" AND u.id <> :id",
	SQL_READ};
/* No password matches an empty hash. */
static const struct statement member_insert = {"member_insert",
	"INSERT INTO users (id, org_id, email, name, role, password_hash, created_at,"
	" updated_at)"
	" VALUES (:id, :org, :email, :name, :role, '', :now, :now)",
	SQL_WRITE};
/* Its sessions and codes go with it. */
static const struct statement member_delete = {"member_delete",
	"DELETE"
	" FROM users"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE};

/* The link that the response shows once; one request at a time in a process. */
static struct {
	const char *url;
	bool mailed;
} made;

/* Whoever is removed is signed out at once. The last owner stays, also when two owners remove each
 * other at the same time: the counter's row is locked until COMMIT. */
static enum err member_can_delete(struct req *r, const struct rows *before)
{
	struct params p;
	struct rows found;
	struct uuid id = rows_get(before, 0, "id").id;
	if (uuid_equal(&id, &r->who->id))
		return fail(r, ERR_CONFLICT, "Ask another owner of the organization.",
			"You cannot remove yourself.");
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	params_set(&p, "counter", val_text("users:removed"));
	params_set(&p, "by", val_int(1));
	enum err err = req_sql(r, &counter_add, &p, NULL);
	if (!err)
		err = req_sql(r, &other_owners, &p, &found);
	if (err)
		return err;
	if (rows_int(&found, 0, "n") == 0)
		return fail(r, ERR_CONFLICT, "Invite another owner first.",
			"The last owner of an organization cannot be removed.");
	r->forget_keys = true;
	return OK;
}

static enum err invited_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)r;
	(void)row;
	(void)children;
	write_text(j, "inviteUrl", made.url);
	write_bool(j, "mailed", made.mailed);
	return OK;
}

static enum err door_link_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)r;
	(void)row;
	(void)children;
	write_text(j, "url", made.url);
	return OK;
}

static const struct sort_order member_sorts[] = {
	{"createdAt", FIELD_TIME, &member_list_up, &member_list_down}, {0}};
static const struct list_spec member_list = {
	.variants = (const struct list_variant[]){
		{NULL, member_sorts, &member_total, &member_total}, {0}}};

#define MEMBER                                                             \
	.title = "User", .sql.get = &member_get, .sql.lock = &member_lock, \
	.sql.remove = &member_delete, .list = &member_list, .hooks.can_delete = member_can_delete

static const struct resource member = {.name = "user", .fields = member_fields, MEMBER};
static const struct resource invited = {
	.name = "invitedUser", .fields = invited_fields, MEMBER, .hooks.embed = invited_embed};
static const struct resource door_link = {
	.name = "doorLink", .fields = door_link_fields, MEMBER, .hooks.embed = door_link_embed};

static const char *absolute(struct req *r, const char *path)
{
	const struct config *c = r->app->conf;
	return arena_printf(r->arena, "%s%s%s", c->public_url, c->base_path, path);
}

/* Mail to users contains a link, which needs the suite's address. */
static bool can_mail(const struct req *r)
{
	return mail_is_on(r) && *r->app->conf->public_url;
}

/* Counts a message to a user against the organization, which may send org_users of them within an
 * hour: whoever owns one must not be able to flood strangers with invitations. */
static enum err count_mail(struct req *r)
{
	uint64_t tag;
	int64_t max = r->app->conf->org_users;
	memcpy(&tag, r->who->org.b + 8, sizeof tag); /* the random half */
	struct quota q = shm_consume(r->app->shm, tag ^ UINT64_C(0x7465616d6d61696c), max,
		LINK_HOUR_MS * 1000000, clock_mono_ns());
	if (q.admitted)
		return OK;
	r->failure.retry_after = q.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, "Retry after the number of seconds in Retry-After.",
		"The users of this organization were mailed %lld times within an hour.",
		(long long)max);
}

/* Makes a new link for setting a password, which replaces earlier ones, and mails it. */
static enum err link_to_password(
	struct req *r, struct uuid user, enum user_code_purpose purpose, const char *email)
{
	const char *code;
	bool invites = purpose == CODE_INVITATION;
	enum err err =
		user_code_create(r, user, purpose, invites ? INVITATION_MS : RESET_MS, &code);
	if (err)
		return err;
	const char *path = arena_printf(r->arena, "/dashboard/#set-password/%s", code);
	made.url = absolute(r, path);
	made.mailed = can_mail(r);
	if (!made.mailed)
		return OK;
	err = count_mail(r);
	if (err)
		return err;
	return mail_queue_user(
		r, invites ? MAIL_INVITATION : MAIL_PASSWORD_RESET, &user, email, path);
}

/* Inserts the user of :id, :email, :name and :role within the organization's limit. */
static enum err insert_member(struct req *r, const struct params *p)
{
	int64_t max = r->app->conf->org_users;
	const struct org_limit l = {
		r->db, r->arena, r->who->org, r->now, "users", &member_count, max};
	bool over = false;
	r->audit.subject = params_get(p, "id").id;
	r->audit.has_subject = true;
	enum err err = req_sql(r, &member_insert, p, NULL);
	if (err == ERR_DUPLICATE)
		return fail(r, ERR_CONFLICT,
			"A user has one organization. Use another address, or ask whoever uses "
			"this one.",
			"This email address is in use already.");
	if (!err)
		err = org_limit_check(&l, &over);
	if (!err && over)
		return fail(r, ERR_CONFLICT, "Remove a user first.",
			"Limit reached: at most %lld users in an organization.", (long long)max);
	return err;
}

static enum err invite(struct req *r)
{
	struct params p;
	struct uuid id = uuid_make();
	const char *email = mail_address_of_account(r->arena, params_text(&r->input, "email"));
	if (!email)
		return fail_field(r, "email", "email must be an address in ASCII");
	req_params(r, &p, &r->input);
	params_set(&p, "id", val_uuid(id));
	params_set(&p, "email", val_text(email));
	enum err err = insert_member(r, &p);
	if (!err)
		err = link_to_password(r, id, CODE_INVITATION, email);
	if (err)
		return err;
	return crud_send_one(r, &invited, &p, "", 201);
}

/* Locks and reads the user that the path names, who has an address. */
static enum err lock_person(struct req *r, struct params *p, struct rows *row)
{
	const char *arg;
	enum err err = crud_lock(r, &member, p, &arg, row);
	if (err)
		return err;
	const char *at = strrchr(rows_text(row, 0, "email"), '@');
	if (at && strcmp(at, DOOR_DOMAIN) == 0)
		return fail(r, ERR_CONFLICT, "Create another door link, and remove this one.",
			"A door link has no password.");
	return OK;
}

static bool is_invited(const struct rows *row)
{
	return strcmp(rows_text(row, 0, "status"), "INVITED") == 0;
}

static enum err invite_again(struct req *r)
{
	struct params p;
	struct rows row;
	enum err err = lock_person(r, &p, &row);
	if (err)
		return err;
	if (!is_invited(&row))
		return fail(r, ERR_CONFLICT, "Reset the user's password instead.",
			"The user has accepted the invitation already.");
	err = link_to_password(
		r, params_get(&p, "id").id, CODE_INVITATION, rows_text(&row, 0, "email"));
	if (err)
		return err;
	return crud_send_one(r, &invited, &p, r->args[0], 201);
}

/* The link is mailed and not shown: it must not let one owner act as another. */
static enum err reset_password(struct req *r)
{
	struct params p;
	struct rows row;
	enum err err = lock_person(r, &p, &row);
	if (err)
		return err;
	if (is_invited(&row))
		return fail(r, ERR_CONFLICT, "Make a new invitation link instead.",
			"The user has not accepted the invitation yet.");
	if (!can_mail(r))
		return fail(r, ERR_CONFLICT,
			"An administrator can reset the password with 'ticketgate user password', "
			"or set mail_url, mail_from and public_url.",
			"This server sends no mail to users.");
	err = link_to_password(
		r, params_get(&p, "id").id, CODE_PASSWORD_RESET, rows_text(&row, 0, "email"));
	if (err)
		return err;
	return crud_send_one(r, &member, &p, r->args[0], 200);
}

static enum err create_door_link(struct req *r)
{
	struct params p;
	struct uuid id = uuid_make();
	char word[DOOR_N + 1];
	const char *code;
	random_word(DOOR_LETTERS, word, DOOR_N);
	req_params(r, &p, &r->input);
	params_set(&p, "id", val_uuid(id));
	params_set(&p, "role", val_text("door"));
	params_set(
		&p, "email", val_text(arena_printf(r->arena, DOOR_EMAIL "%s" DOOR_DOMAIN, word)));
	enum err err = insert_member(r, &p);
	if (!err)
		err = user_code_create(
			r, id, CODE_DOOR, params_get(&r->input, "hours").i * LINK_HOUR_MS, &code);
	if (err)
		return err;
	made.url = absolute(r, arena_printf(r->arena, "/door/#%s", code));
	return crud_send_one(r, &door_link, &p, "", 201);
}

#define USER_PATH "/users/{id}"

static const struct route team_routes[] = {
	{METHOD_GET, "/users", SCOPE_OWNER, ROUTE_READ | ROUTE_LIST, "user.list", crud_list,
		&member, .doc = "Lists the users of the organization."},
	{METHOD_POST, "/users", SCOPE_OWNER, ROUTE_TX | ROUTE_CREATES, "user.create", invite,
		&invited, .body = member_fields, .body_mode = FIELD_CREATE,
		.doc = "Creates a user without a password, and a link to set one, which is "
		       "mailed when the server sends mail."},
	{METHOD_DELETE, USER_PATH, SCOPE_OWNER, ROUTE_TX, "user.remove", crud_delete, &member,
		.doc = "Removes a user and ends the user's sessions: on this node at once, on "
		       "other nodes within 2 seconds. The last owner and the caller cannot be "
		       "removed."},
	{METHOD_POST, USER_PATH "/invite", SCOPE_OWNER, ROUTE_TX | ROUTE_CREATES, "user.invite",
		invite_again, &invited,
		.doc = "Makes a new link for a user who has not accepted the invitation. Earlier "
		       "links end."},
	{METHOD_POST, USER_PATH "/reset-password", SCOPE_OWNER, ROUTE_TX, "user.resetPassword",
		reset_password, &member,
		.doc = "Mails a user a link to set a new password within an hour. The password "
		       "stays valid until then."},
	{METHOD_POST, "/door-links", SCOPE_OWNER, ROUTE_TX | ROUTE_CREATES, "doorLink.create",
		create_door_link, &door_link, .body = door_link_input, .body_mode = FIELD_CREATE,
		.doc = "Creates a user with the role door, who signs in by a link instead of a "
		       "password. It is listed among the users and revoked by removing it."},
	{0},
};

const struct module team_module = {
	.routes = team_routes,
	.mount = MOUNT_DASHBOARD,
	.statements =
		(const struct statement *const[]){
			&member_get,
			&member_lock,
			&member_list_up,
			&member_list_down,
			&member_total,
			&member_count,
			&other_owners,
			&member_insert,
			&member_delete,
			&counter_add,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&member,
			&invited,
			&door_link,
			NULL,
		},
};
