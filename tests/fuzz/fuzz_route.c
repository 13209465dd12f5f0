/* fuzz_route: any path: parts are clean, and the real tables give as many arguments as they have
 * braces. */
#include "tests/fuzz/fuzz.h"

#include "common/schema/route.h"
#include "fcgi/keys/account.h"
#include "fcgi/events/events.h"

#include "common/text/json_check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

static void check_part(const char *s)
{
	demand(*s && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 && utf8_valid(s, strlen(s), NULL));
	for (; *s; s++)
		demand((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void check_routes(const struct route *routes, const struct path *path)
{
	for (const struct route *r = routes; r->path; r++) {
		const char *args[ROUTE_ARGS] = {0};
		size_t braces = 0, taken = 0;

		for (const char *s = r->path; *s; s++)
			braces += *s == '{';
		if (!route_match(r, path, args))
			continue;
		while (taken < ROUTE_ARGS && args[taken])
			check_part(args[taken++]);
		demand(taken == braces);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	struct path path;
	char method[16] = "";

	if (!a)
		a = arena_new(64 << 20);
	if (size > 1 << 16)
		return 0;
	memory_begin();
	memcpy(method, data, MIN(size, 15));
	demand((method_read(method) == METHOD_NONE) == (*method_name(method_read(method)) == 0));
	if (path_read(a, (const char *)data, size, &path)) {
		demand(size > 0 && data[0] == '/');
		for (size_t i = 0; i < path.n; i++)
			check_part(path.parts[i]);
		check_routes(events_module.routes, &path);
		check_routes(account_module.routes, &path);
	}
	arena_reset(a);
	memory_end(((size_t)1 << 18) + size * 128, (size_t)1 << 18);
	return 0;
}
