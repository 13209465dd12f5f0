/* describe: the command table as JSON, for the manual pages and completion (doc/man.py). */
#include "cli/core/cli.h"

static void describe_options(struct json *j, const struct option_row *rows)
{
	write_array(j, "options");
	for (; rows && rows->name; rows++) {
		write_object(j, NULL);
		write_text(j, "name", rows->name);
		write_text(j, "value", rows->value);
		write_bool(j, "required", rows->flags & REQUIRED);
		write_text(j, "description", rows->doc);
		write_end_object(j);
	}
	write_end_array(j);
}

static void describe_command(struct json *j, const struct command *cmd)
{
	write_object(j, NULL);
	write_text(j, "noun", cmd->noun);
	write_text(j, "verb", cmd->verb);
	write_text(j, "argument", cmd->argument);
	write_text(j, "description", cmd->doc);
	describe_options(j, cmd->options);
	write_end_object(j);
}

static void describe_key(struct json *j, const struct config_key *k)
{
	static const char *const types[] = {[CONFIG_TEXT] = "text",
		[CONFIG_INT] = "integer",
		[CONFIG_DURATION] = "duration",
		[CONFIG_PATH] = "path"};

	write_object(j, NULL);
	write_text(j, "name", k->name);
	write_text(j, "type", types[k->type]);
	write_text(j, "default", k->default_value);
	write_int(j, "min", k->min);
	write_int(j, "max", k->max);
	write_text(j, "description", k->doc);
	write_end_object(j);
}

int describe_commands(struct cli *c, const struct command *commands)
{
	struct json *j = &c->json;

	c->as_json = true;
	write_object(j, NULL);
	write_text(j, "program", "ticketgate");
	write_text(j, "version", TG_VERSION);
	describe_options(j, global_options);
	write_array(j, "commands");
	for (; commands->noun; commands++)
		describe_command(j, commands);
	write_end_array(j);
	write_array(j, "config");
	for (const struct config_key *k = config_keys; k->name; k++)
		describe_key(j, k);
	write_end_array(j);
	write_end_object(j);
	return DONE;
}
