/* resource: helpers that every use of a resource's table needs. */
#include "common/api/resource.h"

enum err resource_not_found(struct req *r, const struct resource *of, const char *arg)
{
	return fail(r, ERR_NOT_FOUND, NULL, "%s not found: %s", of->title, arg);
}

enum err resource_refresh(struct req *r, const struct resource *of, struct rows *rows)
{
	if (of->hooks.refresh && rows->n)
		return of->hooks.refresh(r, rows);
	return OK;
}
