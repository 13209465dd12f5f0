/* pipeline: the checks that a request passes before its handler, in one ordered list. */
#include "common/api/pipeline.h"

#include "common/access/auth.h"
#include "common/access/rate_limit.h"
#include "common/api/crud.h"
#include "common/access/idempotency.h"
#include "common/http/response.h"
#include "common/access/anonymous.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define REDIRECT_MAX 8192 /* bytes of an address that is redirected */

/* The web server asks for the response to a request that it could not read, or whose program has
 * ended without one, with the status that it would send itself (conf/lighttpd.conf.in). */
static enum err gate_server_error(struct req *r)
{
	const char *status = text_or(req_header(r, "REDIRECT_STATUS", NULL), "");
	if (*status == '5')
		return fail(r, ERR_UNAVAILABLE, NULL, "The program ended before it responded.");
	if (strcmp(status, "413") == 0)
		return fail(r, ERR_TOO_LARGE, NULL, "Body too large.");
	if (*status == '4')
		return fail(r, ERR_VALIDATION,
			"The web server could not parse the request: check the encoding of URL and "
			"body.",
			"Malformed request.");
	return OK;
}

static enum err gate_configured(struct req *r)
{
	if (r->app->served)
		return fail(r, ERR_UNAVAILABLE,
			"The administrator must move the configuration file out of the folder that "
			"the web server shows to everyone (DOCUMENT_ROOT), and replace the "
			"passwords "
			"in it.",
			"The configuration is not protected.");
	if (r->app->conf)
		return OK;
	if (r->app->setup)
		return r->app->setup(r);
	return fail(r, ERR_UNAVAILABLE,
		"The administrator must provide a readable configuration file. Run 'ticketgate "
		"doctor'; the server log shows the error.",
		"The service is not configured.");
}

/* A copy for messages: a path may contain any byte, but a response is UTF-8. */
static const char *printable(struct req *r, const char *path)
{
	char *s = arena_strdup(r->arena, path);
	for (char *c = s; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			*c = '?';
	return s;
}

/* The mount of the request when it is one of pages; else NULL. */
static const struct route_table *page_mount(const struct req *r)
{
	const char *mount = r->http.mount_seen; /* a slash at the end is a malformed path */
	for (const struct route_table *t = r->app->tables; mount && t->routes; t++)
		if (strcmp(mount, t->mount) == 0)
			return t->slugs || t->secret ? t : NULL;
	return NULL;
}

static bool has_control(const char *query)
{
	for (; *query; query++)
		if ((unsigned char)*query < 0x20 || *query == 0x7f)
			return true;
	return false;
}

/* Pages have one address each, without a slash at the end, and those of slugs in lower case. People
 * type others: these are redirected, with their query. Other characters are left alone, and so is
 * what no header can contain: a query with control characters, or a very long address. */
static bool redirect_to_canonical(struct req *r)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-._/";
	const struct config *conf = r->app->conf;
	size_t before = strlen(conf->base_path), n = strlen(r->http.raw_path);
	const struct route_table *pages = page_mount(r);
	if (r->http.method != METHOD_GET || !pages || has_control(r->http.raw_query))
		return false;
	char *path = arena_strdup(r->arena, r->http.raw_path + before);
	n -= before;
	if (strspn(path, plain) != n || n + strlen(r->http.raw_query) > REDIRECT_MAX)
		return false;
	while (n > 0 && path[n - 1] == '/')
		path[--n] = 0;
	for (char *c = path; pages->slugs && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	if (n <= strlen(r->http.mount_seen) || strcmp(path, r->http.raw_path + before) == 0)
		return false;
	r->response.status = 301;
	response_header(r, "Location", "%s%s%s%s%s", conf->public_url, conf->base_path, path,
		*r->http.raw_query ? "?" : "", r->http.raw_query);
	return true;
}

/* Finds the route by mount, path and method; 404 when no route has the path, 405 when none has the
 * method. Responds to OPTIONS. */
static enum err gate_route(struct req *r)
{
	r->allowed = 0;
	if (redirect_to_canonical(r))
		return OK;
	for (const struct route_table *table = r->app->tables; r->http.mount && table->routes;
		table++)
		for (const struct route *route = table->routes;
			route->path && strcmp(r->http.mount, table->mount) == 0; route++) {
			const char *args[ROUTE_ARGS] = {0};
			if (!route_match(route, &r->http.path, args))
				continue;
			r->allowed |= route->method;
			if (route->method == r->http.method && !r->route) {
				r->route = route;
				memcpy(r->args, args, sizeof args);
			}
		}
	if (!r->allowed)
		return fail(r, ERR_NOT_FOUND,
			"Check the path in the API reference. Paths have no trailing slash and no "
			"empty segments.",
			"Route not found: %s %s", printable(r, r->http.method_text),
			printable(r, r->http.raw_path));
	if (strcmp(r->http.method_text, "OPTIONS") == 0) {
		char allow[64];
		method_list_print(r->allowed, allow);
		response_header(r, "Allow", "%s", allow);
		r->response.status = 204;
		return OK;
	}
	if (r->route)
		return OK;
	return ERR_METHOD;
}

/* application/json with charset=utf-8 or no charset; other parameters are ignored. */
static bool is_json_type(const char *type)
{
	size_t n = strcspn(type, "; \t");
	if (n != 16 || strncasecmp(type, "application/json", n) != 0)
		return false;
	for (const char *s = type + n; *(s += strspn(s, "; \t"));) {
		size_t length = strcspn(s, "; \t");
		bool utf8 = (length == 13 && strncasecmp(s, "charset=utf-8", 13) == 0) ||
			(length == 15 && strncasecmp(s, "charset=\"utf-8\"", 15) == 0);
		if (strncasecmp(s, "charset", 7) == 0 && !utf8)
			return false;
		s += length;
	}
	return true;
}

/* Reads the body of POST and PATCH and checks its media type; an empty body needs none. */
static enum err gate_body(struct req *r)
{
	const char *type;
	if (r->http.method != METHOD_POST && r->http.method != METHOD_PATCH)
		return OK;
	enum err err = req_body(r);
	if (err || r->http.body_n == 0)
		return err;
	err = req_single(r, "CONTENT_TYPE", "Content-Type", &type);
	if (err)
		return err;
	/* lighttpd and Apache pass CONTENT_TYPE, some wrappers only the header */
	if (!type || !*type)
		type = req_header(r, "HTTP_CONTENT_TYPE", NULL);
	if (type && is_json_type(type))
		return OK;
	return ERR_MEDIA_TYPE;
}

/* The order is the contract's (section 3): what identifies the caller comes before what is counted,
 * and both before the body is read. */
const struct gate gates[] = {
	{"server error", gate_server_error},
	{"configuration", gate_configured},
	{"route", gate_route},
	{"key", auth_key},
	{"forgery", auth_csrf},
	{"address", auth_allowlist},
	{"rate", rate_limit_principal},
	{"scope", auth_scope},
	{"body", gate_body},
	{"visitor", anonymous_identify},
	{"idempotency", idempotency_read},
	{0},
};

enum err gates_pass(struct req *r)
{
	assert(r->response.status == 0);
	for (const struct gate *g = gates; g->name && !r->response.status; g++) {
		enum err err = g->check(r);
		if (err)
			return err;
	}
	return OK;
}

/* Parses the body and reads its fields. The parsed body is kept for retries of the transaction. */
static enum err read_json(struct req *r)
{
	char why[JSON_WHY];
	bool bare = r->http.body_n == 0 && (r->route->flags & ROUTE_BODY_OPTIONAL);
	if (r->http.body_n == 0 && !bare) {
		if (r->route->body)
			return fail_field(r, "body", "body should not be empty");
		return OK;
	}
	if (bare && !r->json)
		r->json = json_object_new_object();
	if (!req_json(r, why))
		return fail_field(r, "body", "%s", why);
	if (!json_object_is_type(r->json, json_type_object))
		return fail_field(r, "body", "body must be an object");
	static const struct field nothing[] = {{0}};
	struct field_reader reader = {FIELD_PATCH, &r->problems, &r->ignored};
	if (r->route->body)
		reader.mode = r->route->body_mode;
	fields_read(&reader, r->route->body ? r->route->body : nothing, r->json, "", &r->input);
	return OK;
}

/* The field of a query parameter: of the list or of the route; NULL: unknown. */
static const struct field *query_field(const struct req *r, const char *name)
{
	const struct field *f =
		r->route->flags & ROUTE_LIST ? field_find(cursor_page_fields, name) : NULL;
	if (f)
		return f;
	return field_find(r->route->query, name);
}

static enum err read_query(struct req *r)
{
	if (!query_read(r->arena, r->http.raw_query, &r->http.query))
		return fail_field(r, "query",
			"query must be percent-encoded UTF-8 without control characters");
	if (r->http.query.n > 100)
		return fail_field(r, "query", "query must contain no more than 100 parameters");
	for (size_t i = 0; i < r->http.query.n; i++) {
		const struct pair *q = &r->http.query.list[i];
		const struct field *f = query_field(r, q->name);
		if (!f) {
			ignored_add(&r->ignored, r->arena, "", q->name);
			continue;
		}
		if (params_has(&r->filters, f->name))
			problem_add(&r->problems, f->name, "%s must be sent once", f->name);
		else if (*q->value) {
			struct val v = field_read_text(f, q->value, strlen(q->value), &r->problems);
			if (v.type != VAL_NONE)
				params_set(&r->filters, f->name, v);
		}
	}
	if (r->route->flags & ROUTE_LIST) {
		const struct list_spec *l = r->route->of->list;
		cursor_page_read(
			&r->filters, l->variants[0].sorts, l->down, &r->page, &r->problems);
	}
	return OK;
}

enum err gate_input(struct req *r)
{
	assert(r->route && !r->response.begun);
	params_init(&r->input, r->arena);
	params_init(&r->filters, r->arena);
	r->ignored = (struct ignored){0};
	r->problems.n = r->problems.more = 0;
	enum err err =
		r->http.method == METHOD_POST || r->http.method == METHOD_PATCH ? read_json(r) : OK;
	if (!err && !(r->route->flags & ROUTE_PAGE))
		err = read_query(r);
	if (err)
		return err;
	for (size_t i = 0; r->prefer.strict && i < r->ignored.n; i++)
		problem_add(&r->problems, r->ignored.list[i], "property %s should not exist",
			r->ignored.list[i]);
	if (r->prefer.strict)
		r->problems.more += r->ignored.more;
	/* these two report the body's problems together with those of the resource's own checks */
	bool later = r->route->handler == crud_create || r->route->handler == crud_patch;
	if (r->problems.n && !later)
		return ERR_VALIDATION;
	return OK;
}
