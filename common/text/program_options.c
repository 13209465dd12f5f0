/* program_options: parses a program's options and prints help by its table. */
#include "common/text/program_options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>

#define OPTIONS_ROOM 16

int program_option_next(const struct program_usage *u, int argc, char **argv)
{
	struct option longs[OPTIONS_ROOM] = {{0}};
	size_t n = 0;

	for (const struct program_option *o = u->options; o->name; o++, n++) {
		assert(n + 1 < OPTIONS_ROOM);
		longs[n] = (struct option){.name = o->name,
			.has_arg = o->value ? required_argument : no_argument,
			.val = o->letter};
	}
	return getopt_long(argc, argv, "", longs, NULL);
}

void program_help(struct buf *out, const struct program_usage *u, const char *name)
{
	char left[64];

	for (const char *s = u->synopsis; *s; s++)
		if (*s == '@')
			buf_puts(out, name);
		else
			buf_putc(out, *s);
	buf_printf(out, "\n%s\n\n", u->doc);
	for (const struct program_option *o = u->options; o->name; o++) {
		snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");
		buf_printf(out, "  %-22s %s\n", left, o->doc);
	}
}

void write_program_usage(struct json *j, const struct program_usage *u)
{
	write_text(j, "doc", u->doc);
	write_array(j, "options");
	for (const struct program_option *o = u->options; o->name; o++) {
		write_object(j, NULL);
		write_text(j, "name", o->name);
		write_text(j, "value", o->value);
		write_text(j, "description", o->doc);
		write_end_object(j);
	}
	write_end_array(j);
}
