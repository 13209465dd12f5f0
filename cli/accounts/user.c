/* user: the `ticketgate user` commands, which create, list and remove dashboard users. */
#include "cli/core/cli.h"
#include "cli/core/prompt.h"

#include "common/text/mail_address.h"
#include "common/text/validate.h"
#include "common/base/clock.h"
#include "common/access/session.h"
#include "common/crypto/password.h"
#include "common/ticketing/org_limit.h"
#include "common/base/utf8.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/param.h>

const struct option_row user_create_options[] = {
	{"org", "S", REQUIRED, "The organization's slug."},
	{"email", "E", REQUIRED, "Email address to sign in with; must be unique."},
	{"role", "R", REQUIRED,
		"owner (full access), viewer (read-only, no webhooks) or door (checks tickets "
		"in)."},
	{NULL, NULL, 0, NULL},
};
const struct option_row user_list_options[] = {
	{"org", "S", 0, "Only users of this organization (slug)."},
	{NULL, NULL, 0, NULL},
};

static const struct statement user_insert = {"cli_user_insert",
	"INSERT INTO users (id, org_id, email, role, password_hash, created_at,"
	" updated_at)"
	" VALUES (:id, :org, :email, :role, :hash, :now, :now)",
	SQL_WRITE};
static const struct statement user_count = {"cli_user_count",
	"SELECT COUNT(*) AS n"
	" FROM users"
	" WHERE org_id = :org",
	SQL_READ};
static const struct statement user_find = {"cli_user_find",
	"SELECT u.id, u.org_id AS org, u.email, u.role, u.created_at AS created, o.slug"
	" FROM users u"
	" JOIN organizations o ON o.id = u.org_id"
	" WHERE u.email = :email",
	SQL_READ | SQL_GLOBAL};
static const struct statement user_all = {"cli_user_all",
	"SELECT u.id, u.org_id AS org, u.email, u.role, u.created_at AS created, o.slug,"
	" (SELECT MAX(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS seen"
	" FROM users u"
	" JOIN organizations o ON o.id = u.org_id"
	" WHERE :slug IS NULL OR o.slug = :slug"
	" ORDER BY o.slug, u.email",
	SQL_READ | SQL_GLOBAL};
static const struct statement user_set_password = {"cli_user_set_password",
	"UPDATE users"
	" SET password_hash = :hash, updated_at = :now"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE};
static const struct statement user_sign_out = {"cli_user_sign_out",
	"DELETE"
	" FROM sessions"
	" WHERE user_id = :id AND org_id = :org",
	SQL_WRITE};
static const struct statement user_delete = {"cli_user_delete",
	"DELETE"
	" FROM users"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE};

/* ---- input ---- */

/* Reads a new password (twice at a terminal, once from a pipe), validates it and hashes it into the
 * arena. Returns DONE or REFUSED. The plain text is static, not in the arena, and is wiped. */
static int password_ask(struct cli *c, const char *email, const char **hash)
{
	static char first[PROMPT_ROOM], second[PROMPT_ROOM];
	char *text = arena_alloc(c->arena, PASSWORD_HASH + 1);
	bool terminal = isatty(STDIN_FILENO);
	size_t characters = 0;
	int status = DONE, got = prompt_line("New password: ", true, first);

	if (got == -1)
		status = refuse("no password given; type it at the prompt, or send it as one line "
				"on standard input");
	else if (got == -2 || !utf8_valid(first, strlen(first), &characters) ||
		characters < PASSWORD_MIN || characters > PASSWORD_MAX)
		status = refuse("the password must be %d to %d characters of UTF-8 text; a "
				"passphrase of several uncommon words is recommended",
			PASSWORD_MIN, PASSWORD_MAX);
	else if (strcasecmp(first, email) == 0)
		status = refuse("the password must not be the email address");
	else if (terminal &&
		(prompt_line("Repeat password: ", true, second) != 0 || strcmp(first, second) != 0))
		status = refuse("passwords do not match");
	else if (!password_hash(c->conf->pepper, first, text))
		status = refuse("out of memory: hashing the password needs 32 MiB");
	OPENSSL_cleanse(first, sizeof first);
	OPENSSL_cleanse(second, sizeof second);
	*hash = text;
	return status;
}

/* ---- changes ---- */

struct change {
	const char *action;
	const struct statement *steps[2]; /* the second may be NULL */
	struct params p; /* :id, :org, :now and what the steps need */
	bool over; /* the organization has as many users as it may have */
};

/* Runs the steps and writes the audit row; runs inside transact(). */
static enum err change_run(struct cli *c, void *ctx)
{
	struct change *change = ctx;
	enum err err = sql_run(c->db, c->arena, change->steps[0], &change->p, NULL);

	if (err == OK && change->steps[1])
		err = sql_run(c->db, c->arena, change->steps[1], &change->p, NULL);
	if (err == OK)
		return audit(c, params_get(&change->p, "org").id, change->action,
			params_get(&change->p, "id").id);
	return err;
}

/* Creates a user within the organization's limit; runs inside transact(). */
static enum err user_create_step(struct cli *c, void *ctx)
{
	struct change *change = ctx;
	const struct org_limit l = {c->db, c->arena, params_get(&change->p, "org").id, clock_now(),
		"users", &user_count, c->conf->org_users};
	enum err err = change_run(c, ctx);

	if (!err)
		err = org_limit_check(&l, &change->over);
	if (!err && change->over)
		return ERR_CONFLICT;
	return err;
}

/* Leaves the object open for the caller's further members. */
static void user_json(struct cli *c, const struct params *p)
{
	write_object(&c->json, NULL);
	write_text(&c->json, "id", uuid_text(c->arena, params_get(p, "id").id));
	write_text(&c->json, "email", params_text(p, "email"));
	write_text(&c->json, "role", params_text(p, "role"));
	write_text(&c->json, "organization", params_text(p, "slug"));
}

static bool is_role(const char *s)
{
	size_t i = 0;
	while (session_roles[i] && strcmp(session_roles[i], s) != 0)
		i++;
	return session_roles[i] != NULL;
}

int user_create(struct cli *c)
{
	const char *email = mail_address_of_account(c->arena, option(c, "email")),
		   *role = option(c, "role"), *fault, *hash;
	struct change change = {"user.create", {&user_insert, NULL}, {0}, false};
	struct uuid org;
	enum err err;
	int status;

	fault = email_fault(c->arena, option(c, "email"), strlen(option(c, "email")));
	if (fault || !email)
		return refuse("--email %s, an address in ASCII such as ana@example.com",
			text_or(fault, "must be an email"));
	if (!is_role(role))
		return refuse("--role must be owner, viewer or door");
	if ((err = org_find(c, option(c, "org"), &org)) == ERR_NOT_FOUND)
		return refuse(
			"organization %s does not exist; run `ticketgate org list` to list all",
			option(c, "org"));
	if (err != OK)
		return reject_db(c, err, "finding the organization");
	if ((status = password_ask(c, email, &hash)) != DONE)
		return status;
	params_init(&change.p, c->arena);
	params_set(&change.p, "id", val_uuid(uuid_make()));
	params_set(&change.p, "org", val_uuid(org));
	params_set(&change.p, "slug", val_text(option(c, "org")));
	params_set(&change.p, "email", val_text(email));
	params_set(&change.p, "role", val_text(role));
	params_set(&change.p, "hash", val_text(hash));
	params_set(&change.p, "now", val_time(clock_now()));
	if ((err = transact(c, user_create_step, &change)) == ERR_CONFLICT && change.over)
		return refuse("limit reached: at most %lld users in an organization (org_users); "
			      "remove one with `ticketgate user remove`",
			(long long)c->conf->org_users);
	if (err == ERR_DUPLICATE)
		return refuse("user %s already exists; to change the password, run `ticketgate "
			      "user password %s`",
			email, email);
	if (err != OK)
		return reject_db(c, err, "creating the user");
	if (c->as_json) {
		user_json(c, &change.p);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out, "%s can now sign in to the dashboard of %s as %s.\n", email,
			option(c, "org"), role);
	}
	return DONE;
}

/* Finds the user named by the argument; `p` gets the row's columns as parameters, and :now. */
static int user_take(struct cli *c, struct params *p)
{
	const char *email = mail_address_of_account(c->arena, c->argument);
	struct rows r = {0};
	enum err err = OK;

	params_init(p, c->arena);
	params_set(p, "email", val_text(email));
	if (email && (err = sql_run(c->db, c->arena, &user_find, p, &r)) != OK)
		return reject_db(c, err, "finding the user");
	if (r.n == 0)
		return refuse("user %s does not exist; run `ticketgate user list` to list all",
			c->argument);
	params_from_row(p, &r, 0);
	params_set(p, "now", val_time(clock_now()));
	return DONE;
}

/* Runs the change and reports it. `doing` completes "... failed", `done` completes "<email> ...".
 */
static int change_say(struct cli *c, struct change *change, const char *doing, const char *done)
{
	enum err err = transact(c, change_run, change);
	if (err != OK)
		return reject_db(c, err, doing);
	if (c->as_json) {
		user_json(c, &change->p);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out,
			"%s %s. In effect on this machine now, on others within 2 seconds.\n",
			params_text(&change->p, "email"), done);
	}
	return DONE;
}

int user_password(struct cli *c)
{
	struct change change = {"user.password", {&user_set_password, &user_sign_out}, {0}, false};
	const char *hash;
	int status = user_take(c, &change.p);

	if (status == DONE)
		status = password_ask(c, params_text(&change.p, "email"), &hash);
	if (status != DONE)
		return status;
	params_set(&change.p, "hash", val_text(hash));
	return change_say(c, &change, "setting the password",
		"has a new password and was signed out everywhere");
}

int user_remove(struct cli *c)
{
	struct change change = {"user.remove", {&user_sign_out, &user_delete}, {0}, false};
	int status = user_take(c, &change.p);

	if (status != DONE)
		return status;
	return change_say(c, &change, "removing the user", "was removed and signed out everywhere");
}

int user_list(struct cli *c)
{
	static const char *const head[] = {
		"ORGANIZATION", "EMAIL", "ROLE", "LAST SEEN", "CREATED", "ID"};
	struct params p;
	struct rows r = {0};
	enum err err;

	params_init(&p, c->arena);
	params_set(&p, "slug", val_text(option(c, "org")));
	if ((err = sql_run(c->db, c->arena, &user_all, &p, &r)) != OK)
		return reject_db(c, err, "listing the users");
	const char **cells = arena_array(c->arena, (r.n + 1) * 6, sizeof *cells);
	memcpy(cells, head, sizeof head);
	if (c->as_json)
		write_array(&c->json, NULL);
	for (size_t i = 0; i < r.n; i++) {
		const char *const row[] = {rows_text(&r, i, "slug"), rows_text(&r, i, "email"),
			rows_text(&r, i, "role"), time_text(c->arena, rows_get(&r, i, "seen")),
			time_text(c->arena, rows_get(&r, i, "created")),
			uuid_text(c->arena, rows_get(&r, i, "id").id)};
		memcpy(cells + (i + 1) * 6, row, sizeof row);
		if (!c->as_json)
			continue;
		params_from_row(&p, &r, i);
		user_json(c, &p);
		write_time(&c->json, "createdAt", rows_int(&r, i, "created"));
		write_end_object(&c->json);
	}
	if (c->as_json)
		write_end_array(&c->json);
	else if (r.n == 0)
		buf_puts(&c->out,
			"No users. Create one with: ticketgate user create --org S --email E "
			"--role owner\n");
	else
		table_print(&c->out, cells, r.n + 1, 6);
	return DONE;
}
