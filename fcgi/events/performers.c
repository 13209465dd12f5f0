/* performers: who is on at an event. */
#include "common/ticketing/event_children.h"

static const char *const roles[] = {"HEADLINER", "SUPPORT", "HOST", "SPEAKER", "OTHER", NULL};

const struct field performer_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the performer."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200,
		.doc = "As it stands on the poster."},
	{"bio", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5000, .doc = "Who they are."},
	{"imageUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "A picture."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = roles, .default_value = "OTHER",
		.doc = "What they do at the event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Place among the event's performers, from 0; last unless sent. The "
		       "others make room."},
	{"startsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .doc = "When they start."},
	{"endsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .doc = "When they end; after startsAt."},
	{"links", FIELD_URLS, FIELD_RW, .max = 20, .default_value = "[]", .doc = "Their pages."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "When an organizer last changed it."},
	{0},
};

#define COLUMNS                                                                        \
	"t.id, t.event_id AS eventId, t.name, t.bio, t.image_url AS imageUrl, t.role," \
	" t.position, t.starts_at AS startsAt, t.ends_at AS endsAt, t.links,"          \
	" t.version, t.created_at AS createdAt, t.updated_at AS updatedAt"

CHILD_STATEMENTS("performer", "performers", COLUMNS);
static const struct statement insert = {
	"performer_insert",
	"INSERT INTO performers (id, org_id, event_id, name, bio, image_url, role,"
	" position, starts_at, ends_at, links, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :name, :bio, :imageUrl, :role, :position,"
	" :startsAt, :endsAt, :links, :now, :now)",
	SQL_WRITE,
};
static const struct statement update = {
	"performer_update",
	"UPDATE performers"
	" SET name = :name, bio = :bio, image_url = :imageUrl, role = :role,"
	" position = COALESCE(:position, position), starts_at = :startsAt,"
	" ends_at = :endsAt, links = :links, version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};

static enum err check(struct req *r, const struct rows *before, struct params *p)
{
	(void)before;
	crud_in_order(r, p, "startsAt", "endsAt", "");
	return OK;
}

const struct resource performer = {
	.title = "Performer",
	.name = "performer",
	.fields = performer_fields,
	CHILD_OF_EVENT,
	.hooks.check = check,
};

static const struct route routes[] = {
	CHILD_ROUTES("performers", "performer", "a performer", &performer, performer_fields), {0}};

const struct module performers_module = {
	.routes = routes,
	.statements =
		(const struct statement *const[]){
			CHILD_STATEMENT_LIST,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&performer,
			NULL,
		},
};
