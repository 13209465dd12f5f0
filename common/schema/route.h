/* route: which requests a program answers, and how a path is matched. */
#ifndef TG_SCHEMA_ROUTE_H
#define TG_SCHEMA_ROUTE_H

#include "common/base/error_code.h"
#include "common/schema/field.h"
#include "common/schema/scope.h"

enum method {
	METHOD_GET = 1,
	METHOD_POST = 2,
	METHOD_PATCH = 4,
	METHOD_DELETE = 8,
	METHOD_NONE = 0
};

/* A route's scope is a bit of scope.h or this. Zero means deny: a route without a scope refuses to
 * start. */
#define SCOPE_ANY_KEY (1u << 30) /* any key, any signed-in user */
#define SCOPE_SESSION (1u << 29) /* any signed-in user; no key */
#define SCOPE_OWNER (1u << 28) /* a signed-in owner; no key */
#define SCOPE_ANYONE (1u << 27) /* nobody in particular: there is no principal */
/* anybody at all, neither key nor cookie is looked at; limited per address. The principal is a
 * visitor of the organization that the request is about */
#define SCOPE_PUBLIC (1u << 26)

enum route_flags {
	ROUTE_TX = 1, /* one transaction around the handler, run again on a deadlock */
	ROUTE_LIST = 2, /* answers an array with meta; takes page, take, sort, cursor */
	ROUTE_CREATES = 4, /* 201 */
	ROUTE_READ = 8, /* promises to write nothing */
	ROUTE_NESTED = 16, /* the path's first argument names the resource's parent */
	/* what it answers changes only with the organization's data: may be remembered
	 * (common/access/response_cache.h)
	 */
	ROUTE_CACHEABLE = 32,
	ROUTE_BODY_OPTIONAL =
		64, /* may be called without a body: every field of it has a default */
	/* its answer is for this very moment: an Idempotency-Key means nothing here */
	ROUTE_NO_IDEMPOTENCY = 128,
	/* its answer is for people: the query means nothing, and may be there (fbclid=…) */
	ROUTE_PAGE = 256,
	/* moves what is sold and held, nothing else: visitors may see that a moment later */
	ROUTE_INVENTORY = 512,
	/* with ROUTE_TX: the handler waits for somebody else, so nothing is open meanwhile: it only
	   reads, and leaves to req_defer what is to be written then */
	ROUTE_BLOCKING_IO = 1024,
};

/* What stands before a route's path in the URL, after the configured base path. */
#define MOUNT_OPEN_API "/open-api/v1"
#define MOUNT_BOX_OFFICE "/box-office/v1"
#define MOUNT_DASHBOARD "/dashboard/v1"
#define MOUNT_PUBLIC "/public/v1"
#define MOUNT_PAGES "/e" /* HTML for people, and what they take along */

struct req;
struct resource;
struct principal;

#define ROUTE_ARGS 4

struct route {
	enum method method;
	const char *path; /* below the mount: "/events/{idOrSlug}/publish" */
	unsigned scope;
	unsigned flags;
	const char *name; /* "event.publish": the audit row's action and the operationId */
	NODISCARD enum err (*handler)(struct req *r);
	const struct resource *of;
	const void *arg; /* what the handler reads besides: a transition */
	const struct field *body; /* NULL: none is expected */
	unsigned body_mode; /* FIELD_CREATE or FIELD_PATCH */
	const struct field *query; /* besides those of a list */
	const char *doc;
	/* SCOPE_PUBLIC: finds the organization that the request is about, for the principal;
	 * leaves the principal as it is when there is none: the handler judges. */
	NODISCARD enum err (*resolve_tenant)(struct req *r, struct principal *visitor);
};

struct route_table {
	const char *mount;
	const struct route *routes;
	/* writes what people see instead of the error's JSON; NULL: JSON it is */
	void (*error_page)(struct req *r, int status);
};

/* The path cut at '/', each part percent-decoded, in the arena. False: an empty, "." or ".." part,
   a control byte, broken percent-encoding or UTF-8.
   "/" itself has no parts. `query` must be cut off before. */
struct path {
	char **parts;
	size_t n;
};
bool path_read(struct arena *a, const char *raw, size_t n, struct path *out);

/* Does the path fit? Fills args with the parts that stand for {…}, in order. */
bool route_match(const struct route *route, const struct path *path, const char *args[ROUTE_ARGS]);

/* HEAD reads as GET, PUT as PATCH; METHOD_NONE for others */
enum method method_read(const char *s);
const char *method_name(enum method m);
/* "GET, HEAD, POST, OPTIONS" for a mask of methods. */
void method_list_print(unsigned methods, char out[64]);

/* name=value pairs, decoded ('+' is a space), in order. False on broken encoding, control bytes or
 * bad UTF-8. */
struct pair {
	const char *name, *value;
};
struct query {
	struct pair *list;
	size_t n;
};
bool query_read(struct arena *a, const char *raw, struct query *out);

/* The first mistake in a table, in the arena; NULL when it is sound. */
const char *routes_fault(struct arena *a, const struct route *routes);

#endif
