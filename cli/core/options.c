/* options: the one interpreter of the command table: words, options, help. */
#include "cli/core/cli.h"

#include <stdio.h>
#include <string.h>

static const struct option_row global_options[] = {
	{"conf", "FILE", 0, "The configuration file; otherwise $TG_CONF, then the usual places."},
	{"json", NULL, SWITCH,
		"One JSON object or array on standard output; messages go to standard error."},
	{"help", NULL, SWITCH, "This text."},
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

/* Stores one option's value. */
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
	if (*at)
		return usage("--%s is given twice; give it once", row->name);
	*at = value;
	return DONE;
}

/* One word that starts with "--"; may take the next one too. */
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
		return usage("--%.*s stands before the command; write it after the command's words",
			(int)n, word);
	if (!row)
		return usage(
			"there is no option --%.*s here; --help lists what there is", (int)n, word);
	if (row->flags & SWITCH) {
		if (equals)
			return usage("--%s takes no value", row->name);
		return option_take(c, row, global, "");
	}
	value = equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : NULL;
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

/* One word that is no option: noun, verb or argument. */
static int word_read(
	struct cli *c, const struct command *commands, const char **noun, const char *word)
{
	if (!*noun) {
		if (!noun_known(commands, word))
			return usage("there is no command %s; `ticketgate --help` lists all", word);
		*noun = word;
		c->command = command_find(commands, word, NULL);
		return DONE;
	}
	if (!c->command) {
		c->command = command_find(commands, *noun, word);
		if (c->command)
			return DONE;
		return usage(
			"%s has no verb %s; `ticketgate %s --help` lists all", *noun, word, *noun);
	}
	if (!c->command->argument || c->argument)
		return usage("%s is one word too many", word);
	c->argument = word;
	return DONE;
}

static int complete(struct cli *c, const char *noun)
{
	const struct command *cmd = c->command;

	if (c->help)
		return DONE;
	if (!noun)
		return usage("say what to do; `ticketgate --help` lists all commands");
	if (!cmd)
		return usage("%s needs a verb; `ticketgate %s --help` lists all", noun, noun);
	if (cmd->argument && !c->argument)
		return usage("%s%s%s needs one more word: %s", noun, cmd->verb ? " " : "",
			cmd->verb ? cmd->verb : "", cmd->argument);
	for (size_t i = 0; cmd->options && cmd->options[i].name; i++)
		if ((cmd->options[i].flags & REQUIRED) && !c->values[i])
			return usage("--%s %s is missing: %s", cmd->options[i].name,
				cmd->options[i].value, cmd->options[i].doc);
	return DONE;
}

int options_parse(struct cli *c, const struct command *commands, int argc, char **argv)
{
	const char *noun = NULL;
	int status;

	if (argc > 1 && strcmp(argv[1], "--version") == 0) /* as every other program has it */
		argv[1] += 2;
	for (int i = 1; i < argc; i++) /* asked for anywhere, it is what happens */
		if (strcmp(argv[i], "--help") == 0)
			c->help = true;
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0 && argv[i][2])
			status = option_read(c, argc, argv, &i);
		else if (argv[i][0] == '-' && argv[i][1])
			status = usage("%s: options are written out, as in --help", argv[i]);
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
			rows->value ? rows->value : "");
		buf_printf(out, "  %-22s %s%s\n", left, rows->doc,
			rows->flags & REQUIRED ? " (required)" : "");
	}
}

static void help_line(struct buf *out, const struct command *cmd)
{
	char left[64];

	snprintf(left, sizeof left, "%s%s%s%s%s", cmd->noun, cmd->verb ? " " : "",
		cmd->verb ? cmd->verb : "", cmd->argument ? " " : "",
		cmd->argument ? cmd->argument : "");
	buf_printf(out, "  %-22s %s\n", left, cmd->doc);
}

void options_help(
	const struct cli *c, const struct command *commands, int argc, char **argv, struct buf *out)
{
	const struct command *cmd = c->command;
	const char *noun = NULL;

	if (cmd) {
		buf_printf(out, "Usage: ticketgate [--conf FILE] %s%s%s%s%s%s [--json]\n%s\n\n",
			cmd->noun, cmd->verb ? " " : "", cmd->verb ? cmd->verb : "",
			cmd->argument ? " " : "", cmd->argument ? cmd->argument : "",
			cmd->options ? " [--option value ...]" : "", cmd->doc);
		help_options(out, cmd->options);
		help_options(out, global_options);
		return;
	}
	for (int i = 1; i < argc && !noun; i++)
		if (argv[i][0] != '-' && noun_known(commands, argv[i]))
			noun = argv[i];
	buf_printf(out, "Usage: ticketgate [--conf FILE] %s %s [--option value ...] [--json]\n\n",
		noun ? noun : "NOUN", "VERB");
	for (cmd = commands; cmd->noun; cmd++)
		if (!noun || strcmp(noun, cmd->noun) == 0)
			help_line(out, cmd);
	buf_puts(out, "\nWith every command:\n");
	help_options(out, global_options);
	buf_puts(out,
		"\nExit status: 0 done, 1 refused or something found wrong, 2 not understood.\n");
}
