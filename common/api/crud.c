/* crud: generic handlers that get, list, create, change and delete a resource by its tables. */
#include "common/api/crud.h"

#include "common/http/etag.h"
#include "common/api/children.h"
#include "common/api/csv_export.h"
#include "common/http/response.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define NAME_MAX_BYTES 120 /* of a name in a path */

/* The name that a path has instead of an id; NULL: there can be no such name. */
static const char *name_in_path(struct req *r, const struct resource *of, const char *arg)
{
	if (strlen(arg) > NAME_MAX_BYTES)
		return NULL;
	return of->name_of(r->arena, arg, strlen(arg));
}

enum err crud_resolve(struct req *r, const struct resource *of, const char *arg, struct uuid *id)
{
	struct params p;
	struct rows rows;
	if (uuid_parse(arg, strlen(arg), id))
		return OK;
	const char *name = of->sql.by_name ? name_in_path(r, of, arg) : NULL;
	if (!name)
		return resource_not_found(r, of, arg);
	req_params(r, &p, NULL);
	params_set(&p, "name", val_text(name));
	enum err err = req_sql(r, of->sql.by_name, &p, &rows);
	if (err)
		return err;
	if (rows.n == 0)
		return resource_not_found(r, of, arg);
	*id = rows_get(&rows, 0, "id").id;
	return OK;
}

bool crud_changed(const struct rows *before, const struct params *after, const char *name)
{
	struct val v = params_get(after, name);
	return v.type != VAL_NONE && !val_equal(rows_get(before, 0, name), v);
}

void crud_check_time_order(struct req *r, const struct params *p, const char *first,
	const char *second, const char *prefix)
{
	struct val a = params_get(p, first), b = params_get(p, second);
	if (a.type != VAL_TIME || b.type != VAL_TIME || b.i > a.i)
		return;
	const char *name = arena_printf(r->arena, "%s%s", prefix, second);
	problem_add(&r->problems, name, "%s must be after %s", name, first);
}

/* A parent named otherwise than by its id was looked up by crud_path(). */
enum err crud_check_parent(struct req *r, const struct resource *of)
{
	struct params p;
	struct rows rows;
	struct uuid id;
	const char *arg = r->args[0];
	if (!of->parent || !(r->route->flags & ROUTE_NESTED) || !uuid_parse(arg, strlen(arg), &id))
		return OK;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	enum err err = req_sql(r, of->parent->sql.exists, &p, &rows);
	if (!err && rows.affected == 0)
		return resource_not_found(r, of->parent, arg);
	return err;
}

/* Sets the parent's id: from the path, or for writes on paths without the parent from the row
 * itself. A write locks the parent first, so that rules among siblings (limits, positions) hold and
 * locks are taken in one order. */
static enum err take_parent(struct req *r, const struct resource *of, bool write, struct params *p)
{
	struct params ask;
	struct rows rows;
	struct uuid id;
	bool named = r->route->flags & ROUTE_NESTED;
	const char *arg = r->args[0];
	if (!of->parent || (!named && !write))
		return OK;
	req_params(r, &ask, NULL);
	if (named) {
		enum err err = crud_resolve(r, of->parent, arg, &id);
		if (err)
			return err;
	} else {
		if (!uuid_parse(arg, strlen(arg), &id))
			return resource_not_found(r, of, arg);
		params_set(&ask, "id", val_uuid(id));
		enum err err = req_sql(r, of->sql.get, &ask, &rows);
		if (err)
			return err;
		if (rows.n == 0)
			return resource_not_found(r, of, arg);
		id = rows_get(&rows, 0, of->parent_param).id;
	}
	params_set(p, of->parent_param, val_uuid(id));
	params_set(&ask, "id", val_uuid(id));
	if (!write)
		return OK;
	enum err err = req_sql(r, of->parent->sql.lock_parent, &ask, &rows);
	if (!err && rows.affected == 0)
		return resource_not_found(r, of->parent, arg);
	return err;
}

/* Says which event is shown or changed. */
static void say_event(struct req *r, const struct resource *of, const struct params *p)
{
	struct val id = of->event_id ? params_get(p, of->event_id) : val_null();
	r->shown.global = of->global;
	r->shown.counts_left_out = of->counts_left_out;
	if (id.type == VAL_UUID)
		req_event(r, id.id);
}

enum err crud_path(
	struct req *r, const struct resource *of, bool write, struct params *p, const char **arg)
{
	struct uuid id;
	req_params(r, p, NULL);
	*arg = r->args[r->route->flags & ROUTE_NESTED ? 1 : 0];
	enum err err = take_parent(r, of, write, p);
	say_event(r, of, p);
	if (err || !*arg)
		return err;
	err = crud_resolve(r, of, *arg, &id);
	if (!err)
		params_set(p, "id", val_uuid(id));
	say_event(r, of, p);
	if (err != ERR_NOT_FOUND || write)
		return err;
	enum err parent = crud_check_parent(r, of);
	return parent ? parent : err;
}

/* Responds with the row of a statement. */
static enum err send_row(struct req *r, const struct resource *of, struct rows *rows, int status)
{
	struct children inner;
	if (of->event_id)
		req_event(r, rows_get(rows, 0, of->event_id).id);
	enum err err = resource_refresh(r, of, rows);
	if (!err)
		err = children_fetch(r, of, rows, true, &inner);
	if (err)
		return err;
	if (of->hooks.compute)
		of->hooks.compute(r, rows, inner.rows);
	struct json *j = response_begin(r, status);
	write_object(j, NULL);
	fields_print(j, of->fields, rows, 0, "");
	children_print(j, of, rows, 0, &inner);
	if (of->hooks.embed)
		err = of->hooks.embed(r, j, rows, inner.rows);
	write_end_object(j);
	response_end(r);
	etag_add(r, rows_int(rows, 0, "version"));
	return err;
}

enum err crud_send_one(struct req *r, const struct resource *of, const struct params *p,
	const char *arg, int status)
{
	struct rows rows;
	enum err err = req_sql(r, of->sql.get, p, &rows);
	if (!err && rows.n)
		return send_row(r, of, &rows, status);
	if (!err)
		err = crud_check_parent(r, of);
	if (err)
		return err;
	return resource_not_found(r, of, arg);
}

/* A path with a name: the row is found by it, without a look-up of its id. */
static enum err get_by_name(struct req *r, const struct resource *of, const char *arg)
{
	struct params p;
	struct rows rows = {.n = 0};
	const char *name = name_in_path(r, of, arg);
	enum err err = OK;
	req_params(r, &p, NULL);
	params_set(&p, "name", val_text(name));
	if (name)
		err = req_sql(r, of->sql.get_by_name, &p, &rows);
	if (err)
		return err;
	if (rows.n == 0)
		return resource_not_found(r, of, arg);
	return send_row(r, of, &rows, 200);
}

enum err crud_get(struct req *r)
{
	struct params p;
	struct uuid id;
	const char *arg = r->args[0];
	if (r->route->of->sql.get_by_name && !(r->route->flags & ROUTE_NESTED) &&
		!uuid_parse(arg, strlen(arg), &id))
		return get_by_name(r, r->route->of, arg);
	enum err err = crud_path(r, r->route->of, false, &p, &arg);
	if (err)
		return err;
	return crud_send_one(r, r->route->of, &p, arg, 200);
}

enum err crud_lock(struct req *r, const struct resource *of, struct params *p, const char **arg,
	struct rows *before)
{
	enum err err = crud_path(r, of, true, p, arg);
	if (!err)
		err = req_sql(r, of->sql.lock, p, before);
	if (!err)
		err = resource_refresh(r, of, before);
	if (err)
		return err;
	if (before->n == 0)
		return resource_not_found(r, of, *arg);
	assert(db_in_transaction(r->db)); /* or the lock would end with the statement */
	r->audit.subject = params_get(p, "id").id;
	r->audit.has_subject = true;
	return etag_check_if_match(r, rows_int(before, 0, "version"));
}

/* Renumbers the siblings' positions to 0, 1, 2… after a change. `bias` decides between the moved
 * row and the one that already has its new position: -1 puts it before, 1 behind (when it moves
 * down), 0 for a deletion. */
static enum err renumber(
	struct req *r, const struct resource *of, const struct params *p, int64_t bias)
{
	struct params ask;
	if (!of->sql.renumber)
		return OK;
	req_params(r, &ask, NULL);
	params_set(&ask, "id", params_get(p, "id"));
	params_set(&ask, of->parent_param, params_get(p, of->parent_param));
	params_set(&ask, "bias", val_int(bias));
	return req_sql(r, of->sql.renumber, &ask, NULL);
}

#define LAST (1 << 30) /* position after all others, until it is renumbered */

/* Runs the insert or update; on a duplicate key the resource's hook may choose another value (such
 * as slug-2) and retry. */
static enum err store(struct req *r, const struct resource *of, const struct statement *st,
	struct params *p, struct rows *rows)
{
	enum err err;
	for (int attempt = 0;; attempt++) {
		err = req_sql(r, st, p, rows);
		if (err != ERR_DUPLICATE || !of->hooks.on_duplicate_key)
			return err;
		err = of->hooks.on_duplicate_key(r, p, attempt);
		if (err)
			return err;
	}
}

/* Runs the cross-field check; ERR_VALIDATION when the body or the check had problems. */
static enum err crud_validate(
	struct req *r, const struct resource *of, const struct rows *before, struct params *p)
{
	enum err err = of->hooks.check ? of->hooks.check(r, before, p) : OK;
	if (!err && r->problems.n)
		return ERR_VALIDATION;
	return err;
}

/* Order of checks (contract section 3): problems of the body take precedence over a missing or
 * stale resource. */
static enum err body_first(struct req *r, enum err err)
{
	if (!r->problems.n || (err != ERR_NOT_FOUND && err != ERR_PRECONDITION))
		return err;
	r->failure = (struct failure){0};
	return ERR_VALIDATION;
}

/* Checks the resource's limit after the insert. The parent is locked, so the count holds until
 * COMMIT. */
static enum err within_limit(struct req *r, const struct resource *of, const struct params *p)
{
	struct rows rows;
	if (!of->limit)
		return OK;
	enum err err = req_sql(r, of->list->variants[0].total, p, &rows);
	if (err || rows_int(&rows, 0, "total") <= of->limit)
		return err;
	return fail(r, ERR_CONFLICT, "Delete one first.", "Limit reached: at most %lld of type %s.",
		(long long)of->limit, of->title);
}

enum err crud_create(struct req *r)
{
	const struct resource *of = r->route->of;
	struct params p;
	const char *arg;
	enum err err = body_first(r, crud_path(r, of, true, &p, &arg));
	if (err)
		return err;
	r->audit.subject = uuid_make();
	r->audit.has_subject = true;
	for (size_t i = 0; i < r->input.n; i++)
		params_set(&p, r->input.list[i].name, r->input.list[i].v);
	params_set(&p, "id", val_uuid(r->audit.subject));
	/* not below the mark of the epoch that the audit row is written in */
	params_set(&p, "now", val_time(uuid_time(&r->audit.id)));
	say_event(r, of, &p);
	if (of->sql.renumber && params_get(&p, "position").type != VAL_INT)
		params_set(&p, "position", val_int(LAST));
	err = crud_validate(r, of, NULL, &p);
	if (!err)
		err = store(r, of, of->sql.insert, &p, NULL);
	if (!err)
		err = within_limit(r, of, &p);
	if (!err)
		err = renumber(r, of, &p, -1);
	if (!err && of->hooks.after_write)
		err = of->hooks.after_write(r, NULL, &p);
	if (err)
		return err;
	return crud_send_one(r, of, &p, "", 201);
}

/* The new state of a row: its current columns, overridden by the path's ids and the sent fields. */
static void overlay(
	struct req *r, const struct rows *before, const struct params *path, struct params *after)
{
	req_params(r, after, NULL);
	params_from_row(after, before, 0);
	for (size_t i = 0; i < path->n; i++)
		params_set(after, path->list[i].name, path->list[i].v);
	for (size_t i = 0; i < r->input.n; i++)
		params_set(after, r->input.list[i].name, r->input.list[i].v);
}

static enum err crud_change(
	struct req *r, const struct resource *of, const struct rows *before, struct params *after)
{
	struct rows result;
	struct val place = params_get(&r->input, "position");
	enum err err = store(r, of, of->sql.update, after, &result);
	if (!err && result.affected == 0)
		return fail(r, ERR_CONFLICT, NULL, "%s cannot be changed in its current state.",
			of->title);
	if (!err && place.type == VAL_INT)
		err = renumber(r, of, after, place.i > rows_int(before, 0, "position") ? 1 : -1);
	if (!err && of->hooks.after_write)
		return of->hooks.after_write(r, before, after);
	return err;
}

enum err crud_patch(struct req *r)
{
	const struct resource *of = r->route->of;
	struct params p, after;
	const char *arg;
	struct rows before;
	enum err err = body_first(r, crud_lock(r, of, &p, &arg, &before));
	if (err)
		return err;
	overlay(r, &before, &p, &after);
	err = crud_validate(r, of, &before, &after);
	if (!err && r->input.n)
		err = crud_change(r, of, &before, &after);
	if (err)
		return err;
	return crud_send_one(r, of, &p, arg, 200);
}

void crud_send_deleted(struct req *r)
{
	char text[UUID_TEXT + 1];
	uuid_print(&r->audit.subject, text);
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_text(j, "id", text);
	write_bool(j, "deleted", true);
	write_end_object(j);
	response_end(r);
}

enum err crud_delete(struct req *r)
{
	const struct resource *of = r->route->of;
	struct params p;
	const char *arg;
	struct rows before, result;
	enum err err = crud_lock(r, r->route->of, &p, &arg, &before);
	if (!err && of->hooks.can_delete)
		err = of->hooks.can_delete(r, &before);
	if (!err)
		err = req_sql(r, of->sql.remove, &p, &result);
	if (err)
		return err;
	if (result.affected == 0)
		return fail(r, ERR_CONFLICT, NULL, "%s cannot be deleted in its current state.",
			of->title);
	err = renumber(r, of, &p, 0);
	if (!err && of->hooks.after_write)
		err = of->hooks.after_write(r, &before, NULL);
	crud_send_deleted(r);
	return err;
}

/* The 409 of a transition whose current status is not allowed (contract section 7). */
static enum err illegal(struct req *r, const struct transition *t, const char *status)
{
	char *from = arena_strdup(r->arena, "");
	for (const char *const *s = t->from; *s; s++)
		from = arena_list(r->arena, from, " or ", *s);
	return fail(r, ERR_CONFLICT,
		arena_printf(r->arena,
			"'%s' requires status %s. Re-read the resource to see its status.", t->verb,
			from),
		"%s cannot %s: its status is %s.", r->route->of->title, t->verb, status);
}

enum err crud_transition(struct req *r)
{
	const struct transition *t = r->route->arg;
	struct params p;
	const char *arg;
	struct rows before, result;
	enum err err = crud_lock(r, r->route->of, &p, &arg, &before);
	if (err)
		return err;
	struct val now = field_value(field_find(r->route->of->fields, "status"), &before, 0, "");
	const char *status = now.s;
	const char *const *from = t->from;
	while (*from && strcmp(*from, status) != 0)
		from++;
	if (!*from)
		return illegal(r, t, status);
	params_set(&p, "from", val_text(*from));
	params_set(&p, "to", val_text(t->to));
	err = req_sql(r, t->update, &p, &result);
	if (!err && result.affected == 0) {
		if (t->refusal)
			return fail(r, ERR_CONFLICT, t->refusal, "%s cannot %s: its status is %s.",
				r->route->of->title, t->verb, status);
		return illegal(r, t, status);
	}
	if (!err && t->after_transition)
		err = t->after_transition(r, &before, t);
	if (err)
		return err;
	return crud_send_one(r, r->route->of, &p, arg, 200);
}

/* Whether a comma-separated list contains a name. */
