/* brands: whose names stand on an event's poster. */
#include "common/ticketing/event_children.h"

static const char *const roles[] = {"PRESENTER", "ORGANIZER", "SPONSOR", "PARTNER", "MEDIA", NULL};

const struct field brand_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the brand."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200,
		.doc = "As it stands on the poster."},
	{"logoUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "Its logo."},
	{"websiteUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048,
		.doc = "Where its name links to."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = roles, .default_value = "SPONSOR",
		.doc = "What it has to do with the event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Place among the event's brands, from 0; last unless sent. The others "
		       "make room."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "When an organizer last changed it."},
	{0},
};

#define COLUMNS                                                        \
	"t.id, t.event_id AS eventId, t.name, t.logo_url AS logoUrl,"  \
	" t.website_url AS websiteUrl, t.role, t.position, t.version," \
	" t.created_at AS createdAt, t.updated_at AS updatedAt"

CHILD_STATEMENTS("brand", "brands", COLUMNS);
static const struct statement insert = {
	"brand_insert",
	"INSERT INTO brands (id, org_id, event_id, name, logo_url, website_url, role,"
	" position, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :name, :logoUrl, :websiteUrl, :role, :position,"
	" :now, :now)",
	SQL_WRITE,
};
static const struct statement update = {
	"brand_update",
	"UPDATE brands"
	" SET name = :name, logo_url = :logoUrl, website_url = :websiteUrl, role = :role,"
	" position = COALESCE(:position, position), version = version + 1,"
	" updated_at = :now"
	" WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};

const struct resource brand = {
	.title = "Brand",
	.name = "brand",
	.fields = brand_fields,
	CHILD_OF_EVENT,
};

static const struct route routes[] = {
	CHILD_ROUTES("brands", "brand", "a brand", &brand, brand_fields), {0}};

const struct module brands_module = {
	.routes = routes,
	.statements =
		(const struct statement *const[]){
			CHILD_STATEMENT_LIST,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&brand,
			NULL,
		},
};
