/* performers: who is on at an event. */
#include "fcgi/children.h"

static const char *const roles[] = {"HEADLINER", "SUPPORT", "HOST", "SPEAKER", "OTHER", NULL};

const struct field performer_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .sentence = "Identifies the performer."},
	{"eventId", FIELD_UUID, FIELD_OUT, .sentence = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .sentence = "As it stands on the poster."},
	{"bio", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5000, .sentence = "Who they are."},
	{"imageUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .sentence = "A picture."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = roles, .fallback = "OTHER", .sentence = "What they do at the event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000, .sentence = "Place among the event's performers, from 0; last unless sent. The others make room."},
	{"startsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .sentence = "When they start."},
	{"endsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .sentence = "When they end; after startsAt."},
	{"links", FIELD_URLS, FIELD_RW, .max = 20, .fallback = "[]", .sentence = "Their pages."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .sentence = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .sentence = "When an organizer last changed it."},
	{0},
};

#define COLUMNS                                                                                                                                          \
	"t.id, t.event_id AS eventId, t.name, t.bio, t.image_url AS imageUrl, t.role, t.position, t.starts_at AS startsAt, t.ends_at AS endsAt, t.links,"      \
	" t.version, t.created_at AS createdAt, t.updated_at AS updatedAt"

static const struct statement get = {"performer_get", CHILD_ONE("performers", COLUMNS), SQL_READ};
static const struct statement all = {"performer_all", CHILD_ALL("performers", COLUMNS), SQL_READ};
static const struct statement lock = {"performer_lock", CHILD_ONE("performers", COLUMNS) " FOR UPDATE", SQL_READ};
static const struct statement page_up = {"performer_list_up", CHILD_PAGE("performers", COLUMNS, ">", "ASC"), SQL_READ};
static const struct statement page_down = {"performer_list_down", CHILD_PAGE("performers", COLUMNS, "<", "DESC"), SQL_READ};
static const struct statement total = {"performer_total", CHILD_TOTAL("performers"), SQL_READ};
static const struct statement removal = {"performer_remove", CHILD_REMOVE("performers"), SQL_WRITE};
static const struct statement renumber = {"performer_renumber", CHILD_RENUMBER("performers"), SQL_WRITE};
static const struct statement insert = {
	"performer_insert",
	"INSERT INTO performers (id, org_id, event_id, name, bio, image_url, role, position, starts_at, ends_at, links, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :name, :bio, :imageUrl, :role, :position, :startsAt, :endsAt, :links, :now, :now)",
	SQL_WRITE,
};
static const struct statement update = {
	"performer_update",
	"UPDATE performers SET name = :name, bio = :bio, image_url = :imageUrl, role = :role, position = COALESCE(:position, position), starts_at = :startsAt,"
	" ends_at = :endsAt, links = :links, version = version + 1, updated_at = :now WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};

static enum err check(struct req *r, const struct rows *before, struct params *p)
{
	(void)before;
	crud_in_order(r, p, "startsAt", "endsAt", "");
	return OK;
}

static const struct order orders[] = {{"position", FIELD_INT, &page_up, &page_down}, {0}};
static const struct family families[] = {{NULL, orders, &total, &total}, {0}};
static const struct listing listing = {.families = families};

const struct resource performer = {
	.noun = "Performer",
	.name = "performer",
	.fields = performer_fields,
	.parent = &event,
	.parent_param = "eventId",
	.get = &get,
	.all = &all,
	.lock = &lock,
	.insert = &insert,
	.update = &update,
	.remove = &removal,
	.renumber = &renumber,
	.limit = PER_EVENT_MAX,
	.listing = &listing,
	.check = check,
};

#define LIST "/events/{idOrSlug}/performers"
#define ONE LIST "/{id}"

static const struct route routes[] = {
	{METHOD_GET, LIST, SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_UNDER | ROUTE_LIST, "performer.list", crud_list, &performer, .sentence = "Lists an event's performers in their order."},
	{METHOD_POST, LIST, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER | ROUTE_CREATES, "performer.create", crud_create, &performer, .body = performer_fields,
	 .body_mode = FIELD_CREATE, .sentence = "Adds a performer."},
	{METHOD_GET, ONE, SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_UNDER, "performer.get", crud_get, &performer, .sentence = "Shows one performer."},
	{METHOD_PATCH, ONE, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER, "performer.update", crud_patch, &performer, .body = performer_fields, .body_mode = FIELD_PATCH,
	 .sentence = "Changes the fields that are sent."},
	{METHOD_DELETE, ONE, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER, "performer.delete", crud_delete, &performer, .sentence = "Removes a performer, also from the schedule."},
	{0},
};

const struct module performers_module = {
	.routes = routes,
	.statements = (const struct statement *const[]){&get, &all, &lock, &page_up, &page_down, &total, &removal, &renumber, &insert, &update, NULL},
	.resources = (const struct resource *const[]){&performer, NULL},
};
