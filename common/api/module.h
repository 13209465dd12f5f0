/* module: the tables that a resource's file exports to the programs that serve it. */
#ifndef TG_API_MODULE_H
#define TG_API_MODULE_H

#include "common/api/crud.h"

/* One module. All lists end with NULL or a zero row. */
struct module {
	const struct route *routes; /* NULL: only statements that other modules use */
	const char *mount; /* mount point; NULL: MOUNT_OPEN_API */
	const struct statement *const *statements;
	void (*error_page)(struct req *r, int status); /* as in struct route_table */
	bool slugs, secret; /* the same */
	/* For --describe: every resource that appears in responses of the routes. */
	const struct resource *const *resources;
	/* Answers requests while there is no configuration: r has no more than the connection and
	 * what was read from it. At most one module of a program has it; NULL: they get 503. */
	enum err (*setup)(struct req *r);
	/* Called after the response was sent; at most one module of a program has it. */
	void (*after)(struct req *r);
	/* Adds members of its own to what --describe prints; may be NULL. */
	void (*describe)(struct json *j);
};

#endif
