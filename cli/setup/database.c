/* database: checks the database of a new installation, and creates its tables. */
#include "cli/setup/setup.h"

#include "cli/maintenance/search_words.h"
#include "common/base/file.h"
#include "common/db/migrate.h"
#include "common/db/connection.h"

#include <dirent.h>
#include <mysqld_error.h>
#include <errmsg.h>
#include <stdio.h>
#include <string.h>

#define MIGRATION_MAX (1U << 20) /* bytes */

static const struct statement tables = {"setup_tables",
	"SELECT TABLE_NAME AS name"
	" FROM information_schema.TABLES"
	" WHERE TABLE_SCHEMA = DATABASE()"
	" ORDER BY TABLE_NAME",
	SQL_READ | SQL_GLOBAL};
static const struct statement organizations = {"setup_organizations",
	"SELECT slug"
	" FROM organizations"
	" LIMIT 1",
	SQL_READ | SQL_GLOBAL};

/* What a login's failure says about the answers (MariaDB error codes). */
static const struct {
	unsigned number;
	const char *field, *hint;
} causes[] = {
	{ER_ACCESS_DENIED_ERROR, "password",
		"Check the user's name and password in your host's panel; both often begin with "
		"your "
		"account's name and an underscore."},
	{ER_ACCESS_DENIED_NO_PASSWORD_ERROR, "user", "Enter the user's name and password."},
	{ER_DBACCESS_DENIED_ERROR, "name",
		"Give the user all privileges on this database in your host's panel, and check the "
		"database's name."},
	{ER_BAD_DB_ERROR, "name", "Create the database in your host's panel, or check its name."},
	{ER_TOO_MANY_USER_CONNECTIONS, NULL, "Try again in a minute."},
	{ER_USER_LIMIT_REACHED, NULL, "Try again in a minute."},
	{CR_CONNECTION_ERROR, "host",
		"Enter the host's name as your host's panel shows it; often it is localhost."},
	{CR_CONN_HOST_ERROR, "host",
		"Enter the host's name as your host's panel shows it; often it is localhost."},
	{CR_UNKNOWN_HOST, "host", "There is no host of this name: check it."},
};

static int refused_login(struct setup *s)
{
	const struct db *db = s->c->db;
	const char *field = NULL, *hint = "Ask your hosting provider.";

	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (causes[i].number == db_errno(db)) {
			field = causes[i].field;
			hint = causes[i].hint;
		}
	return setup_problem(s, field, hint, "The database server answers: %s (error %u)",
		db_error(db), db_errno(db));
}

static int refused_statement(struct setup *s, const char *what)
{
	const struct db *db = s->c->db;

	return setup_problem(s, "user",
		"Give the user all privileges on this database in your host's panel.",
		"The user may not %s. The database server answers: %s (error %u)", what,
		db_error(db), db_errno(db));
}

/* Tries what migrations do, with a table that is dropped again. */
static int try_rights(struct setup *s)
{
	static const struct {
		const char *sql, *what;
	} steps[] = {
		{"DROP TABLE IF EXISTS ticketgate_setup", "drop tables"},
		{"CREATE TABLE ticketgate_setup (id INT NOT NULL PRIMARY KEY, parent INT NULL)"
		 " ENGINE=InnoDB",
			"create tables"},
		{"ALTER TABLE ticketgate_setup ADD KEY parents (parent)", "alter tables"},
		{"ALTER TABLE ticketgate_setup ADD CONSTRAINT parent_exists"
		 " FOREIGN KEY (parent) REFERENCES ticketgate_setup (id)",
			"create foreign keys"},
		{"INSERT INTO ticketgate_setup (id) VALUES (1)", "insert rows"},
		{"UPDATE ticketgate_setup SET parent = NULL", "update rows"},
		{"DELETE FROM ticketgate_setup", "delete rows"},
		{"DROP TABLE ticketgate_setup", "drop tables"},
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (db_script(s->c->db, steps[i].sql) != OK)
			return refused_statement(s, steps[i].what);
	return DONE;
}

/* Whether a migration creates a table of this name. */
static bool is_ours(struct setup *s, const char *folder, const char *table)
{
	const char *wanted = arena_printf(s->c->arena, "CREATE TABLE IF NOT EXISTS %s (", table);
	DIR *d = opendir(folder);
	bool found = false;

	for (struct dirent *e; d && !found && (e = readdir(d));) {
		size_t n;
		const char *path = arena_printf(s->c->arena, "%s/%s", folder, e->d_name);
		const char *text = strstr(e->d_name, ".sql")
			? file_read(s->c->arena, path, MIGRATION_MAX, &n, NULL)
			: NULL;

		found = text && strstr(text, wanted);
	}
	if (d)
		closedir(d);
	return found;
}

/* Tables of other applications may stay, unless they have our names. */
static int look_at_tables(struct setup *s, const char *folder)
{
	struct arena *a = s->c->arena;
	struct rows r;
	const char *ours = NULL;
	bool migrated = false;

	if (sql_run(s->c->db, a, &tables, NULL, &r) != OK)
		return refused_statement(s, "list tables");
	for (size_t i = 0; i < r.n; i++) {
		const char *name = rows_text(&r, i, "name");
		if (strcmp(name, "migrations") == 0)
			migrated = true;
		else if (is_ours(s, folder, name))
			ours = ours ? arena_printf(a, "%s, %s", ours, name) : name;
	}
	if (ours && !migrated)
		return setup_problem(s, "name",
			"Create an empty database in your host's panel, and enter its name.",
			"This database has tables of another application: %s", ours);
	if (!ours || sql_run(s->c->db, a, &organizations, NULL, &r) != OK || r.n == 0)
		return DONE;
	return setup_problem(s, "name",
		"To go on with it, upload its ticketgate.conf and ticketgate.key instead of "
		"running "
		"setup. To begin anew, enter the name of an empty database.",
		"This database has an installation of ticketgate already, with the organization %s",
		rows_text(&r, 0, "slug"));
}

static void say_migration(void *ctx, const char *line)
{
	setup_step(ctx, "%s", line);
}

int setup_database(struct setup *s)
{
	struct cli *c = s->c;
	const char *folder = data_find("sql");
	char why[500];

	if (!folder)
		return setup_problem(s, NULL, "Upload the folder private of the archive, too.",
			"The folder sql with the tables was not found.");
	folder = arena_strdup(c->arena, folder);
	if (!(c->conf = config_load(s->conf, "ticketgate", why, sizeof why)))
		return setup_problem(s, NULL, "Correct the answer.", "%s", why);
	c->db = db_new(c->conf);
	if (db_ready(c->db) != OK)
		return refused_login(s);
	setup_step(s, "Connected to %s", db_server_version(c->db));
	int status = look_at_tables(s, folder);
	if (status == DONE)
		status = try_rights(s);
	if (status != DONE)
		return status;
	setup_step(s, "Creating the tables");
	if (migrate_run(c->db, folder, say_migration, s) == OK && search_words_update(c) == OK)
		return DONE;
	return setup_problem(s, "name",
		"Correct the cause and start again; what was done is kept and not done twice.",
		"The tables could not be created: %s", db_error(c->db));
}
