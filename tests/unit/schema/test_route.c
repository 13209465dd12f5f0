/* test_route: the lines of route.txt, and what a table must have. */
#include "common/schema/route.h"

#include "tests/unit/cases.h"

static enum err nothing(struct req *r)
{
	(void)r;
	return OK;
}

static const struct route table[] = {
	{METHOD_GET, "/me", SCOPE_ANY_KEY, ROUTE_READ, "me", nothing, .doc = "x"},
	{METHOD_GET, "/events", SCOPE_ANY_KEY, ROUTE_READ, "list", nothing, .doc = "x"},
	{METHOD_GET, "/events/{id}", SCOPE_ANY_KEY, ROUTE_READ, "get", nothing, .doc = "x"},
	{METHOD_POST, "/events/{id}/publish", SCOPE_ANY_KEY, ROUTE_TX, "publish", nothing,
		.doc = "x"},
	{METHOD_GET, "/events/{id}/tickets/{ticketId}", SCOPE_ANY_KEY, ROUTE_READ, "ticket",
		nothing, .doc = "x"},
	{0},
};

static char *joined(struct arena *a, const char *const *parts, size_t n)
{
	char *out = arena_strdup(a, "");

	for (size_t i = 0; i < n; i++)
		out = arena_list(a, out, "|", parts[i]);
	return out;
}

static const char *path_case(struct arena *a, const char *s, size_t n)
{
	struct path p;

	return path_read(a, s, n, &p) ? joined(a, (const char *const *)p.parts, p.n) : "!";
}

static const char *fits_case(struct arena *a, const char *s, size_t n)
{
	struct path p;

	if (!path_read(a, s, n, &p))
		return "!";
	for (const struct route *r = table; r->path; r++) {
		const char *args[ROUTE_ARGS] = {0};
		size_t count = 0;

		if (!route_match(r, &p, args))
			continue;
		while (count < ROUTE_ARGS && args[count])
			count++;
		return joined(a, args, count);
	}
	return "!";
}

static const char *query_case(struct arena *a, const char *s)
{
	struct query q;
	char *out = arena_strdup(a, "");

	if (!query_read(a, s, &q))
		return "!";
	for (size_t i = 0; i < q.n; i++)
		out = arena_printf(
			a, "%s%s%s=%s", out, i ? "|" : "", q.list[i].name, q.list[i].value);
	return out;
}

static void lines(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct cases c;

	(void)state;
	for (cases_open(&c, "route.txt"); cases_next(&c); arena_reset(a)) {
		const char *kind = c.field[1], *in = c.count > 2 ? c.field[2] : "", *got = NULL;
		size_t n = c.count > 2 ? c.length[2] : 0;

		if (strcmp(kind, "path") == 0)
			got = path_case(a, in, n);
		else if (strcmp(kind, "fits") == 0)
			got = fits_case(a, in, n);
		else if (strcmp(kind, "query") == 0)
			got = query_case(a, in);
		else
			got = method_read(in) ? method_name(method_read(in)) : "!";
		if (strcmp(got, c.field[0]) != 0)
			case_fail(&c, "%s %s gives \"%s\", not \"%s\"", kind, in, got, c.field[0]);
	}
	arena_free(a);
}

static void allow(void **state)
{
	char out[64];

	(void)state;
	method_list_print(METHOD_GET, out);
	assert_string_equal(out, "GET, HEAD, OPTIONS");
	method_list_print(METHOD_GET | METHOD_POST | METHOD_PATCH | METHOD_DELETE, out);
	assert_string_equal(out, "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS");
	method_list_print(METHOD_NONE, out);
	assert_string_equal(out, "OPTIONS");
}

/* A row that forgets something is found before it serves. */
static void faults(void **state)
{
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_null(routes_fault(a, table));
	for (int what = 0; what < 7; what++) {
		struct route rows[2] = {table[3], {0}};

		switch (what) {
		case 0:
			rows[0].method = METHOD_NONE;
			break;
		case 1:
			rows[0].scope = 0;
			break;
		case 2:
			rows[0].handler = NULL;
			break;
		case 3:
			rows[0].name = NULL;
			break;
		case 4:
			rows[0].doc = NULL;
			break;
		case 5:
			rows[0].flags = 0;
			break;
		default:
			rows[0].method = METHOD_GET, rows[0].flags = 0;
			break;
		}
		assert_non_null(routes_fault(a, rows));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(allow), cmocka_unit_test(faults)};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
