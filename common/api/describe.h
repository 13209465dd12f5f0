/* describe: a program's tables, checked, and printed for tests and the OpenAPI document.
 */
#ifndef TG_API_DESCRIBE_H
#define TG_API_DESCRIBE_H

#include "common/api/server.h"

/* The tables as JSON on standard output; 0. */
int describe_print(const char *program, const struct module *const *modules);

/* The first mistake in any table, in the arena; NULL when all are sound. */
const char *describe_fault(struct arena *a, const struct module *const *modules,
	const struct statement *const *const *common);

/* Prepares every statement against the configured database; prints what does not fit; the exit
 * status. */
int describe_check(struct app *app, const struct module *const *modules,
	const struct statement *const *const *common);

#endif
