/* ticketgate: the administrator's command: command table, start-up and shutdown. */
#include "cli/core/cli.h"
#include "common/net/url_guard.h"

#include "common/base/log.h"
#include "common/base/clock.h"
#include "common/runtime/shm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int describe(struct cli *c);

static const struct command commands[] = {
	{"org", "create", NULL, org_create_options, org_create, NEEDS_DB,
		"Create an organization."},
	{"org", "list", NULL, NULL, org_list, NEEDS_DB, "List organizations."},
	{"org", "set", "SLUG", org_set_options, org_set, NEEDS_DB,
		"Change an organization's name, fees or checkout URL."},
	{"org", "suspend", "SLUG", NULL, org_suspend, NEEDS_DB,
		"Refuse changes of an organization, and send none of its webhooks, until it is "
		"resumed; reading goes on."},
	{"org", "resume", "SLUG", NULL, org_resume, NEEDS_DB,
		"Accept changes of an organization again, or for the first time after an import."},
	{"org", "export", "SLUG", NULL, org_export, NEEDS_DB,
		"Write an organization with everything that belongs to it to standard output, for "
		"`org import`."},
	{"org", "import", NULL, NULL, org_import, NEEDS_DB,
		"Read an organization that `org export` wrote from standard input; it stays "
		"suspended."},
	{"org", "remove", "SLUG", NULL, org_remove, NEEDS_DB,
		"Delete an organization that is suspended, with everything that belongs to it."},
	{"user", "create", NULL, user_create_options, user_create, NEEDS_DB,
		"Create a dashboard user; the password is prompted for, or read from standard "
		"input."},
	{"user", "list", NULL, user_list_options, user_list, NEEDS_DB, "List dashboard users."},
	{"user", "password", "EMAIL", NULL, user_password, NEEDS_DB,
		"Change a user's password and end the user's sessions."},
	{"user", "remove", "EMAIL", NULL, user_remove, NEEDS_DB,
		"Remove a user and end the user's sessions."},
	{"key", "create", NULL, key_create_options, key_create_run, NEEDS_DB,
		"Create an API key; it is shown only once."},
	{"key", "list", NULL, key_list_options, key_list_run, NEEDS_DB,
		"List an organization's active keys."},
	{"key", "show", "ID", NULL, key_show_run, NEEDS_DB, "Show a key (ID is its id or hint)."},
	{"key", "rotate", "ID", key_rotate_options, key_rotate_run, NEEDS_DB,
		"Create a successor with the same settings; the old key stays valid for the "
		"overlap."},
	{"key", "revoke", "ID", NULL, key_revoke_run, NEEDS_DB, "Revoke a key immediately."},
	{"setup", NULL, NULL, setup_options, setup, 0,
		"Ask for the database and the first organization, then make the configuration, "
		"the tables, the organization, its owner and a key."},
	{"migrate", NULL, NULL, NULL, migrate_command, NEEDS_DB,
		"Apply pending migrations; safe to run again."},
	{"grants", NULL, NULL, grants_options, grants, NEEDS_CONF,
		"Print the SQL that creates the database accounts with the configured passwords: "
		"ticketgate grants | mariadb"},
	{"doctor", NULL, NULL, NULL, doctor, 0, "Diagnose the installation."},
	{"venue", "import", "FILE", venue_import_options, venue_import, NEEDS_DB,
		"Show what importing a CSV file would change in the venue directory; --apply "
		"imports it."},
	{"venue", "export", NULL, NULL, venue_export, NEEDS_DB,
		"Print the venue directory as CSV, in the format that `venue import` reads."},
	{"venue", "index", NULL, NULL, venue_index, NEEDS_DB,
		"Rebuild the venue search index; `venue import` does so automatically."},
	{"demo", "load", NULL, NULL, demo_load, NEEDS_DB,
		"Load the organization `demo` with ten events and a directory of Philippine "
		"venues."},
	{"demo", "orders", "N", demo_orders_options, demo_orders, NEEDS_DB,
		"Add N orders of the past 90 days for the ticket types on sale."},
	{"verify", NULL, NULL, verify_options, verify, NEEDS_DB,
		"Recompute all counters and report mismatches."},
	{"ledger", NULL, "EVENT", ledger_options, ledger, NEEDS_DB,
		"Show the inventory movements of an event (EVENT is its id or slug)."},
	{"sweep", NULL, NULL, NULL, sweep, NEEDS_DB | KEEPS_ANSWERS,
		"Purge expired data and count new orders; run from cron: * * * * * ticketgate "
		"--conf FILE sweep"},
	{"webhook", "status", NULL, NULL, webhook_status, NEEDS_DB,
		"Show queued deliveries, active senders, and endpoints that fail or are disabled; "
		"exits with 1 when deliveries are overdue."},
	{"describe", NULL, NULL, NULL, describe, 0,
		"Print all commands, options and configuration keys as JSON."},
	{"version", NULL, NULL, NULL, version, 0, "Show the version."},
	{NULL, NULL, NULL, NULL, NULL, 0, NULL},
};

static int describe(struct cli *c)
{
	return describe_commands(c, commands);
}

#define ARENA_CEILING (64U << 20)
#define OUTPUT_MAX (64U << 20)

#define RENEW_NS INT64_C(1000000000)

/* Called before each change. Cached responses of this node are outdated from the first one on, and
 * once more when the command has ended; in between the beginning is renewed. */
static void before_change(void *ctx)
{
	struct cli *c = ctx;
	int64_t now = clock_mono_ns();
	char why[300] = "";

	if (c->shm && now < c->renew_ns)
		return;
	c->renew_ns = now + RENEW_NS;
	if (c->shm) {
		shm_invalidate(c->shm, 0); /* begins and ends another one */
		return;
	}
	c->shm = shm_attach(c->conf->shm_path, c->conf->key_file, why, sizeof why);
	c->shm_file = shm_reattach_now(c->shm);
	if (!c->shm_file)
		fprintf(stderr,
			"ticketgate: programs on this machine see the change when their caches "
			"expire: %s\n",
			why);
	shm_change_begin(c->shm, 0);
}

static void after_change(struct cli *c)
{
	if (shm_reattach_now(c->shm) == c->shm_file)
		shm_change_end(c->shm, 0);
	else
		shm_invalidate(c->shm, 0);
	shm_detach(c->shm);
}

/* Loads the configuration and connects to the database when the command's row requires it. */
static int cli_open(struct cli *c)
{
	char why[400];
	enum err err;

	if (!(c->command->flags & NEEDS_CONF))
		return DONE;
	if (!(c->conf = config_open(c->conf_option, "ticketgate", why, sizeof why)))
		return refuse("%s", why);
	url_guard_configure(c->conf);
	if ((c->command->flags & NEEDS_DB) != NEEDS_DB)
		return DONE;
	c->db = db_new(c->conf);
	if (!(c->command->flags & KEEPS_ANSWERS))
		db_before_change(c->db, before_change, c);
	if ((err = db_ready(c->db)) != OK)
		return refuse(
			"%s", db_sentence(c->conf, db_errno(c->db), db_error(c->db), c->arena));
	return DONE;
}

/* Writes the collected output; returns `status`, or REFUSED when it could not be written. */
static int flush(struct cli *c, int status)
{
	if (c->out.full)
		return refuse("output exceeds %u MiB; narrow the request", OUTPUT_MAX >> 20);
	if (c->as_json && c->out.n > 0)
		buf_putc(&c->out, '\n');
	if (c->out.n > 0 && fwrite(c->out.p, 1, c->out.n, stdout) != c->out.n)
		return refuse("cannot write to standard output: %s", strerror(errno));
	if (fflush(stdout) != 0)
		return refuse("cannot write to standard output: %s", strerror(errno));
	return status;
}

int cli_main(int argc, char **argv)
{
	struct cli c = {0};
	int status;

	log_program("ticketgate");
	log_open(
		"/dev/null", LOG_ERROR); /* the command reports failures on standard error itself */
	buf_init(&c.out, OUTPUT_MAX);
	write_start(&c.json, &c.out);
	c.arena = arena_new(ARENA_CEILING);
	status = options_parse(&c, commands, argc, argv);
	if (status == DONE && c.help) {
		c.as_json = false;
		options_help(&c, commands, argc, argv, &c.out);
	} else if (status == DONE && (status = cli_open(&c)) == DONE) {
		status = c.command->run(&c);
		if (status == DONE && c.partial)
			status = REFUSED;
		if (c.shm)
			after_change(&c);
	}
	status = flush(&c, status);
	db_free(c.db);
	config_free(c.conf);
	buf_free(&c.out);
	arena_free(c.arena);
	return status;
}
