/* performers: the routes of an event's performers. */
#include "fcgi/events/events.h"

#include "common/ticketing/event_children.h"

static const struct statement performer_lock = {
	"performer_lock", CHILD_ONE("performers", PERFORMER_COLUMNS) " FOR UPDATE", SQL_READ};
static const struct statement performer_page_up = {
	"performer_list_up", CHILD_PAGE("performers", PERFORMER_COLUMNS, ">", "ASC"), SQL_READ};
static const struct statement performer_page_down = {
	"performer_list_down", CHILD_PAGE("performers", PERFORMER_COLUMNS, "<", "DESC"), SQL_READ};
static const struct statement performer_total = {
	"performer_total", CHILD_TOTAL("performers"), SQL_READ};
static const struct statement performer_remove = {
	"performer_remove", CHILD_REMOVE("performers"), SQL_WRITE};
static const struct statement performer_renumber = {
	"performer_renumber", CHILD_RENUMBER("performers"), SQL_WRITE};
static const struct statement performer_flag = {
	"performer_flag", CHILD_FLAG("performers"), SQL_WRITE};
static const struct statement performer_insert = {
	"performer_insert",
	"INSERT INTO performers (id, org_id, event_id, name, bio, image_url, role,"
	" position, starts_at, ends_at, links, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :name, :bio, :imageUrl, :role, :position,"
	" :startsAt, :endsAt, :links, :now, :now)",
	SQL_WRITE,
};
static const struct statement performer_update = {
	"performer_update",
	"UPDATE performers"
	" SET name = :name, bio = :bio, image_url = :imageUrl, role = :role,"
	" position = COALESCE(:position, position), starts_at = :startsAt,"
	" ends_at = :endsAt, links = :links, version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};

static enum err performer_check(struct req *r, const struct rows *before, struct params *p)
{
	(void)before;
	crud_check_time_order(r, p, "startsAt", "endsAt", "");
	return OK;
}

/* resource_hooks.after_write. */
static enum err performer_after_write(
	struct req *r, const struct rows *before, const struct params *after)
{
	return event_flag_child(r, &performer_flag, before, after);
}

static const struct sort_order performer_sorts[] = {
	{"position", FIELD_INT, &performer_page_up, &performer_page_down}, {0}};
static const struct list_variant performer_variants[] = {
	{NULL, performer_sorts, &performer_total, &performer_total}, {0}};
static const struct list_spec performer_list = {.variants = performer_variants};

static const struct resource performer_resource = {
	.title = "Performer",
	.name = "performer",
	.fields = performer_fields,
	.parent = &event,
	.parent_param = "eventId",
	.event_id = "eventId",
	.counts_left_out = true,
	.sql.get = &performer_get,
	.sql.lock = &performer_lock,
	.sql.insert = &performer_insert,
	.sql.update = &performer_update,
	.sql.remove = &performer_remove,
	.sql.renumber = &performer_renumber,
	.hooks.check = performer_check,
	.hooks.after_write = performer_after_write,
	.limit = PER_EVENT_MAX,
	.list = &performer_list,
};

static const struct route performer_routes[] = {
	CHILD_ROUTES(
		"performers", "performer", "a performer", &performer_resource, performer_fields),
	{0}};

const struct module performers_module = {
	.routes = performer_routes,
	.statements =
		(const struct statement *const[]){
			&performer_get,
			&performer_by_parent,
			&performer_lock,
			&performer_page_up,
			&performer_page_down,
			&performer_total,
			&performer_remove,
			&performer_renumber,
			&performer_flag,
			&performer_insert,
			&performer_update,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&performer_resource,
			NULL,
		},
};
