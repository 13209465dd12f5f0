/* options: parses the command line by the command table and prints help. */
#include "cli/core/cli.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct option_row global_options[] = {
	{"conf", "FILE", 0, "Configuration file (default: $TG_CONF, then the standard locations)."},
	{"json", NULL, SWITCH, "Print one JSON object or array; messages go to standard error."},
	{"help", NULL, SWITCH, "Show this help."},
	{NULL, NULL, 0, NULL},
};

const char *option(const struct cli *c, const char *name)
{
	for (size_t i = 0; c->command->options && c->command->options[i].name; i++)
		if (strcmp(c->command->options[i].name, name) == 0)
			return c->values[i];
	return NULL;
}

bool option_on(const struct cli *c, const char *name)
{
	return option(c, name) != NULL;
}

static const struct option_row *row_find(const struct option_row *rows, const char *name, size_t n)
{
	for (; rows && rows->name; rows++)
		if (strlen(rows->name) == n && memcmp(rows->name, name, n) == 0)
			return rows;
	return NULL;
}

/* Stores one option's value: global ones in c, others beside their row of the table. */
static int option_take(struct cli *c, const struct option_row *row, bool global, const char *value)
{
	if (global) {
		if (strcmp(row->name, "conf") == 0)
			c->conf_option = value;
		else if (strcmp(row->name, "json") == 0)
			c->as_json = true;
		else
			c->help = true;
		return DONE;
	}
	const char **at = &c->values[row - c->command->options];
	assert(at < c->values + OPTIONS_MAX);
	if (*at)
		return usage("--%s is given more than once", row->name);
	*at = value;
	return DONE;
}

/* Parses one argument that starts with "--", `--name=value` or `--name value`; the latter advances
 * *i. Unknown options are accepted silently when help was requested. */
static int option_read(struct cli *c, int argc, char **argv, int *i)
{
	const char *word = argv[*i] + 2, *equals = strchr(word, '='), *value;
	size_t n = equals ? (size_t)(equals - word) : strlen(word);
	const struct option_row *row = row_find(global_options, word, n);
	bool global = row != NULL;

	if (!row && c->command)
		row = row_find(c->command->options, word, n);
	if (!row && c->help)
		return DONE;
	if (!row && !c->command)
		return usage("--%.*s must follow the command", (int)n, word);
	if (!row)
		return usage(
			"unknown option --%.*s; run with --help to list options", (int)n, word);
	if (row->flags & SWITCH) {
		if (equals)
			return usage("--%s takes no value", row->name);
		return option_take(c, row, global, "");
	}
	value = NULL;
	if (equals)
		value = equals + 1;
	else if (*i + 1 < argc)
		value = argv[++*i];
	if (!value || (!equals && strncmp(value, "--", 2) == 0))
		return usage("--%s needs a value: --%s %s", row->name, row->name, row->value);
	return option_take(c, row, global, value);
}

static const struct command *command_find(
	const struct command *commands, const char *noun, const char *verb)
{
	for (; commands->noun; commands++)
		if (strcmp(commands->noun, noun) == 0 &&
			(!commands->verb || (verb && strcmp(commands->verb, verb) == 0)))
			return commands;
	return NULL;
}

static bool noun_known(const struct command *commands, const char *noun)
{
	for (; commands->noun; commands++)
		if (strcmp(commands->noun, noun) == 0)
			return true;
	return false;
}

/* Parses one argument that is not an option: noun, verb or argument, in this order. */
static int word_read(
	struct cli *c, const struct command *commands, const char **noun, const char *word)
{
	if (!*noun) {
		if (!noun_known(commands, word))
			return usage(
				"unknown command %s; run `ticketgate --help` to list all", word);
		*noun = word;
		c->command = command_find(commands, word, NULL);
		return DONE;
	}
	if (!c->command) {
		c->command = command_find(commands, *noun, word);
		if (c->command)
			return DONE;
		return usage("%s has no subcommand %s; run `ticketgate %s --help` to list all",
			*noun, word, *noun);
	}
	if (!c->command->argument || c->argument)
		return usage("unexpected argument: %s", word);
	c->argument = word;
	return DONE;
}

/* Checks that nothing required is missing, after all arguments were read. */
static int complete(struct cli *c, const char *noun)
{
	const struct command *cmd = c->command;

	if (c->help)
		return DONE;
	if (!noun)
		return usage("missing command; run `ticketgate --help` to list all");
	if (!cmd)
		return usage("%s needs a subcommand; run `ticketgate %s --help` to list all", noun,
			noun);
	if (cmd->argument && !c->argument)
		return usage("%s%s%s: missing argument: %s", noun, cmd->verb ? " " : "",
			text_or(cmd->verb, ""), cmd->argument);
	for (size_t i = 0; cmd->options && cmd->options[i].name; i++)
		if ((cmd->options[i].flags & REQUIRED) && !c->values[i])
			return usage("missing option --%s %s: %s", cmd->options[i].name,
				cmd->options[i].value, cmd->options[i].doc);
	return DONE;
}

int options_parse(struct cli *c, const struct command *commands, int argc, char **argv)
{
	const char *noun = NULL;
	int status;

	/* every other program accepts these too */
	if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "--describe")))
		argv[1] += 2;
	for (int i = 1; i < argc; i++) /* --help wins wherever it stands */
		if (strcmp(argv[i], "--help") == 0)
			c->help = true;
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0 && argv[i][2])
			status = option_read(c, argc, argv, &i);
		else if (argv[i][0] == '-' && argv[i][1])
			status = usage("unknown option %s (no abbreviations); run with --help to "
				       "list options",
				argv[i]);
		else
			status = word_read(c, commands, &noun, argv[i]);
		if (status != DONE)
			return status;
	}
	return complete(c, noun);
}

static void help_options(struct buf *out, const struct option_row *rows)
{
	char left[64];

	for (; rows && rows->name; rows++) {
		snprintf(left, sizeof left, "--%s%s%s", rows->name, rows->value ? " " : "",
			text_or(rows->value, ""));
		buf_printf(out, "  %-22s %s%s\n", left, rows->doc,
			rows->flags & REQUIRED ? " (required)" : "");
	}
}

static void help_line(struct buf *out, const struct command *cmd)
{
	char left[64];

	snprintf(left, sizeof left, "%s%s%s%s%s", cmd->noun, cmd->verb ? " " : "",
		text_or(cmd->verb, ""), cmd->argument ? " " : "", text_or(cmd->argument, ""));
	buf_printf(out, "  %-22s %s\n", left, cmd->doc);
}

void options_help(
	const struct cli *c, const struct command *commands, int argc, char **argv, struct buf *out)
{
	const struct command *cmd = c->command;
	const char *noun = NULL;

	if (cmd) {
		buf_printf(out, "Usage: ticketgate [--conf FILE] %s%s%s%s%s%s [--json]\n%s\n\n",
			cmd->noun, cmd->verb ? " " : "", text_or(cmd->verb, ""),
			cmd->argument ? " " : "", text_or(cmd->argument, ""),
			cmd->options ? " [--option value ...]" : "", cmd->doc);
		help_options(out, cmd->options);
		help_options(out, global_options);
		return;
	}
	for (int i = 1; i < argc && !noun; i++)
		if (argv[i][0] != '-' && noun_known(commands, argv[i]))
			noun = argv[i];
	buf_printf(out, "Usage: ticketgate [--conf FILE] %s %s [--option value ...] [--json]\n\n",
		text_or(noun, "NOUN"), "VERB");
	for (cmd = commands; cmd->noun; cmd++)
		if (!noun || strcmp(noun, cmd->noun) == 0)
			help_line(out, cmd);
	buf_puts(out, "\nGlobal options:\n");
	help_options(out, global_options);
	buf_puts(out, "\nExit status: 0 success, 1 failure or problems found, 2 usage error.\n");
}
