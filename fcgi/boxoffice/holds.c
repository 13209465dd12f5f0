/* holds: the routes by which the box office creates, extends and releases holds. */
#include "fcgi/boxoffice/holds.h"

#include "common/http/response.h"
#include "common/ticketing/joint_sale.h"

#include <string.h>

static const struct field hold_fields[] = {
	HOLD_HEAD,
	{"ttlSeconds", FIELD_INT, FIELD_CREATE, 60, 3600, .default_value = "600",
		.doc = "Lifetime in seconds."},
	HOLD_SHOWN,
	{0},
};

/* The guard NOT extended makes an extension possible once, also for concurrent requests. */
static const struct statement extend = {
	"hold_extend",
	"UPDATE holds"
	" SET expires_at = :until, extended = TRUE, version = version + 1"
	" WHERE id = :id AND org_id = :org AND status = 'ACTIVE' AND NOT extended",
	SQL_WRITE,
};
static const struct statement items_extend = {"hold_items_extend",
	"UPDATE hold_items"
	" SET expires_at = :until"
	" WHERE hold_id = :id AND org_id = :org",
	SQL_WRITE};

static const struct resource hold = {
	.title = "Hold", .name = "hold", .fields = hold_fields, .sql.get = &hold_get};

static enum err create(struct req *r)
{
	struct created_hold made;
	enum err err = hold_create(r, uuid_make(), params_get(&r->input, "ttlSeconds").i, &made);
	if (err)
		return err;
	return hold_send_created(r, &hold, &made);
}

/* Extends the hold by its own lifetime, from now. Its items have the same expiry, because expired
 * ones are found by an index on them. */
static enum err prolong(struct req *r)
{
	struct params p;
	struct rows row, items, done;
	enum err err = hold_claim(r, r->args[0], &row, &items);
	if (err)
		return err;
	r->audit.subject = rows_get(&row, 0, "id").id;
	r->audit.has_subject = true;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(r->audit.subject));
	params_set(&p, "until", val_time(r->now + rows_int(&row, 0, "ttlSeconds") * 1000));
	err = req_sql(r, &extend, &p, &done);
	if (!err && done.affected == 0)
		return fail(r, ERR_CONFLICT,
			"Complete the order before the hold expires, or create a new hold.",
			"The hold has already been extended.");
	if (!err)
		err = req_sql(r, &items_extend, &p, NULL);
	if (err)
		return err;
	return crud_send_one(r, &hold, &p, r->args[0], 200);
}

#define SELL SCOPE_BOXOFFICE_SELL

static const struct route hold_routes[] = {
	{METHOD_POST, "/holds", SELL, ROUTE_TX | ROUTE_INVENTORY | ROUTE_CREATES, "hold.create",
		create, &hold, .body = hold_fields, .body_mode = FIELD_CREATE, .joint = &joint_sale,
		.doc = "Creates a hold, which reserves tickets for a buyer (all or nothing)."},
	{METHOD_GET, "/holds/{id}", SELL, ROUTE_READ, "hold.get", crud_get, &hold,
		.doc = "Returns a hold."},
	{METHOD_DELETE, "/holds/{id}", SELL, ROUTE_TX | ROUTE_INVENTORY, "hold.release",
		hold_release, &hold, .joint = &joint_sale,
		.doc = "Releases a hold and its tickets."},
	{METHOD_POST, "/holds/{id}/extend", SELL, ROUTE_TX | ROUTE_INVENTORY, "hold.extend",
		prolong, &hold, .doc = "Extends a hold once."},
	{0},
};

const struct module holds_module = {
	.routes = hold_routes,
	.mount = MOUNT_BOX_OFFICE,
	.statements =
		(const struct statement *const[]){
			&extend,
			&items_extend,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&hold,
			NULL,
		},
};
