/* catalogue: inserts the performers, schedules and brands of the demo's events. */
#include "cli/demo/catalogue.h"

#define ON_MAX 20 /* performers of one event */

static const struct statement performer_insert = {"demo_performer_insert",
	"INSERT INTO performers (id, org_id, event_id, name, bio, role, position, links,"
	" created_at, updated_at)"
	" VALUES (:id, :org, :event, :name, :text, :role, :position, '[]', :now, :now)",
	SQL_WRITE};
static const struct statement entry_insert = {"demo_schedule_insert",
	"INSERT INTO schedules (id, org_id, event_id, title, description, starts_at,"
	" ends_at, stage, position, created_at, updated_at)"
	" VALUES (:id, :org, :event, :title, :text, :from, :until, :stage, :position,"
	" :now, :now)",
	SQL_WRITE};
static const struct statement line_up_insert = {"demo_line_up_insert",
	"INSERT INTO schedule_performers (schedule_id, performer_id, place)"
	" SELECT s.id, p.id, :place"
	" FROM schedules s"
	" JOIN performers p ON p.event_id = s.event_id"
	" WHERE s.id = :id AND p.id = :performer AND s.org_id = :org",
	SQL_WRITE};
static const struct statement brand_insert = {"demo_brand_insert",
	"INSERT INTO brands (id, org_id, event_id, name, role, position, created_at,"
	" updated_at)"
	" VALUES (:id, :org, :event, :name, :role, :position, :now, :now)",
	SQL_WRITE};

static const struct statement parts_set = {"demo_event_parts",
	"UPDATE events"
	" SET has_performers = :performers, has_schedules = :schedules, has_brands = :brands"
	" WHERE id = :event AND org_id = :org",
	SQL_WRITE};

const char *demo_text(struct json_object *o, const char *name)
{
	struct json_object *v;

	if (json_object_object_get_ex(o, name, &v) && json_object_is_type(v, json_type_string))
		return json_object_get_string(v);
	return NULL;
}

int64_t demo_int(struct json_object *o, const char *name, int64_t otherwise)
{
	struct json_object *v;

	if (json_object_object_get_ex(o, name, &v) && json_object_is_type(v, json_type_int))
		return json_object_get_int64(v);
	return otherwise;
}

/* The length of the member array `name`, ON_MAX at most; 0 when there is none. */
static size_t list_of(struct json_object *event, const char *name, struct json_object **list)
{
	size_t n = json_object_object_get_ex(event, name, list) &&
			json_object_is_type(*list, json_type_array)
		? json_object_array_length(*list)
		: 0;

	if (n < ON_MAX)
		return n;
	return ON_MAX;
}

/* Sets the parameters that performers, schedule entries and brands have in common; returns the new
 * row's id. */
static struct uuid demo_begin(struct params *p, struct json_object *o, size_t i)
{
	struct uuid id = uuid_make();

	params_set(p, "id", val_uuid(id));
	params_set(p, "position", val_int((int64_t)i));
	params_set(p, "name", val_text(demo_text(o, "name")));
	params_set(p, "role", val_text(demo_text(o, "role")));
	params_set(p, "text", val_text(demo_text(o, "text")));
	return id;
}

/* Inserts a schedule entry with its performers. In the file, "at" is minutes after the event's
 * start, "minutes" the duration, and "who" a list of indexes into the event's performers, whose ids
 * are in `on`. */
static enum err entry_put(
	struct cli *c, struct params *p, struct json_object *o, const struct uuid *on, size_t n)
{
	struct json_object *who;
	int64_t from = params_get(p, "starts").i + demo_int(o, "at", 0) * 60000,
		minutes = demo_int(o, "minutes", 0);
	size_t named = list_of(o, "who", &who);

	params_set(p, "title", val_text(demo_text(o, "title")));
	params_set(p, "stage", val_text(demo_text(o, "stage")));
	params_set(p, "from", val_time(from));
	params_set(p, "until", minutes ? val_time(from + minutes * 60000) : val_null());
	enum err err = sql_run(c->db, c->arena, &entry_insert, p, NULL);
	for (size_t i = 0; i < named && err == OK; i++) {
		size_t place = (size_t)json_object_get_int(json_object_array_get_idx(who, i));
		if (place >= n)
			return ERR_VALIDATION;
		params_set(p, "performer", val_uuid(on[place]));
		params_set(p, "place", val_int((int64_t)i + 1));
		err = sql_run(c->db, c->arena, &line_up_insert, p, NULL);
	}
	return err;
}

enum err demo_catalogue_put(struct cli *c, struct params *p, struct json_object *event)
{
	struct json_object *list;
	struct uuid on[ON_MAX];
	enum err err = OK;
	size_t n = list_of(event, "performers", &list), entries, brands;

	for (size_t i = 0; i < n && err == OK; i++) {
		on[i] = demo_begin(p, json_object_array_get_idx(list, i), i);
		err = sql_run(c->db, c->arena, &performer_insert, p, NULL);
	}
	entries = list_of(event, "schedule", &list);
	for (size_t i = 0; i < entries && err == OK; i++) {
		demo_begin(p, json_object_array_get_idx(list, i), i);
		err = entry_put(c, p, json_object_array_get_idx(list, i), on, n);
	}
	brands = list_of(event, "brands", &list);
	for (size_t i = 0; i < brands && err == OK; i++) {
		demo_begin(p, json_object_array_get_idx(list, i), i);
		err = sql_run(c->db, c->arena, &brand_insert, p, NULL);
	}
	params_set(p, "performers", val_bool(n > 0));
	params_set(p, "schedules", val_bool(entries > 0));
	params_set(p, "brands", val_bool(brands > 0));
	if (err == OK)
		err = sql_run(c->db, c->arena, &parts_set, p, NULL);
	return err;
}
