/* brands: whose names stand on an event's poster. */
#include "fcgi/children.h"

static const char *const roles[] = {"PRESENTER", "ORGANIZER", "SPONSOR", "PARTNER", "MEDIA", NULL};

const struct field brand_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .sentence = "Identifies the brand."},
	{"eventId", FIELD_UUID, FIELD_OUT, .sentence = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .sentence = "As it stands on the poster."},
	{"logoUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .sentence = "Its logo."},
	{"websiteUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .sentence = "Where its name links to."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = roles, .fallback = "SPONSOR", .sentence = "What it has to do with the event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000, .sentence = "Place among the event's brands, from 0; last unless sent. The others make room."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .sentence = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .sentence = "When an organizer last changed it."},
	{0},
};

#define COLUMNS                                                                                                                                \
	"t.id, t.event_id AS eventId, t.name, t.logo_url AS logoUrl, t.website_url AS websiteUrl, t.role, t.position, t.version,"                    \
	" t.created_at AS createdAt, t.updated_at AS updatedAt"

static const struct statement get = {"brand_get", CHILD_ONE("brands", COLUMNS), SQL_READ};
static const struct statement all = {"brand_all", CHILD_ALL("brands", COLUMNS), SQL_READ};
static const struct statement lock = {"brand_lock", CHILD_ONE("brands", COLUMNS) " FOR UPDATE", SQL_READ};
static const struct statement page_up = {"brand_list_up", CHILD_PAGE("brands", COLUMNS, ">", "ASC"), SQL_READ};
static const struct statement page_down = {"brand_list_down", CHILD_PAGE("brands", COLUMNS, "<", "DESC"), SQL_READ};
static const struct statement total = {"brand_total", CHILD_TOTAL("brands"), SQL_READ};
static const struct statement removal = {"brand_remove", CHILD_REMOVE("brands"), SQL_WRITE};
static const struct statement renumber = {"brand_renumber", CHILD_RENUMBER("brands"), SQL_WRITE};
static const struct statement insert = {
	"brand_insert",
	"INSERT INTO brands (id, org_id, event_id, name, logo_url, website_url, role, position, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :name, :logoUrl, :websiteUrl, :role, :position, :now, :now)",
	SQL_WRITE,
};
static const struct statement update = {
	"brand_update",
	"UPDATE brands SET name = :name, logo_url = :logoUrl, website_url = :websiteUrl, role = :role, position = COALESCE(:position, position), version = version + 1,"
	" updated_at = :now WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};

static const struct order orders[] = {{"position", FIELD_INT, &page_up, &page_down}, {0}};
static const struct family families[] = {{NULL, orders, &total, &total}, {0}};
static const struct listing listing = {.families = families};

const struct resource brand = {
	.noun = "Brand",
	.name = "brand",
	.fields = brand_fields,
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
};

#define LIST "/events/{idOrSlug}/brands"
#define ONE LIST "/{id}"

static const struct route routes[] = {
	{METHOD_GET, LIST, SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_UNDER | ROUTE_LIST, "brand.list", crud_list, &brand, .sentence = "Lists an event's brands in their order."},
	{METHOD_POST, LIST, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER | ROUTE_CREATES, "brand.create", crud_create, &brand, .body = brand_fields,
	 .body_mode = FIELD_CREATE, .sentence = "Adds a brand."},
	{METHOD_GET, ONE, SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_UNDER, "brand.get", crud_get, &brand, .sentence = "Shows one brand."},
	{METHOD_PATCH, ONE, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER, "brand.update", crud_patch, &brand, .body = brand_fields, .body_mode = FIELD_PATCH,
	 .sentence = "Changes the fields that are sent."},
	{METHOD_DELETE, ONE, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER, "brand.delete", crud_delete, &brand, .sentence = "Removes a brand."},
	{0},
};

const struct module brands_module = {
	.routes = routes,
	.statements = (const struct statement *const[]){&get, &all, &lock, &page_up, &page_down, &total, &removal, &renumber, &insert, &update, NULL},
	.resources = (const struct resource *const[]){&brand, NULL},
};
