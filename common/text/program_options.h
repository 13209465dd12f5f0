/* program_options: a program's command line as one table, for parsing, --help and --describe. */
#ifndef TG_TEXT_PROGRAM_OPTIONS_H
#define TG_TEXT_PROGRAM_OPTIONS_H

#include "common/text/json_writer.h"

/* A long option; there are no short ones. */
struct program_option {
	const char *name; /* without the dashes */
	const char *value; /* placeholder in help; NULL: the option takes no value */
	char letter; /* what program_option_next() returns for it */
	const char *doc;
};

/* What a program says of itself. */
struct program_usage {
	const char *synopsis; /* of --help, in lines; each @ stands for the program's name */
	const char *doc; /* one sentence */
	const struct program_option *options; /* ends with a NULL name; at most 15 */
};

/* The letter of the next option, whose value is in getopt's `optarg`; '?' after a message on
 * standard error, -1 at the end of the options. State is getopt_long()'s. */
int program_option_next(const struct program_usage *u, int argc, char **argv);
/* Appends the text of --help. */
void program_help(struct buf *out, const struct program_usage *u, const char *name);
/* Writes the members "doc" and "options" into an object. */
void write_program_usage(struct json *j, const struct program_usage *u);

#endif
