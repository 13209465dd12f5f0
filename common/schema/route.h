/* route: tables of routes, and the parsing of methods, paths and query strings. */
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
#define SCOPE_ANYONE (1u << 27) /* no authentication and no principal */
/* No authentication: keys and cookies are ignored, and rate limits apply per address. The principal
 * is an anonymous visitor of the organization that the route's resolve_tenant finds. */
#define SCOPE_PUBLIC (1u << 26)

enum route_flags {
	ROUTE_TX = 1, /* one transaction around the handler, retried on a deadlock */
	ROUTE_LIST = 2, /* responds with an array and meta; takes page, take, sort, cursor */
	ROUTE_CREATES = 4, /* success is 201 */
	ROUTE_READ = 8, /* writes nothing */
	ROUTE_NESTED = 16, /* the path's first argument names the resource's parent */
	/* The response depends on the organization's data only, so it can be cached
	 * (common/access/response_cache.h). */
	ROUTE_CACHEABLE = 32,
	ROUTE_BODY_OPTIONAL = 64, /* the body may be absent: all its fields are optional */
	/* The response is valid at this moment only, so an Idempotency-Key is ignored. */
	ROUTE_NO_IDEMPOTENCY = 128,
	/* An HTML page: query parameters such as fbclid are allowed and ignored. */
	ROUTE_PAGE = 256,
	/* Changes only the sold and held counts: cached pages for visitors are not invalidated and
	 * show the change when they expire. */
	ROUTE_INVENTORY = 512,
	/* With ROUTE_TX: the handler waits for another server, so it runs outside the transaction.
	 * It may only read, and must pass its writes to req_defer; they run in a transaction
	 * afterwards. */
	ROUTE_BLOCKING_IO = 1024,
	/* The path names a credential: the log has the route's own path in its place. */
	ROUTE_SECRET_PATH = 2048,
	/* Above the limit of sign-ins of its address a browser that has signed in before passes,
	 * with r->by_browser; the handler refuses it if that was to another account. */
	ROUTE_KNOWN_BROWSER = 4096,
};

/* Mount points: the part of the URL between the configured base path and a route's path. */
#define MOUNT_OPEN_API "/open-api/v1"
#define MOUNT_BOX_OFFICE "/box-office/v1"
#define MOUNT_DASHBOARD "/dashboard/v1"
#define MOUNT_PUBLIC "/public/v1"
#define MOUNT_NODE "/-" /* about this node, for load balancers */
#define MOUNT_PAGES "/e" /* public HTML pages and calendar files */
#define MOUNT_ORDER "/o" /* the page of an order with its tickets */
#define MOUNT_TICKET "/t" /* the page of one ticket */

struct req;
struct resource;
struct principal;
struct joint;

#define ROUTE_ARGS 4 /* most {…} parts in one path, at least one more than any has */

/* One endpoint. Tables end with a NULL path. */
struct route {
	enum method method;
	const char *path; /* below the mount: "/events/{idOrSlug}/publish" */
	unsigned scope;
	unsigned flags;
	const char *name; /* "event.publish": the audit row's action and the operationId */
	NODISCARD enum err (*handler)(struct req *r);
	const struct resource *of; /* the resource it serves; NULL: none */
	const void *arg; /* for the handler; a struct transition for crud_transition */
	const struct field *body; /* fields of the request body; NULL: no body */
	unsigned body_mode; /* FIELD_CREATE or FIELD_PATCH */
	/* ROUTE_TX only: how its requests share a transaction with those of other routes
	 * (common/api/joint.h); NULL: they never do. */
	const struct joint *joint;
	const struct field *query; /* query parameters besides those of a list */
	/* SCOPE_PUBLIC only: sets the organization of the anonymous principal from the request.
	 * When there is no such organization the principal stays without one, and the handler
	 * responds 404. */
	const char *doc; /* one sentence that begins with a verb, for the OpenAPI document */
	NODISCARD enum err (*resolve_tenant)(struct req *r, struct principal *visitor);
};

/* The routes of one mount point. Arrays of tables end with NULL routes. */
struct route_table {
	const char *mount;
	const struct route *routes;
	/* Writes an HTML error page into the response's body; NULL: errors are JSON. */
	void (*error_page)(struct req *r, int status);
	/* Pages. Paths are of slugs: other spellings are redirected to the canonical one. */
	bool slugs;
	/* Pages. Paths are credentials: the log has the mount alone, and only a slash at the end is
	 * redirected. */
	bool secret;
};

/* Splits a path of n bytes (without the query) at '/' and percent-decodes each part, in the arena.
 * "/" has no parts. False for an empty, "." or ".." part, a control byte, or invalid
 * percent-encoding or UTF-8. */
struct path {
	char **parts;
	size_t n;
};
bool path_read(struct arena *a, const char *raw, size_t n, struct path *out);

/* Whether the path matches the route's pattern. Sets `args` to the parts that match {…}, in order;
 * the rest of `args` is left as it is. */
bool route_match(const struct route *route, const struct path *path, const char *args[ROUTE_ARGS]);

/* The method of a request: HEAD counts as GET, PUT as PATCH; METHOD_NONE for unknown ones. */
enum method method_read(const char *s);
/* Writes the value of the header Allow for a mask of methods: "GET, HEAD, POST, OPTIONS". */
const char *method_name(enum method m); /* "GET"; "" for METHOD_NONE */
void method_list_print(unsigned methods, char out[64]);

/* Parses a raw query string into decoded name=value pairs, in order, in the arena; '+' means a
 * space. False on invalid percent-encoding, control bytes or invalid UTF-8. */
struct pair {
	const char *name, *value;
};
struct query {
	struct pair *list;
	size_t n;
};
bool query_read(struct arena *a, const char *raw, struct query *out);

/* The first mistake in a table as text in the arena; NULL when the table is valid. A GET must be
 * ROUTE_READ and any other method ROUTE_TX; a zero scope is a mistake, never "public". */
const char *routes_fault(struct arena *a, const struct route *routes);

#endif
