/* brands: the routes of an event's sponsors and other brands. */
#include "fcgi/events/events.h"

#include "common/ticketing/event_children.h"

static const struct statement brand_lock = {
	"brand_lock", CHILD_ONE("brands", BRAND_COLUMNS) " FOR UPDATE", SQL_READ};
static const struct statement brand_page_up = {
	"brand_list_up", CHILD_PAGE("brands", BRAND_COLUMNS, ">", "ASC"), SQL_READ};
static const struct statement brand_page_down = {
	"brand_list_down", CHILD_PAGE("brands", BRAND_COLUMNS, "<", "DESC"), SQL_READ};
static const struct statement brand_total = {"brand_total", CHILD_TOTAL("brands"), SQL_READ};
static const struct statement brand_remove = {"brand_remove", CHILD_REMOVE("brands"), SQL_WRITE};
static const struct statement brand_renumber = {
	"brand_renumber", CHILD_RENUMBER("brands"), SQL_WRITE};
static const struct statement brand_flag = {"brand_flag", CHILD_FLAG("brands"), SQL_WRITE};
static const struct statement brand_insert = {
	"brand_insert",
	"INSERT INTO brands (id, org_id, event_id, name, logo_url, website_url, role,"
	" position, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :name, :logoUrl, :websiteUrl, :role, :position,"
	" :now, :now)",
	SQL_WRITE,
};
static const struct statement brand_update = {
	"brand_update",
	"UPDATE brands"
	" SET name = :name, logo_url = :logoUrl, website_url = :websiteUrl, role = :role,"
	" position = COALESCE(:position, position), version = version + 1,"
	" updated_at = :now"
	" WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};

/* resource_hooks.after_write. */
static enum err brand_after_write(
	struct req *r, const struct rows *before, const struct params *after)
{
	return event_flag_child(r, &brand_flag, before, after);
}

static const struct sort_order brand_sorts[] = {
	{"position", FIELD_INT, &brand_page_up, &brand_page_down}, {0}};
static const struct list_variant brand_variants[] = {
	{NULL, brand_sorts, &brand_total, &brand_total}, {0}};
static const struct list_spec brand_list = {.variants = brand_variants};

static const struct resource brand_resource = {
	.title = "Brand",
	.name = "brand",
	.fields = brand_fields,
	.parent = &event,
	.parent_param = "eventId",
	.event_id = "eventId",
	.counts_left_out = true,
	.sql.get = &brand_get,
	.sql.lock = &brand_lock,
	.sql.insert = &brand_insert,
	.sql.update = &brand_update,
	.sql.remove = &brand_remove,
	.sql.renumber = &brand_renumber,
	.hooks.after_write = brand_after_write,
	.limit = PER_EVENT_MAX,
	.list = &brand_list,
};

static const struct route brand_routes[] = {
	CHILD_ROUTES("brands", "brand", "a brand", &brand_resource, brand_fields), {0}};

const struct module brands_module = {
	.routes = brand_routes,
	.statements =
		(const struct statement *const[]){
			&brand_get,
			&brand_by_parent,
			&brand_lock,
			&brand_page_up,
			&brand_page_down,
			&brand_total,
			&brand_remove,
			&brand_renumber,
			&brand_flag,
			&brand_insert,
			&brand_update,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&brand_resource,
			NULL,
		},
};
