/* describe: checks a program's tables, and prints them for tests and the OpenAPI document. */
#ifndef TG_API_DESCRIBE_H
#define TG_API_DESCRIBE_H

#include "common/api/module.h"
#include "common/text/program_options.h"

/* Prints the tables as JSON on standard output (--describe); returns the exit status. */
int describe_print(const char *program, const struct program_usage *usage,
	const struct module *const *modules);

/* The first mistake in the tables of the modules and in the `common` statement lists (ends with
 * NULL), as text in the arena; NULL when all are valid. Programs refuse to start otherwise. */
const char *describe_fault(struct arena *a, const struct module *const *modules,
	const struct statement *const *const *common);

/* Prepares every statement on the configured database (--check) and prints those that fail; returns
 * the exit status. */
int describe_check(struct app *app, const struct module *const *modules,
	const struct statement *const *const *common);

#endif
