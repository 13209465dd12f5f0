/* ticketgate: the administrator's command. */
#include "cli/core/cli.h"
#include "common/net/url_guard.h"

#include "common/base/log.h"
#include "common/runtime/shm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command commands[] = {
	{"org", "create", NULL, org_create_options, org_create, NEEDS_DB,
		"Make an organization: whose events and keys these are."},
	{"org", "list", NULL, NULL, org_list, NEEDS_DB, "Show the organizations."},
	{"org", "set", "SLUG", org_set_options, org_set, NEEDS_DB,
		"Change an organization's name, its fees or where its checkout is."},
	{"user", "create", NULL, user_create_options, user_create, NEEDS_DB,
		"Let somebody sign in to the dashboard; the password is asked for, or read from "
		"standard input."},
	{"user", "list", NULL, user_list_options, user_list, NEEDS_DB, "Show who may sign in."},
	{"user", "password", "EMAIL", NULL, user_password, NEEDS_DB,
		"Set another password, and end the user's sessions."},
	{"user", "remove", "EMAIL", NULL, user_remove, NEEDS_DB,
		"Remove a user, and end the user's sessions."},
	{"key", "create", NULL, key_create_options, key_create_run, NEEDS_DB,
		"Make an API key; it is shown this once."},
	{"key", "list", NULL, key_list_options, key_list_run, NEEDS_DB,
		"Show the keys of an organization that work now."},
	{"key", "show", "ID", NULL, key_show_run, NEEDS_DB,
		"Show one key (ID is its id or its hint)."},
	{"key", "rotate", "ID", key_rotate_options, key_rotate_run, NEEDS_DB,
		"Make a successor with the same settings; the old key works on for the overlap."},
	{"key", "revoke", "ID", NULL, key_revoke_run, NEEDS_DB, "End a key at once."},
	{"migrate", NULL, NULL, NULL, migrate_command, NEEDS_DB,
		"Bring the database's tables up to this version; safe to run again."},
	{"grants", NULL, NULL, grants_options, grants, NEEDS_CONF,
		"Print the SQL that makes the database's accounts, with the configuration's "
		"passwords: ticketgate grants | mariadb"},
	{"doctor", NULL, NULL, NULL, doctor, 0,
		"Look for what is wrong with this installation and say how to mend it."},
	{"venue", "import", "FILE", venue_import_options, venue_import, NEEDS_DB,
		"Show what a CSV file would change in the directory of venues; with --apply change "
		"it."},
	{"venue", "export", NULL, NULL, venue_export, NEEDS_DB,
		"Print the directory of venues as CSV, as `venue import` reads it."},
	{"venue", "index", NULL, NULL, venue_index, NEEDS_DB,
		"Make the venues' search index anew; import does it by itself."},
	{"demo", "load", NULL, NULL, demo_load, NEEDS_DB,
		"Load the organization `demo`: ten events and a directory of Philippine venues."},
	{"demo", "orders", "N", demo_orders_options, demo_orders, NEEDS_DB,
		"Add N orders of the past 90 days over the ticket types that are on sale."},
	{"verify", NULL, NULL, verify_options, verify, NEEDS_DB,
		"Count again everything that is kept as a number; print what disagrees."},
	{"ledger", NULL, "EVENT", ledger_options, ledger, NEEDS_DB,
		"Show where an event's tickets went (EVENT is its id or its slug)."},
	{"sweep", NULL, NULL, NULL, sweep, NEEDS_DB,
		"Delete what is kept for a time only, and count new orders; for cron: * * * * * "
		"ticketgate --conf FILE sweep"},
	{"webhook", "status", NULL, NULL, webhook_status, NEEDS_DB,
		"Show what waits to be sent, who sends, and which endpoints fail or are disabled; "
		"1: something waits too long."},
	{"version", NULL, NULL, NULL, version, 0, "Show the version."},
	{NULL, NULL, NULL, NULL, NULL, 0, NULL},
};

#define ARENA_CEILING (64U << 20)
#define OUTPUT_MAX (64U << 20)

/* Configuration and database, as far as the command's row asks. */
static int cli_open(struct cli *c)
{
	const char *path = config_find(c->conf_option);
	char why[400];
	enum err err;

	if (!(c->command->flags & NEEDS_CONF))
		return DONE;
	if (!path && c->conf_option)
		return refuse("there is no configuration file %s; check the name given with --conf",
			c->conf_option);
	if (!path)
		return refuse("no configuration file found; name one with --conf FILE or in the "
			      "environment as TG_CONF");
	if (!(c->conf = config_load(path, "ticketgate", why, sizeof why)))
		return refuse("%s", why);
	url_guard_configure(c->conf);
	if ((c->command->flags & NEEDS_DB) != NEEDS_DB)
		return DONE;
	c->db = db_new(c->conf);
	if ((err = db_ready(c->db)) != OK)
		return refuse(
			"%s", db_sentence(c->conf, db_errno(c->db), db_error(c->db), c->arena));
	return DONE;
}

static int flush(struct cli *c, int status)
{
	if (c->out.full)
		return refuse("the answer is larger than %u MiB; ask for less", OUTPUT_MAX >> 20);
	if (c->as_json && c->out.n > 0)
		buf_putc(&c->out, '\n');
	if (c->out.n > 0 && fwrite(c->out.p, 1, c->out.n, stdout) != c->out.n)
		return refuse("cannot write to standard output: %s", strerror(errno));
	if (fflush(stdout) != 0)
		return refuse("cannot write to standard output: %s", strerror(errno));
	return status;
}

int main(int argc, char **argv)
{
	struct cli c = {0};
	int status;

	log_program("ticketgate");
	log_open("/dev/null", LOG_ERROR); /* this command says its failures itself, in sentences */
	buf_init(&c.out, OUTPUT_MAX);
	write_start(&c.json, &c.out);
	c.arena = arena_new(ARENA_CEILING);
	status = options_parse(&c, commands, argc, argv);
	if (status == DONE && c.help) {
		c.as_json = false;
		options_help(&c, commands, argc, argv, &c.out);
	} else if (status == DONE && (status = cli_open(&c)) == DONE) {
		status = c.command->run(&c);
		/* the programs of this node must not go on with what they remember */
		if (c.db && db_changed(c.db))
			shm_invalidate_at(c.conf->shm_path, c.conf->key_file);
	}
	status = flush(&c, status);
	db_free(c.db);
	config_free(c.conf);
	buf_free(&c.out);
	arena_free(c.arena);
	return status;
}
