/* timezones: the route that lists time zones for people to choose from. */
#include "fcgi/dashboard/timezones.h"

#include "common/http/etag.h"
#include "common/http/response.h"
#include "common/text/timezone.h"

static const struct field timezones_fields[] = {
	{"timezones", FIELD_WORDS, FIELD_OUT,
		.doc = "IANA names, sorted: one or more for each country, and UTC. All are "
		       "accepted as `timezone`; older names are, too."},
	{0},
};
static const struct resource timezones = {
	.title = "Time zones", .name = "timezones", .fields = timezones_fields};

static enum err timezones_get(struct req *r)
{
	static const char *const names[] = {"timezones"};
	struct val cells[] = {val_text(timezone_names(r->arena))};
	struct rows row = {.n = 1, .columns = 1, .names = names, .cells = cells};
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	fields_print(j, timezones_fields, &row, 0, "");
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return OK;
}

static const struct route timezones_routes[] = {
	{METHOD_GET, "/timezones", SCOPE_SESSION, ROUTE_READ, "timezones.get", timezones_get,
		&timezones, .doc = "Returns the time zones that this server knows."},
	{0},
};

const struct module timezones_module = {
	.routes = timezones_routes,
	.mount = MOUNT_DASHBOARD,
	.resources = (const struct resource *const[]){&timezones, NULL},
};
