/* schedules: the routes of an event's schedule. */
#include "common/base/clock.h"
#include "fcgi/events/events.h"

#include "common/ticketing/event_children.h"

#include <assert.h>
#include <string.h>

/* The performers of an entry as rows, from the JSON array :performerIds, in the order sent. */
#define LINE_UP                                                                               \
	"JSON_TABLE(:performerIds, '$[*]' COLUMNS (place FOR ORDINALITY, text CHAR(36) PATH " \
	"'$')) l"
#define LINE_UP_ID "UNHEX(REPLACE(l.text, '-', ''))"

static const struct statement schedule_lock = {
	"schedule_lock", CHILD_ONE("schedules", SCHEDULE_COLUMNS) " FOR UPDATE", SQL_READ};
static const struct statement schedule_page_up = {
	"schedule_list_up", CHILD_PAGE("schedules", SCHEDULE_COLUMNS, ">", "ASC"), SQL_READ};
static const struct statement schedule_page_down = {
	"schedule_list_down", CHILD_PAGE("schedules", SCHEDULE_COLUMNS, "<", "DESC"), SQL_READ};
static const struct statement schedule_total = {
	"schedule_total", CHILD_TOTAL("schedules"), SQL_READ};
static const struct statement schedule_remove = {
	"schedule_remove", CHILD_REMOVE("schedules"), SQL_WRITE};
static const struct statement schedule_renumber = {
	"schedule_renumber", CHILD_RENUMBER("schedules"), SQL_WRITE};
static const struct statement schedule_flag = {"schedule_flag", CHILD_FLAG("schedules"), SQL_WRITE};
static const struct statement schedule_insert = {
	"schedule_insert",
	"INSERT INTO schedules (id, org_id, event_id, title, description, starts_at,"
	" ends_at, stage, position, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :title, :description, :startsAt, :endsAt, :stage,"
	" :position, :now, :now)",
	SQL_WRITE,
};
static const struct statement schedule_update = {
	"schedule_update",
	"UPDATE schedules"
	" SET title = :title, description = :description, starts_at = :startsAt,"
	" ends_at = :endsAt, stage = :stage,"
	" position = COALESCE(:position, position), version = version + 1,"
	" updated_at = :now"
	" WHERE id = :id AND org_id = :org AND event_id = :eventId",
	SQL_WRITE,
};
static const struct statement line_up_drop = {
	"schedule_line_up_drop",
	"DELETE x"
	" FROM schedule_performers x"
	" JOIN schedules s ON s.id = x.schedule_id"
	" WHERE s.id = :id AND s.org_id = :org",
	SQL_WRITE,
};
static const struct statement line_up_add = {
	"schedule_line_up_add",
	"INSERT INTO schedule_performers (schedule_id, performer_id, place)"
	" SELECT :id, p.id, l.place"
	" FROM " LINE_UP " JOIN performers p ON p.id = " LINE_UP_ID
	" WHERE p.org_id = :org AND p.event_id = :eventId",
	SQL_WRITE,
};
/* The sent ids that are no performers of this event; NULL when all are. */
static const struct statement line_up_strangers = {
	"schedule_line_up_strangers",
	"SELECT GROUP_CONCAT(l.text ORDER BY l.place SEPARATOR ', ') AS ids"
	" FROM " LINE_UP " LEFT JOIN performers p ON p.id = " LINE_UP_ID
	" AND p.org_id = :org AND p.event_id = :eventId"
	" WHERE p.id IS NULL",
	SQL_READ,
};
/* The first entry that overlaps in time and has the same stage or a common performer. The
 * case of a stage does not matter, its accents do. An entry without an end lasts a millisecond. */
static const struct statement clash = {
	"schedule_clash",
	"SELECT c.id, c.title, c.stage, c.sameStage, c.performer"
	" FROM (SELECT s.id, s.title, s.stage, s.starts_at,"
	" COALESCE(LOWER(s.stage) COLLATE utf8mb4_bin = LOWER(:stage), 0) AS sameStage,"
	" (SELECT p.name FROM schedule_performers x"
	" JOIN performers p ON p.id = x.performer_id WHERE x.schedule_id = s.id"
	" AND x.performer_id IN (SELECT " LINE_UP_ID " FROM " LINE_UP ") LIMIT 1) AS performer"
	" FROM schedules s"
	" WHERE s.org_id = :org AND s.event_id = :eventId AND s.id <> :id"
	" AND s.starts_at < :until"
	" AND COALESCE(s.ends_at, s.starts_at + INTERVAL 1000 MICROSECOND) > :startsAt) c"
	" WHERE c.sameStage OR c.performer IS NOT NULL"
	" ORDER BY c.starts_at, c.id"
	" LIMIT 1",
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
		problem_add(&r->problems, "performerIds",
			"performerIds must be ids of performers of this event; unknown ids: %s",
			strangers);
	return err;
}

/* Rejects a new or moved entry that clashes with another one, unless the client sent Prefer:
 * handling=lenient. */
static enum err no_clash(struct req *r, const struct rows *before, const struct params *p)
{
	struct params ask;
	struct rows rows;
	char text[UUID_TEXT + 1];
	struct val end = params_get(p, "endsAt"), start = params_get(p, "startsAt");
	bool moved = !before || crud_changed(before, p, "startsAt") ||
		crud_changed(before, p, "endsAt") || crud_changed(before, p, "stage") ||
		crud_changed(before, p, "performerIds");
	assert(start.type == VAL_TIME); /* required on create */
	if (r->prefer.lenient || !moved)
		return OK;
	req_params(r, &ask, p);
	params_set(&ask, "until", val_time(val_int_or(end, start.i + 1)));
	enum err err = req_sql(r, &clash, &ask, &rows);
	if (err || rows.n == 0)
		return err;
	struct uuid id = rows_get(&rows, 0, "id").id;
	uuid_print(&id, text);
	bool stage = rows_int(&rows, 0, "sameStage");
	return fail(r, ERR_CONFLICT,
		"Choose another time, stage or line-up, or send 'Prefer: handling=lenient' to "
		"allow both.",
		"'%s' clashes with '%s' (%s): %s%s at the same time.", params_text(p, "title"),
		rows_text(&rows, 0, "title"), text, stage ? "the stage " : "",
		rows_text(&rows, 0, stage ? "stage" : "performer"));
}

static enum err schedule_check(struct req *r, const struct rows *before, struct params *p)
{
	crud_check_time_order(r, p, "startsAt", "endsAt", "");
	enum err err = known_performers(r, p);
	if (err || r->problems.n)
		return err;
	return no_clash(r, before, p);
}

/* Replaces the entry's performers when they were sent. */
static enum err schedule_after_write(
	struct req *r, const struct rows *before, const struct params *after)
{
	enum err err = event_flag_child(r, &schedule_flag, before, after);
	if (err || !after || (before && !crud_changed(before, after, "performerIds")))
		return err;
	if (before)
		err = req_sql(r, &line_up_drop, after, NULL);
	if (err)
		return err;
	return req_sql(r, &line_up_add, after, NULL);
}

static const struct sort_order schedule_sorts[] = {
	{"position", FIELD_INT, &schedule_page_up, &schedule_page_down}, {0}};
static const struct list_variant schedule_variants[] = {
	{NULL, schedule_sorts, &schedule_total, &schedule_total}, {0}};
static const struct list_spec schedule_list = {.variants = schedule_variants};

static const struct resource schedule_resource = {
	.title = "Schedule",
	.name = "schedule",
	.fields = schedule_fields,
	.parent = &event,
	.parent_param = "eventId",
	.event_id = "eventId",
	.counts_left_out = true,
	.sql.get = &schedule_get,
	.sql.lock = &schedule_lock,
	.sql.insert = &schedule_insert,
	.sql.update = &schedule_update,
	.sql.remove = &schedule_remove,
	.sql.renumber = &schedule_renumber,
	.hooks.check = schedule_check,
	.hooks.after_write = schedule_after_write,
	.limit = PER_EVENT_MAX,
	.list = &schedule_list,
};

static const struct route schedule_routes[] = {
	CHILD_ROUTES(
		"schedules", "schedule", "a schedule entry", &schedule_resource, schedule_fields),
	{0}};

const struct module schedules_module = {
	.routes = schedule_routes,
	.statements =
		(const struct statement *const[]){
			&schedule_get,
			&schedule_by_parent,
			&schedule_lock,
			&schedule_page_up,
			&schedule_page_down,
			&schedule_total,
			&schedule_remove,
			&schedule_renumber,
			&schedule_flag,
			&schedule_insert,
			&schedule_update,
			&line_up_drop,
			&line_up_add,
			&line_up_strangers,
			&clash,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&schedule_resource,
			NULL,
		},
};
