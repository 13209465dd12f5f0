/* user: who may sign in to the dashboard. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/crypto/password.h"
#include "common/runtime/shm.h"
#include "common/base/utf8.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_ROOM 2048

const struct option_row user_create_options[] = {
	{"org", "S", REQUIRED, "The organization's slug."},
	{"email", "E", REQUIRED, "What the user signs in with; no two users have the same."},
	{"role", "R", REQUIRED,
		"owner (may do everything) or viewer (may look at everything but webhooks)."},
	{NULL, NULL, 0, NULL},
};
const struct option_row user_list_options[] = {
	{"org", "S", 0, "Only those of this organization, by its slug."},
	{NULL, NULL, 0, NULL},
};

static const struct statement user_insert = {"cli_user_insert",
	"INSERT INTO users (id, org_id, email, role, password_hash, created_at,"
	" updated_at)"
	" VALUES (:id, :org, :email, :role, :hash, :now, :now)",
	SQL_WRITE};
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

/* ---- what is typed ---- */

/* One line without its end, at a terminal without showing it. -1: nothing came; -2: too long. */
static int line_read(const char *prompt, char out[LINE_ROOM])
{
	struct termios before, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
	size_t n;

	if (terminal) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		fputs(prompt, stderr);
	}
	char *got = fgets(out, LINE_ROOM, stdin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (!got)
		return -1;
	n = strlen(out);
	if (n == LINE_ROOM - 1 && out[n - 1] != '\n')
		return -2;
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

/* A new password's hash, asked for twice at a terminal; read once from anything else. */
static int password_ask(struct cli *c, const char *email, const char **hash)
{
	static char first[LINE_ROOM], second[LINE_ROOM];
	char *text = arena_alloc(c->arena, PASSWORD_HASH + 1);
	bool terminal = isatty(STDIN_FILENO);
	size_t characters = 0;
	int status = DONE, got = line_read("New password: ", first);

	if (got == -1)
		status = refuse("no password came: type it at the prompt, or send it on standard "
				"input as one line");
	else if (got == -2 || !utf8_valid(first, strlen(first), &characters) ||
		characters < PASSWORD_MIN || characters > PASSWORD_MAX)
		status = refuse("the password must have %d to %d characters of UTF-8 text; several "
				"unusual words are good",
			PASSWORD_MIN, PASSWORD_MAX);
	else if (strcasecmp(first, email) == 0)
		status = refuse("the password must not be the e-mail address");
	else if (terminal &&
		(line_read("The same again: ", second) != 0 || strcmp(first, second) != 0))
		status = refuse("the two are not the same; nothing is changed");
	else if (!password_hash(c->conf->pepper, first, text))
		status = refuse("there is not enough memory to hash the password: it takes 32 MiB");
	OPENSSL_cleanse(first, sizeof first);
	OPENSSL_cleanse(second, sizeof second);
	*hash = text;
	return status;
}

/* Lower case, as it is stored; NULL when it will not do. */
static const char *address_of(struct cli *c, const char *s)
{
	char *out = arena_strdup(c->arena, s), *at = strchr(out, '@');
	size_t n = strlen(out);

	if (n > 254 || !at || at == out || at - out > 64 || strchr(at + 1, '@') || !at[1] ||
		at[1] == '.' || out[n - 1] == '.')
		return NULL;
	for (char *p = out; *p; p++) {
		if (*p <= ' ' || *p >= 127 || strchr("<>()[]\\,;:\"", *p))
			return NULL;
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	}
	return out;
}

/* ---- changes ---- */

struct change {
	const char *action;
	const struct statement *steps[2]; /* the second may be NULL */
	struct params p; /* :id, :org, :now and what the steps need */
};

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

static void user_json(struct cli *c, const struct params *p)
{
	write_object(&c->json, NULL);
	write_text(&c->json, "id", uuid_text(c->arena, params_get(p, "id").id));
	write_text(&c->json, "email", params_text(p, "email"));
	write_text(&c->json, "role", params_text(p, "role"));
	write_text(&c->json, "organization", params_text(p, "slug"));
}

int user_create(struct cli *c)
{
	const char *email = address_of(c, option(c, "email")), *role = option(c, "role"), *hash;
	struct change change = {"user.create", {&user_insert, NULL}, {0}};
	struct uuid org;
	enum err err;
	int status;

	if (!email)
		return refuse(
			"--email must be an e-mail address in ASCII, such as ana@example.com");
	if (strcmp(role, "owner") != 0 && strcmp(role, "viewer") != 0)
		return refuse("--role must be owner or viewer");
	if ((err = org_find(c, option(c, "org"), &org)) == ERR_NOT_FOUND)
		return refuse("there is no organization %s; `ticketgate org list` shows them",
			option(c, "org"));
	if (err != OK)
		return reject_db(c, err, "looking for the organization");
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
	if ((err = transact(c, change_run, &change)) == ERR_DUPLICATE)
		return refuse("there is a user %s already; `ticketgate user password %s` sets "
			      "another password",
			email, email);
	if (err != OK)
		return reject_db(c, err, "making the user");
	if (c->as_json) {
		user_json(c, &change.p);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out, "%s may sign in to the dashboard of %s as %s.\n", email,
			option(c, "org"), role);
	}
	return DONE;
}

/* The user of the argument, its columns as parameters. */
static int user_take(struct cli *c, struct params *p)
{
	const char *email = address_of(c, c->argument);
	struct rows r = {0};
	enum err err = OK;

	params_init(p, c->arena);
	params_set(p, "email", val_text(email));
	if (email && (err = sql_run(c->db, c->arena, &user_find, p, &r)) != OK)
		return reject_db(c, err, "looking for the user");
	if (r.n == 0)
		return refuse(
			"there is no user %s; `ticketgate user list` shows them", c->argument);
	params_from_row(p, &r, 0);
	params_set(p, "now", val_time(clock_now()));
	return DONE;
}

static int change_say(struct cli *c, struct change *change, const char *doing, const char *done)
{
	enum err err = transact(c, change_run, change);

	/* after a failure, too: it may have been done although nobody could say so */
	(void)shm_invalidate_at(c->conf->shm_path, c->conf->key_file);
	if (err != OK)
		return reject_db(c, err, doing);
	if (c->as_json) {
		user_json(c, &change->p);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out, "%s %s: on this machine now, on others within 2 seconds.\n",
			params_text(&change->p, "email"), done);
	}
	return DONE;
}

int user_password(struct cli *c)
{
	struct change change = {"user.password", {&user_set_password, &user_sign_out}, {0}};
	const char *hash;
	int status = user_take(c, &change.p);

	if (status == DONE)
		status = password_ask(c, params_text(&change.p, "email"), &hash);
	if (status != DONE)
		return status;
	params_set(&change.p, "hash", val_text(hash));
	return change_say(c, &change, "setting the password",
		"has a new password, and is signed out everywhere");
}

int user_remove(struct cli *c)
{
	struct change change = {"user.remove", {&user_sign_out, &user_delete}, {0}};
	int status = user_take(c, &change.p);

	if (status != DONE)
		return status;
	return change_say(c, &change, "removing the user", "is removed, and signed out everywhere");
}

int user_list(struct cli *c)
{
	static const char *const head[] = {
		"ORGANIZATION", "E-MAIL", "ROLE", "LAST SEEN", "CREATED", "ID"};
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
			"No users yet. Make one: ticketgate user create --org S --email E --role "
			"owner\n");
	else
		table_print(&c->out, cells, r.n + 1, 6);
	return DONE;
}
