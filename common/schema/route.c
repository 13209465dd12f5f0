/* route: parses methods, paths and query strings, and checks tables of routes. */
#include "common/schema/route.h"

#include "common/base/text.h"

#include "common/base/hex.h"
#include "common/text/json_check.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

/* Percent-decodes n bytes (RFC 3986 section 2.1); with `plus`, '+' means a space. NULL when the
 * encoding is invalid or the result has control bytes or invalid UTF-8. */
static char *decode(struct arena *a, const char *s, size_t n, bool plus)
{
	char *out = arena_alloc(a, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '%') {
			int high = i + 2 < n ? hex_digit(s[i + 1]) : -1,
			    low = i + 2 < n ? hex_digit(s[i + 2]) : -1;
			if (high < 0 || low < 0)
				return NULL;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c < 0x20 || c == 0x7f)
			return NULL;
		out[k++] = (char)c;
	}
	if (utf8_valid(out, k, &(size_t){0}))
		return out;
	return NULL;
}

bool path_read(struct arena *a, const char *raw, size_t n, struct path *out)
{
	size_t parts = 0;
	for (size_t i = 0; i < n; i++)
		parts += raw[i] == '/';
	out->parts = arena_array(a, parts + 1, sizeof *out->parts);
	out->n = 0;
	if (n == 0 || raw[0] != '/')
		return false;
	if (n == 1)
		return true;
	for (size_t at = 1; at <= n;) {
		size_t end = at + text_before(raw + at, n - at, '/');
		char *part = decode(a, raw + at, end - at, false);
		if (!part || !*part || strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
			return false;
		out->parts[out->n++] = part;
		at = end + 1;
	}
	return true;
}

bool route_match(const struct route *route, const struct path *path, const char *args[ROUTE_ARGS])
{
	const char *p = route->path;
	size_t taken = 0;
	for (size_t i = 0; i < path->n; i++) {
		if (*p != '/')
			return false;
		size_t n = strcspn(++p, "/");
		if (*p == '{') {
			assert(taken < ROUTE_ARGS);
			args[taken++] = path->parts[i];
		} else if (strlen(path->parts[i]) != n || memcmp(p, path->parts[i], n) != 0)
			return false;
		p += n;
	}
	return *p == 0;
}

static const struct {
	enum method method;
	const char *name, *also; /* `also`: another name with the same meaning */
} methods[] = {
	{METHOD_GET, "GET", "HEAD"},
	{METHOD_POST, "POST", NULL},
	{METHOD_PATCH, "PATCH", "PUT"},
	{METHOD_DELETE, "DELETE", NULL},
};

enum method method_read(const char *s)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (strcmp(s, methods[i].name) == 0 ||
			(methods[i].also && strcmp(s, methods[i].also) == 0))
			return methods[i].method;
	return METHOD_NONE;
}

const char *method_name(enum method m)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (methods[i].method == m)
			return methods[i].name;
	return "";
}

void method_list_print(unsigned mask, char out[64])
{
	char *p = out, *end = out + 64;
	*p = 0;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (mask & methods[i].method)
			p += snprintf(p, (size_t)(end - p), "%s, %s%s", methods[i].name,
				text_or(methods[i].also, ""), methods[i].also ? ", " : "");
	snprintf(p, (size_t)(end - p), "OPTIONS");
}

bool query_read(struct arena *a, const char *raw, struct query *out)
{
	size_t pairs = 1;
	for (const char *s = raw; *s; s++)
		pairs += *s == '&';
	out->list = arena_array(a, pairs, sizeof *out->list);
	out->n = 0;
	for (const char *s = raw; *s;) {
		size_t n = strcspn(s, "&");
		size_t name_n = text_before(s, n, '='), value_at = MIN(name_n + 1, n);
		char *name = decode(a, s, name_n, true);
		char *value = decode(a, s + value_at, n - value_at, true);
		if (!name || !value)
			return false;
		if (n)
			out->list[out->n++] = (struct pair){name, value};
		s += n + (s[n] == '&');
	}
	return true;
}

/* The mistake in one row of a table; NULL when it is valid. */
static const char *route_fault(const struct route *r)
{
	bool writes = r->method != METHOD_GET, reads = r->flags & ROUTE_READ;
	if (!r->method)
		return "has no method";
	if (!r->scope)
		return "has no scope";
	if (!r->handler)
		return "has no handler";
	if (!r->name)
		return "has no name";
	if (!r->doc)
		return "has no doc";
	if ((r->scope == SCOPE_PUBLIC) != !!r->resolve_tenant)
		return "must have both SCOPE_PUBLIC and resolve_tenant, or neither";
	if (writes && !(r->flags & ROUTE_TX))
		return "writes without ROUTE_TX";
	if (!writes && !reads)
		return "is a GET without ROUTE_READ";
	if ((r->flags & ROUTE_CACHEABLE) && (!reads || r->scope == SCOPE_ANY_KEY))
		return "is cacheable but not a tenant read";
	return r->body && !r->body_mode ? "has a body but no body_mode" : NULL;
}

const char *routes_fault(struct arena *a, const struct route *routes)
{
	for (const struct route *r = routes; r->path; r++) {
		const char *fault = route_fault(r);
		if (fault)
			return arena_printf(
				a, "route %s %s %s", method_name(r->method), r->path, fault);
		const char *inner = r->body ? fields_fault(a, r->body) : NULL;
		if (!inner && r->query)
			inner = fields_fault(a, r->query);
		if (inner)
			return arena_printf(
				a, "route %s %s: %s", method_name(r->method), r->path, inner);
	}
	return NULL;
}
