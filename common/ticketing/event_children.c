/* event_children: performers, schedule entries and brands as nested rows of an event. */
#include "common/ticketing/event_children.h"

static const char *const performer_roles[] = {
	"HEADLINER", "SUPPORT", "HOST", "SPEAKER", "OTHER", NULL};

const struct field performer_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Performer id."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .doc = "Display name."},
	{"bio", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5000, .doc = "Biography."},
	{"imageUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "Image."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = performer_roles, .default_value = "OTHER",
		.doc = "Role at the event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Position among the event's performers, from 0; last by default. Other "
		       "positions are renumbered."},
	{"startsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .doc = "Start time."},
	{"endsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE,
		.doc = "End time; must be after startsAt."},
	{"links", FIELD_URLS, FIELD_RW, .max = 20, .default_value = "[]", .doc = "Links."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the organizer's last change."},
	{0},
};

#define LINE_UP_MAX 50 /* performers of one schedule entry */

const struct field schedule_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Schedule entry id."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"title", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .doc = "Title."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5000, .doc = "Description."},
	{"startsAt", FIELD_TIME, FIELD_RW | FIELD_REQUIRED, .doc = "Start time."},
	{"endsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE,
		.doc = "End time; must be after startsAt."},
	{"stage", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 1, 120, .doc = "Stage, hall or room."},
	{"performerIds", FIELD_UUIDS, FIELD_RW, .max = LINE_UP_MAX, .default_value = "[]",
		.doc = "Ids of performers of this event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Position in the schedule, from 0; last by default. Other positions are "
		       "renumbered."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the organizer's last change."},
	{0},
};

static const char *const brand_roles[] = {
	"PRESENTER", "ORGANIZER", "SPONSOR", "PARTNER", "MEDIA", NULL};

const struct field brand_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Brand id."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .doc = "Display name."},
	{"logoUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "Logo."},
	{"websiteUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "Website."},
	{"role", FIELD_CHOICE, FIELD_RW, .choices = brand_roles, .default_value = "SPONSOR",
		.doc = "Role at the event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Position among the event's brands, from 0; last by default. Other "
		       "positions are renumbered."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the organizer's last change."},
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
