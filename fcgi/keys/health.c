/* health: whether this node can serve requests, for load balancers. */
#include "fcgi/keys/health.h"

#include "common/base/clock.h"
#include "common/db/statement.h"
#include "common/http/etag.h"
#include "common/http/request.h"
#include "common/http/response.h"

#define REMEMBERED_NS INT64_C(500000000) /* by each process: strangers may ask, too */

/* Reads a table: a Galera node outside of the primary component rejects that (error 1047). */
static const struct statement health_database = {
	"health_database",
	"SELECT @@global.read_only AS readOnly, EXISTS (SELECT 1 FROM organizations) AS used",
	SQL_READ | SQL_GLOBAL,
};

static const struct field health_fields[] = {
	{"status", FIELD_TEXT, FIELD_OUT, .doc = "ok; otherwise the response is 503."},
	{0},
};
static const struct resource health = {
	.title = "Health", .name = "health", .fields = health_fields};

static enum err ask_database(struct req *r)
{
	struct rows rows;
	enum err err = req_sql(r, &health_database, NULL, &rows);
	if (err)
		return err;
	if (rows_int(&rows, 0, "readOnly"))
		return fail(r, ERR_UNAVAILABLE, NULL, "The database is read-only.");
	return OK;
}

static enum err health_get(struct req *r)
{
	static int64_t healthy_until;
	int64_t now = clock_mono_ns();
	if (now >= healthy_until) {
		enum err err = ask_database(r);
		if (err)
			return err;
		healthy_until = now + REMEMBERED_NS;
	}
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_text(j, "status", "ok");
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return OK;
}

static const struct route health_routes[] = {
	{METHOD_GET, "/health", SCOPE_ANYONE, ROUTE_READ, "health.get", health_get, &health,
		.doc = "Checks whether this node can serve requests and its database accepts "
		       "writes, for load balancers. 503 otherwise."},
	{0},
};

const struct module health_module = {
	.routes = health_routes,
	.mount = MOUNT_NODE,
	.statements =
		(const struct statement *const[]){
			&health_database,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&health,
			NULL,
		},
};
