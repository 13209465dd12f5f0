/* grants: `ticketgate grants`, which prints the SQL that creates the database accounts. */
#include "cli/core/cli.h"
#include "common/db/migrate.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MARK "@PASSWORD_"
#define HOST "@localhost"

const struct option_row grants_options[] = {
	{"admin", NULL, SWITCH,
		"Only the database and this command's account, as `migrate` needs; other grants "
		"need the tables."},
	{"host", "HOST", 0,
		"Where the programs connect from: an address, or a pattern such as 10.0.0.%. The "
		"database's own machine without it."},
	{"ssl", NULL, SWITCH, "Accounts that may connect by TLS only; set db_ca."},
	{NULL, NULL, 0, NULL},
};

/* The configuration section for a placeholder's name: "events" for EVENTS (@PASSWORD_EVENTS@), and
 * "ticketgate" for ADMIN, this command's own account. */
static const char *section_of(struct arena *a, const char *name, size_t n)
{
	char *section = arena_dup(a, name, n);

	for (char *s = section; *s; s++)
		*s = (char)tolower((unsigned char)*s);
	if (strcmp(section, "admin") == 0)
		return "ticketgate";
	return section;
}

/* Appends a section's password for use inside single quotes. Passwords with a quote or backslash
 * are refused, so that the SQL is correct with and without NO_BACKSLASH_ESCAPES. */
static int put_password(struct cli *c, struct buf *to, const char *section)
{
	char why[600];
	struct config *conf = config_load(c->conf->path, section, why, sizeof why);
	const char *word = conf ? conf->db_password : NULL;
	int status = DONE;

	if (!conf)
		status = refuse("%s", why);
	else if (!word || !*word || *word == '@')
		status = refuse("db_password is not set in [%s] of %s; generate one with: openssl "
				"rand -hex 16",
			section, c->conf->path);
	else if (strpbrk(word, "'\\"))
		status = refuse("db_password in [%s] of %s contains a quote or backslash; use "
				"letters and digits: openssl rand -hex 16",
			section, c->conf->path);
	else
		buf_puts(to, word);
	config_free(conf);
	return status;
}

/* Appends a line of grants.sql with its placeholders replaced. */
static int put_line(struct cli *c, struct buf *to, const char *line)
{
	int status = DONE;
	bool identifies = strncmp(line, "ALTER USER ", 11) == 0;

	while (*line && status == DONE) {
		if (strncmp(line, "@DB@", 4) == 0) {
			buf_puts(to, c->conf->db_name);
			line += 4;
		} else if (strncmp(line, MARK, strlen(MARK)) == 0 && strchr(line + 1, '@')) {
			const char *name = line + strlen(MARK), *end = strchr(name, '@');
			status = put_password(
				c, to, section_of(c->arena, name, (size_t)(end - name)));
			line = end + 1;
		} else if (option(c, "host") && strncmp(line, HOST, strlen(HOST)) == 0) {
			buf_printf(to, "@'%s'", option(c, "host"));
			line += strlen(HOST);
		} else if (option_on(c, "ssl") && strcmp(line, ";\n") == 0 && identifies) {
			buf_puts(to, " REQUIRE SSL;\n");
			line += 2;
		} else {
			buf_putc(to, *line++);
		}
	}
	return status;
}

/* Appends CREATE DATABASE and all lines of grants.sql but comments and blank lines. */
static int put_all(struct cli *c, struct buf *to, FILE *f)
{
	char line[2048];
	int status = DONE;

	buf_printf(to,
		"CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4 COLLATE "
		"utf8mb4_unicode_520_ci;\n",
		c->conf->db_name);
	while (status == DONE && fgets(line, sizeof line, f))
		if (strncmp(line, "--", 2) != 0 && line[0] != '\n' &&
			(!option_on(c, "admin") || strstr(line, "ticketgate_admin")))
			status = put_line(c, to, line);
	return status;
}

/* An account's host: a name, an address, an address/netmask, or a pattern (MariaDB Knowledge Base,
 * CREATE USER). NULL: not given. */
static bool host_is_valid(const char *host)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:%_-/";

	return !host || (*host && strlen(host) <= 60 && !host[strspn(host, allowed)]);
}

int grants(struct cli *c)
{
	const char *folder = data_find("sql"),
		   *path = folder ? arena_printf(c->arena, "%s/grants.sql", folder) : NULL;
	FILE *f = path ? fopen(path, "r") : NULL;
	struct buf sql;
	int status;

	if (!f)
		return refuse("%s: %s; reinstall, run ticketgate from its build directory, or set "
			      "TG_DATA",
			text_or(path, "sql/grants.sql"), strerror(path ? errno : ENOENT));
	buf_init(&sql, 1 << 20);
	status = DONE;
	if (strpbrk(c->conf->db_name, "`\\"))
		status = refuse("db_name contains a quote or backslash: %s", c->conf->db_name);
	else if (!host_is_valid(option(c, "host")))
		status = refuse("--host must be an address, a host name or a pattern with %%: %s",
			option(c, "host"));
	else
		status = put_all(c, &sql, f);
	fclose(f);
	buf_put(&sql, "", 1);
	if (status == DONE && c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "sql", sql.p);
		write_end_object(&c->json);
	} else if (status == DONE) {
		buf_puts(&c->out, sql.p);
	}
	buf_free(&sql);
	return status;
}
