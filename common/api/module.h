/* module: what a resource's file gives to the programs that serve it. */
#ifndef TG_API_MODULE_H
#define TG_API_MODULE_H

#include "common/api/crud.h"

/* Lists end with NULL or a zero row. */
struct module {
	const struct route *routes; /* NULL: only statements that other modules use */
	const char *mount; /* NULL: the Open API's */
	const struct statement *const *statements;
	void (*error_page)(struct req *r, int status); /* route_table's */
	/* For --describe: every shape that the routes answer. */
	const struct resource *const *resources;
};

#endif
