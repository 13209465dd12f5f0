/* route: which requests a program answers, and how a path is matched. */
#include "common/schema/route.h"

#include "common/text/json_check.h"

#include <stdio.h>
#include <string.h>

static int route_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Percent-decoding (RFC 3986 section 2.1). NULL when the encoding is broken or the result is not
 * clean text. */
static char *decode(struct arena *a, const char *s, size_t n, bool plus)
{
	char *out = arena_alloc(a, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '%') {
			int high = i + 2 < n ? route_hex(s[i + 1]) : -1,
			    low = i + 2 < n ? route_hex(s[i + 2]) : -1;
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
		const char *slash = memchr(raw + at, '/', n - at);
		size_t end = slash ? (size_t)(slash - raw) : n;
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
		if (*p == '{')
			args[taken++] = path->parts[i];
		else if (strlen(path->parts[i]) != n || memcmp(p, path->parts[i], n) != 0)
			return false;
		p += n;
	}
	return *p == 0;
}

static const struct {
	enum method method;
	const char *name, *also;
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
				methods[i].also ? methods[i].also : "",
				methods[i].also ? ", " : "");
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
		const char *equals = memchr(s, '=', n);
		size_t name_n = equals ? (size_t)(equals - s) : n;
		char *name = decode(a, s, name_n, true);
		char *value =
			equals ? decode(a, equals + 1, n - name_n - 1, true) : arena_strdup(a, "");
		if (!name || !value)
			return false;
		if (n)
			out->list[out->n++] = (struct pair){name, value};
		s += n + (s[n] == '&');
	}
	return true;
}

const char *routes_fault(struct arena *a, const struct route *routes)
{
	for (const struct route *r = routes; r->path; r++) {
		bool writes = r->method != METHOD_GET;
		const char *fault = !r->method ? "has no method"
			: !r->scope            ? "has no scope"
			: !r->handler          ? "has no handler"
			: !r->name             ? "has no name"
			: !r->doc              ? "has no sentence"
			: (r->scope == SCOPE_PUBLIC) != !!r->resolve_tenant
			? "is for visitors and does not say whose, or the other way round"
			: writes && !(r->flags & ROUTE_TX) ? "writes without a transaction"
			: !writes && !(r->flags & ROUTE_READ)
			? "is a GET that does not promise to write nothing"
			: (r->flags & ROUTE_CACHEABLE) &&
				(!(r->flags & ROUTE_READ) || r->scope == SCOPE_ANY_KEY)
			? "may be remembered, but is no reading of the organization's data"
			: r->body && !r->body_mode ? "has a body but no mode to read it in"
						   : NULL;
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
