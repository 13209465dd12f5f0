/* import: `ticketgate org import`, which reads the stream of `ticketgate org export`. */
#include "cli/move/target.h"

#include "common/base/clock.h"
#include "common/text/validate.h"

#include <json-c/json.h>
#include <string.h>

#define IMPORT_ARENA ((size_t)256 << 20) /* a batch of TARGET_BYTES, and one long line */
#define HEADER_VALUES 4000

struct import {
	struct cli *c;
	struct stream s;
	struct target t;
	const struct moved_table *next; /* the table that must come */
	bool suspended; /* the organization was, when it was exported */
};

static enum err invalid(struct import *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static enum err invalid(struct import *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->t.why, sizeof m->t.why, fmt, ap);
	va_end(ap);
	return ERR_VALIDATION;
}

/* A text member; "" when there is none. */
static const char *member(struct json_object *o, const char *name)
{
	struct json_object *v;

	if (json_object_object_get_ex(o, name, &v) && json_object_is_type(v, json_type_string))
		return json_object_get_string(v);
	return "";
}

static int64_t number(struct json_object *o, const char *name)
{
	struct json_object *v;

	if (json_object_object_get_ex(o, name, &v) && json_object_is_type(v, json_type_int))
		return json_object_get_int64(v);
	return -1;
}

/* The current line as an object; NULL when it is none. The caller frees it. */
static struct json_object *line_object(struct import *m)
{
	char why[JSON_WHY];
	struct json_object *o = json_read(m->s.line.p, m->s.line.n, HEADER_VALUES, why);

	if (o && json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	return NULL;
}

/* ---- the header ---- */

/* Both databases must have the same migrations: then they have the same columns. */
static enum err check_migrations(struct import *m, struct json_object *header)
{
	struct json_object *list;
	struct rows r;
	enum err err = migrations_read(m->c, &r);

	if (err)
		return err;
	if (!json_object_object_get_ex(header, "migrations", &list) ||
		!json_object_is_type(list, json_type_array))
		return invalid(m, "the stream does not name its migrations");
	size_t n = json_object_array_length(list);
	for (size_t i = 0; i < n || i < r.n; i++) {
		const char *there = NULL, *here = rows_text(&r, i, "name");
		if (i < n)
			there = json_object_get_string(json_object_array_get_idx(list, i));
		if (!there || (here && strcmp(here, there) > 0))
			return invalid(m,
				"this database has the migration %.100s, which the stream's does "
				"not have: use the same version of ticketgate on both sides",
				here);
		if (!here || strcmp(here, there) != 0)
			return invalid(m,
				"the stream's database has the migration %.100s, which this one "
				"does not have: use the same version of ticketgate on both sides, "
				"and run `ticketgate migrate`",
				there);
	}
	return OK;
}

static enum err check_header(struct import *m, struct json_object *o)
{
	const char *id = member(o, "id"), *slug = member(o, "slug");
	struct json_object *suspended;
	char key[STREAM_MAC + 1];

	key_fingerprint(m->c->conf, key);
	if (strcmp(member(o, "ticketgate"), STREAM_KIND) != 0)
		return invalid(m, "it was not written by `ticketgate org export`");
	if (number(o, "version") != STREAM_VERSION)
		return invalid(m, "it has a format that this version cannot read");
	if (!uuid_parse(id, strlen(id), &m->t.org) || !validate_slug(slug, strlen(slug)))
		return invalid(m, "its header names no organization");
	if (strcmp(member(o, "key"), key) != 0)
		return invalid(m,
			"it comes from an installation with another key file, so that API keys and "
			"sessions would not be recognized here, and webhook secrets and stored "
			"responses not be decrypted: both must have the same key file");
	m->t.slug = arena_strdup(m->c->arena, slug);
	m->suspended = json_object_object_get_ex(o, "suspended", &suspended) &&
		json_object_get_boolean(suspended);
	/* later ids are above all that the stream can have */
	uuid_not_before(number(o, "at"));
	return check_migrations(m, o);
}

static enum err import_header(struct import *m)
{
	struct json_object *o = NULL;

	if (stream_next(&m->s))
		o = line_object(m);
	if (!o)
		return invalid(m, "it was not written by `ticketgate org export`, or is empty");
	stream_count(&m->s);
	enum err err = check_header(m, o);
	json_object_put(o);
	if (!err)
		err = target_check(&m->t);
	return err;
}

/* ---- tables and rows ---- */

static enum err check_columns(struct import *m, struct json_object *o)
{
	struct json_object *list;
	size_t n = 0;

	if (!json_object_object_get_ex(o, "columns", &list) ||
		!json_object_is_type(list, json_type_array) ||
		json_object_array_length(list) != m->t.n_columns)
		return invalid(
			m, "its columns of %s are not those of this database", m->next->name);
	for (size_t i = 0; i < m->t.columns.n; i++) {
		if (m->t.columns.list[i].derived)
			continue;
		const char *name = json_object_get_string(json_object_array_get_idx(list, n++));
		if (!name || strcmp(name, m->t.columns.list[i].name) != 0)
			return invalid(m, "its columns of %s are not those of this database",
				m->next->name);
	}
	return OK;
}

static enum err import_table(struct import *m, struct json_object *o)
{
	enum err err = m->t.table ? target_flush(&m->t) : OK;

	if (err)
		return err;
	if (!m->next->name || strcmp(member(o, "table"), m->next->name) != 0)
		return invalid(m, "a table is missing, or not where it belongs");
	err = target_table(&m->t, m->next);
	if (!err)
		err = check_columns(m, o);
	m->next++;
	return err;
}

static enum err import_row(struct import *m)
{
	struct val *cells = arena_array(m->t.a, COLUMNS_MAX, sizeof *cells);

	if (!m->t.table)
		return invalid(m, "a row belongs to no table");
	if (!stream_row(&m->s, m->t.a, m->t.n_columns, cells))
		return invalid(m, "a row of %s cannot be read", m->t.table->name);
	if (++m->s.rows % 10000 == 0)
		progress("Imported %lld rows ...", (long long)m->s.rows);
	return target_row(&m->t, cells, m->s.line.n);
}

/* ---- the trailer ---- */

static enum err import_trailer(struct import *m, struct json_object *o)
{
	char mac[STREAM_MAC + 1];

	stream_mac(&m->s, m->c->conf, mac);
	if (m->next->name)
		return invalid(m, "a table is missing");
	if (number(o, "rows") != m->s.rows)
		return invalid(m, "it has not as many rows as it says");
	const char *told = member(o, "mac");
	if (strlen(told) != STREAM_MAC || !same_bytes(told, mac, STREAM_MAC))
		return invalid(m, "it was changed on its way");
	if (stream_next(&m->s) || m->s.line.n > 0)
		return invalid(m, "something follows its end");
	return target_finish(&m->t);
}

/* One line; *ended: it was the trailer. */
static enum err import_line(struct import *m, bool *ended)
{
	if (m->s.line.n > 0 && m->s.line.p[0] == '[') {
		stream_count(&m->s);
		return import_row(m);
	}
	struct json_object *o = line_object(m);
	if (!o)
		return invalid(m, "a line of it cannot be read");
	*ended = json_object_object_get_ex(o, "mac", NULL);
	if (!*ended)
		stream_count(&m->s);
	enum err err = *ended ? import_trailer(m, o) : import_table(m, o);
	json_object_put(o);
	return err;
}

static enum err import_stream(struct import *m)
{
	bool ended = false;
	enum err err = import_header(m);

	while (!err && !ended) {
		if (!stream_next(&m->s))
			return invalid(m, "it was cut: its end is missing");
		err = import_line(m, &ended);
	}
	return err;
}

static void import_report(struct import *m, double seconds)
{
	struct cli *c = m->c;
	const struct target *t = &m->t;

	if (c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "id", uuid_text(c->arena, t->org));
		write_text(&c->json, "slug", t->slug);
		write_int(&c->json, "rows", m->s.rows);
		write_int(&c->json, "venuesAdded", t->venues_added);
		write_int(&c->json, "venuesMapped", t->venues_mapped);
		write_bool(&c->json, "suspended", true);
		write_end_object(&c->json);
		return;
	}
	buf_printf(&c->out, "Imported %s: %lld rows in %.1f s.\n", t->slug, (long long)m->s.rows,
		seconds);
	if (t->venues_added + t->venues_mapped > 0)
		buf_printf(&c->out,
			"%lld venues were added, and %lld were here under another id.\n",
			(long long)t->venues_added, (long long)t->venues_mapped);
	buf_printf(&c->out,
		"It is suspended. Next: ticketgate verify --org %s, then ticketgate org resume "
		"%s\n",
		t->slug, t->slug);
	if (!m->suspended)
		buf_puts(&c->out,
			"It was not suspended when it was exported: do not resume it while the "
			"other one is in use.\n");
}

int org_import(struct cli *c)
{
	struct import m = {.c = c, .next = moved_tables};
	int64_t began = clock_mono_ns();

	m.t = (struct target){.c = c, .a = arena_new(IMPORT_ARENA)};
	stream_open(&m.s, stdin);
	enum err err = import_stream(&m);
	progress(NULL);
	int status = DONE;
	if (err == ERR_VALIDATION || err == ERR_CONFLICT)
		status = refuse("the stream is not imported: %s", m.t.why);
	else if (err)
		status = reject_db(c, err, "importing the organization");
	else
		import_report(&m, (double)(clock_mono_ns() - began) / 1e9);
	if (err)
		(void)target_undo(&m.t);
	stream_close(&m.s);
	arena_free(m.t.a);
	return status;
}
