/* event_children: performers, schedule entries and brands, as an event shows them. */
#include "common/ticketing/event_children.h"

static const char *const performer_roles[] = {
	"HEADLINER", "SUPPORT", "HOST", "SPEAKER", "OTHER", NULL};

const struct field performer_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the performer."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200,
		.doc = "As it stands on the poster."},
	{"bio", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5000, .doc = "Who they are."},
	{"imageUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "A picture."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = performer_roles, .default_value = "OTHER",
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

#define LINE_UP_MAX 50 /* performers of one entry */

const struct field schedule_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the entry."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "The event it belongs to."},
	{"title", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .doc = "What happens."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5000, .doc = "More about it."},
	{"startsAt", FIELD_TIME, FIELD_RW | FIELD_REQUIRED, .doc = "When it starts."},
	{"endsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .doc = "When it ends; after startsAt."},
	{"stage", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 1, 120,
		.doc = "Where: a stage, hall or room."},
	{"performerIds", FIELD_UUIDS, FIELD_RW, .max = LINE_UP_MAX, .default_value = "[]",
		.doc = "Who is on: performers of this event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Place in the programme, from 0; last unless sent. The others make room."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "When an organizer last changed it."},
	{0},
};

static const char *const brand_roles[] = {
	"PRESENTER", "ORGANIZER", "SPONSOR", "PARTNER", "MEDIA", NULL};

const struct field brand_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the brand."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200,
		.doc = "As it stands on the poster."},
	{"logoUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "Its logo."},
	{"websiteUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048,
		.doc = "Where its name links to."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = brand_roles, .default_value = "SPONSOR",
		.doc = "What it has to do with the event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Place among the event's brands, from 0; last unless sent. The others "
		       "make room."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "When an organizer last changed it."},
	{0},
};

const struct statement performer_get = {
	"performer_get", CHILD_ONE("performers", PERFORMER_COLUMNS), SQL_READ};
const struct statement performer_by_parent = {
	"performer_all", CHILD_ALL("performers", PERFORMER_COLUMNS), SQL_READ};
const struct resource performer = {
	.title = "Performer",
	.name = "performer",
	.fields = performer_fields,
	.parent = &event,
	.parent_param = "eventId",
	.sql.by_parent = &performer_by_parent,
};
const struct statement schedule_get = {
	"schedule_get", CHILD_ONE("schedules", SCHEDULE_COLUMNS), SQL_READ};
const struct statement schedule_by_parent = {
	"schedule_all", CHILD_ALL("schedules", SCHEDULE_COLUMNS), SQL_READ};
const struct resource schedule = {
	.title = "Schedule",
	.name = "schedule",
	.fields = schedule_fields,
	.parent = &event,
	.parent_param = "eventId",
	.sql.by_parent = &schedule_by_parent,
};
const struct statement brand_get = {"brand_get", CHILD_ONE("brands", BRAND_COLUMNS), SQL_READ};
const struct statement brand_by_parent = {
	"brand_all", CHILD_ALL("brands", BRAND_COLUMNS), SQL_READ};
const struct resource brand = {
	.title = "Brand",
	.name = "brand",
	.fields = brand_fields,
	.parent = &event,
	.parent_param = "eventId",
	.sql.by_parent = &brand_by_parent,
};
