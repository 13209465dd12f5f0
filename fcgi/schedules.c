/* schedules: what happens when and where at an event. */
#include "clock.h"
#include "fcgi/children.h"

#include <string.h>

#define LINE_UP_MAX 50 /* performers of one entry */

const struct field schedule_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .sentence = "Identifies the entry."},
	{"eventId", FIELD_UUID, FIELD_OUT, .sentence = "The event it belongs to."},
	{"title", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .sentence = "What happens."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5000, .sentence = "More about it."},
	{"startsAt", FIELD_TIME, FIELD_RW | FIELD_REQUIRED, .sentence = "When it starts."},
	{"endsAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .sentence = "When it ends; after startsAt."},
	{"stage", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 1, 120, .sentence = "Where: a stage, hall or room."},
	{"performerIds", FIELD_UUIDS, FIELD_RW, .max = LINE_UP_MAX, .fallback = "[]", .sentence = "Who is on: performers of this event."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000, .sentence = "Place in the programme, from 0; last unless sent. The others make room."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .sentence = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .sentence = "When an organizer last changed it."},
	{0},
};

/* BINARY(16) as the text of a UUID, and back. */
#define ID_TEXT(column) "LOWER(INSERT(INSERT(INSERT(INSERT(HEX(" column "), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))"
#define LINE_UP "JSON_TABLE(:performerIds, '$[*]' COLUMNS (place FOR ORDINALITY, text CHAR(36) PATH '$')) l"
#define LINE_UP_ID "UNHEX(REPLACE(l.text, '-', ''))"

#define COLUMNS                                                                                                                                                      \
	"t.id, t.event_id AS eventId, t.title, t.description, t.starts_at AS startsAt, t.ends_at AS endsAt, t.stage,"                                                      \
	" CONCAT('[', COALESCE((SELECT GROUP_CONCAT('\"', " ID_TEXT("x.performer_id") ", '\"' ORDER BY x.place) FROM schedule_performers x WHERE x.schedule_id = t.id), '')," \
	" ']') AS performerIds, t.position, t.version, t.created_at AS createdAt, t.updated_at AS updatedAt"

static const struct statement get = {"schedule_get", CHILD_ONE("schedules", COLUMNS), SQL_READ};
static const struct statement all = {"schedule_all", CHILD_ALL("schedules", COLUMNS), SQL_READ};
static const struct statement lock = {"schedule_lock", CHILD_ONE("schedules", COLUMNS) " FOR UPDATE", SQL_READ};
static const struct statement page_up = {"schedule_list_up", CHILD_PAGE("schedules", COLUMNS, ">", "ASC"), SQL_READ};
static const struct statement page_down = {"schedule_list_down", CHILD_PAGE("schedules", COLUMNS, "<", "DESC"), SQL_READ};
static const struct statement total = {"schedule_total", CHILD_TOTAL("schedules"), SQL_READ};
static const struct statement removal = {"schedule_remove", CHILD_REMOVE("schedules"), SQL_WRITE};
static const struct statement renumber = {"schedule_renumber", CHILD_RENUMBER("schedules"), SQL_WRITE};
static const struct statement insert = {
	"schedule_insert",
	"INSERT INTO schedules (id, org_id, event_id, title, description, starts_at, ends_at, stage, position, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :title, :description, :startsAt, :endsAt, :stage, :position, :now, :now)",
	SQL_WRITE,
};
static const struct statement update = {
	"schedule_update",
	"UPDATE schedules SET title = :title, description = :description, starts_at = :startsAt, ends_at = :endsAt, stage = :stage,"
	" position = COALESCE(:position, position), version = version + 1, updated_at = :now WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};
static const struct statement line_up_drop = {
	"schedule_line_up_drop",
	"DELETE x FROM schedule_performers x JOIN schedules s ON s.id = x.schedule_id WHERE s.id = :id AND s.org_id = :org",
	SQL_WRITE,
};
static const struct statement line_up_add = {
	"schedule_line_up_add",
	"INSERT INTO schedule_performers (schedule_id, performer_id, place) SELECT :id, p.id, l.place FROM " LINE_UP
	" JOIN performers p ON p.id = " LINE_UP_ID " WHERE p.org_id = :org AND p.event_id = :eventId",
	SQL_WRITE,
};
static const struct statement line_up_strangers = {
	"schedule_line_up_strangers",
	"SELECT GROUP_CONCAT(l.text ORDER BY l.place SEPARATOR ', ') AS ids FROM " LINE_UP " LEFT JOIN performers p ON p.id = " LINE_UP_ID
	" AND p.org_id = :org AND p.event_id = :eventId WHERE p.id IS NULL",
	SQL_READ,
};
/* The first entry at an overlapping time on the same stage or with one of the same performers. An entry without an end lasts a moment. */
static const struct statement clash = {
	"schedule_clash",
	"SELECT c.id, c.title, c.stage, c.sameStage, c.performer FROM (SELECT s.id, s.title, s.stage, s.starts_at, COALESCE(s.stage = :stage, 0) AS sameStage,"
	" (SELECT p.name FROM schedule_performers x JOIN performers p ON p.id = x.performer_id WHERE x.schedule_id = s.id"
	" AND x.performer_id IN (SELECT " LINE_UP_ID " FROM " LINE_UP ") LIMIT 1) AS performer"
	" FROM schedules s WHERE s.org_id = :org AND s.event_id = :eventId AND s.id <> :id AND s.starts_at < :until"
	" AND COALESCE(s.ends_at, s.starts_at + INTERVAL 1000 MICROSECOND) > :startsAt) c"
	" WHERE c.sameStage OR c.performer IS NOT NULL ORDER BY c.starts_at, c.id LIMIT 1",
	SQL_READ,
};

static enum err known_performers(struct req *r, const struct params *p)
{
	struct rows rows;
	const char *list = params_text(p, "performerIds");
	if (!list || strcmp(list, "[]") == 0)
		return OK;
	enum err err = req_sql(r, &line_up_strangers, p, &rows);
	const char *strangers = err ? NULL : rows_text(&rows, 0, "ids");
	if (strangers)
		problem_add(&r->problems, "performerIds", "performerIds must be ids of performers of this event; these are not: %s", strangers);
	return err;
}

static enum err no_clash(struct req *r, const struct rows *before, const struct params *p)
{
	struct params ask;
	struct rows rows;
	char text[UUID_TEXT + 1];
	struct val end = params_get(p, "endsAt"), start = params_get(p, "startsAt");
	bool moved = !before || crud_changed(before, p, "startsAt") || crud_changed(before, p, "endsAt") || crud_changed(before, p, "stage") || crud_changed(before, p, "performerIds");
	if (r->lenient || !moved)
		return OK;
	req_params(r, &ask, p);
	params_set(&ask, "until", val_time(end.type == VAL_TIME ? end.i : start.i + 1));
	enum err err = req_sql(r, &clash, &ask, &rows);
	if (err || rows.n == 0)
		return err;
	struct uuid id = rows_get(&rows, 0, "id").id;
	uuid_print(&id, text);
	bool stage = rows_int(&rows, 0, "sameStage");
	return fail(r, ERR_CONFLICT, "Choose another time, stage or line-up, or send 'Prefer: handling=lenient' to keep both.",
	            "'%s' clashes with '%s' (%s): %s%s at the same time.", params_text(p, "title"), rows_text(&rows, 0, "title"), text, stage ? "the stage " : "",
	            rows_text(&rows, 0, stage ? "stage" : "performer"));
}

static enum err check(struct req *r, const struct rows *before, struct params *p)
{
	crud_in_order(r, p, "startsAt", "endsAt", "");
	enum err err = known_performers(r, p);
	return err || r->problems.n ? err : no_clash(r, before, p);
}

static enum err stored(struct req *r, const struct rows *before, const struct params *after)
{
	if (!after || (before && !crud_changed(before, after, "performerIds")))
		return OK;
	enum err err = before ? req_sql(r, &line_up_drop, after, NULL) : OK;
	return err ? err : req_sql(r, &line_up_add, after, NULL);
}

static const struct order orders[] = {{"position", FIELD_INT, &page_up, &page_down}, {0}};
static const struct family families[] = {{NULL, orders, &total, &total}, {0}};
static const struct listing listing = {.families = families};

const struct resource schedule = {
	.noun = "Schedule",
	.name = "schedule",
	.fields = schedule_fields,
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
	.stored = stored,
};

#define LIST "/events/{idOrSlug}/schedules"
#define ONE LIST "/{id}"

static const struct route routes[] = {
	{METHOD_GET, LIST, SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_UNDER | ROUTE_LIST, "schedule.list", crud_list, &schedule, .sentence = "Lists an event's programme in its order."},
	{METHOD_POST, LIST, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER | ROUTE_CREATES, "schedule.create", crud_create, &schedule, .body = schedule_fields,
	 .body_mode = FIELD_CREATE, .sentence = "Adds an entry. One that clashes on a stage or for a performer is refused unless 'Prefer: handling=lenient' is sent."},
	{METHOD_GET, ONE, SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_UNDER, "schedule.get", crud_get, &schedule, .sentence = "Shows one entry."},
	{METHOD_PATCH, ONE, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER, "schedule.update", crud_patch, &schedule, .body = schedule_fields, .body_mode = FIELD_PATCH,
	 .sentence = "Changes the fields that are sent; clashes as on creation."},
	{METHOD_DELETE, ONE, SCOPE_EVENTS_WRITE, ROUTE_TX | ROUTE_UNDER, "schedule.delete", crud_delete, &schedule, .sentence = "Removes an entry."},
	{0},
};

const struct module schedules_module = {
	.routes = routes,
	.statements = (const struct statement *const[]){&get, &all, &lock, &page_up, &page_down, &total, &removal, &renumber, &insert, &update, &line_up_drop, &line_up_add,
	                                                &line_up_strangers, &clash, NULL},
	.resources = (const struct resource *const[]){&schedule, NULL},
};
