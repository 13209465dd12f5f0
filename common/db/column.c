/* column: binds parameters to prepared statements and reads result columns. */
#include "common/db/column.h"

#include "common/base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define TEXT_ROOM 256 /* bytes; longer values are fetched a second time at their full size */
#define NUMBER_ROOM 64 /* bytes of a DECIMAL or DOUBLE as text */

/* A column of a result: the buffer that the connector fills, and the type of its values. */
struct column {
	enum val_type type;
	bool uuid; /* BINARY(16): the value is an id if it has 16 bytes */
	union {
		int64_t i;
		MYSQL_TIME t;
	} at;
	char *text;
	size_t room; /* bytes at text, without the NUL */
	char *overflow_buf; /* malloc, for longer values while streaming */
	size_t spill_room; /* bytes at overflow_buf */
	unsigned long length;
	my_bool null, error;
	/* metadata from the server, to detect a change between executions */
	enum enum_field_types wire;
	unsigned flags, charset;
	unsigned long width;
};

/* A parameter's value in the form that the connector reads. */
struct slot {
	union {
		int64_t i;
		MYSQL_TIME t;
	} at;
	unsigned long length;
	size_t place; /* index in the params list at the last execution */
};

/* Interned lists of column names, never freed: rows and params_from_row() keep pointing to them
 * when a connection is closed. Aliases are constants of the program, so their number is bounded. */
struct aliases {
	struct aliases *next;
	size_t n;
	const char *name[];
};
static struct aliases *all_aliases[64];

/* ---- parameters ---- */

/* Finds a parameter, first where it was the last time. */
static const struct val *param(const struct params *p, const char *name, struct slot *s)
{
	static const struct val none = {.type = VAL_NONE};
	if (!p)
		return &none;
	if (s->place < p->n && strcmp(p->list[s->place].name, name) == 0)
		return &p->list[s->place].v;
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].name, name) == 0) {
			s->place = i;
			return &p->list[i].v;
		}
	return &none;
}

static void bind_time(MYSQL_BIND *b, struct slot *s, int64_t ms)
{
	struct civil c;
	civil_from_time(ms, &c);
	s->at.t = (MYSQL_TIME){.year = (unsigned)c.year,
		.month = (unsigned)c.month,
		.day = (unsigned)c.day,
		.hour = (unsigned)c.hour,
		.minute = (unsigned)c.minute,
		.second = (unsigned)c.second,
		.second_part = (unsigned long)c.ms * 1000,
		.time_type = MYSQL_TIMESTAMP_DATETIME};
	b->buffer_type = MYSQL_TYPE_DATETIME;
	b->buffer = &s->at.t;
	b->buffer_length = sizeof s->at.t;
}

/* Text and bytes are sent from where they are, without a copy: the connector does not write through
 * `buffer`. */
static void bind_bytes(MYSQL_BIND *b, enum enum_field_types type, const void *p, size_t n)
{
	static const char nothing[1];
	b->buffer_type = type;
	memcpy(&b->buffer, n ? &p : &(const void *){nothing}, sizeof b->buffer);
	b->buffer_length = n;
}

static void bind_value(MYSQL_BIND *b, struct slot *s, const struct val *v)
{
	memset(b, 0, sizeof *b);
	assert(v->type != VAL_MONEY); /* has no stored form before money_store() */
	switch (v->type) {
	case VAL_MONEY:
	case VAL_NONE:
	case VAL_NULL:
	case VAL_LIST:
		b->buffer_type = MYSQL_TYPE_NULL;
		return;
	case VAL_BOOL:
	case VAL_INT:
		s->at.i = v->i;
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &s->at.i;
		return;
	case VAL_TIME:
		bind_time(b, s, v->i);
		return;
	case VAL_UUID:
		bind_bytes(b, MYSQL_TYPE_BLOB, v->id.b, sizeof v->id.b);
		break;
	case VAL_TEXT:
		bind_bytes(b, MYSQL_TYPE_STRING, v->s, v->n);
		break;
	case VAL_BYTES:
		bind_bytes(b, MYSQL_TYPE_BLOB, v->s, v->n);
		break;
	}
	s->length = b->buffer_length;
	b->length = &s->length;
}

void column_params_init(
	struct column_params *in, struct arena *a, const char *const *names, size_t n)
{
	in->n = n;
	in->names = names;
	in->bind = arena_array(a, n + 1, sizeof *in->bind);
	in->slots = arena_array(a, n + 1, sizeof *in->slots);
}

bool column_bind_params(struct column_params *in, MYSQL_STMT *stmt, const struct params *params)
{
	for (size_t i = 0; i < in->n; i++)
		bind_value(&in->bind[i], &in->slots[i], param(params, in->names[i], &in->slots[i]));
	return in->n == 0 || mysql_stmt_bind_param(stmt, in->bind) == 0;
}

/* Row i of a column of n values. The connector takes integers from an array, and others by an array
 * of pointers. */
static void put_value(MYSQL_BIND *b, struct slot *s, const struct val *v, size_t i)
{
	MYSQL_BIND one;
	bind_value(&one, s, v);
	b->u.indicator[i] = STMT_INDICATOR_NULL;
	if (one.buffer_type == MYSQL_TYPE_NULL)
		return;
	assert(b->buffer_type == MYSQL_TYPE_NULL || b->buffer_type == one.buffer_type);
	b->buffer_type = one.buffer_type;
	b->u.indicator[i] = STMT_INDICATOR_NONE;
	b->length[i] = one.buffer_length;
	if (one.buffer_type == MYSQL_TYPE_LONGLONG)
		((int64_t *)b->buffer)[i] = s->at.i;
	else
		((void **)b->buffer)[i] = one.buffer;
}

static void put_column(MYSQL_BIND *b, struct arena *a, const char *name,
	const struct params *const *list, size_t n)
{
	struct slot *slots = arena_array(a, n, sizeof *slots);
	_Static_assert(sizeof(int64_t) >= sizeof(void *), "one array for both kinds of values");
	*b = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_NULL,
		.buffer = arena_array(a, n, sizeof(int64_t)),
		.length = arena_array(a, n, sizeof *b->length)};
	b->u.indicator = arena_array(a, n, sizeof *b->u.indicator);
	for (size_t i = 0; i < n; i++) {
		slots[i].place = i ? slots[i - 1].place : 0; /* the lists are alike */
		put_value(b, &slots[i], param(list[i], name, &slots[i]), i);
	}
	if (b->buffer_type == MYSQL_TYPE_NULL) /* all are: any type will do */
		b->buffer_type = MYSQL_TYPE_STRING;
}

bool column_bind_many(struct column_params *in, MYSQL_STMT *stmt, struct arena *a,
	const struct params *const *list, size_t n)
{
	for (size_t i = 0; i < in->n; i++)
		put_column(&in->bind[i], a, in->names[i], list, n);
	return in->n == 0 || mysql_stmt_bind_param(stmt, in->bind) == 0;
}

/* ---- results ---- */

static bool same_names(const struct aliases *a, const MYSQL_FIELD *f, size_t n)
{
	if (a->n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(a->name[i], f[i].name) != 0)
			return false;
	return true;
}

/* The interned copy of a list of column names. */
static const char *const *intern(const MYSQL_FIELD *f, size_t n)
{
	struct aliases **bucket = &all_aliases[n % 64];
	for (struct aliases *a = *bucket; a; a = a->next)
		if (same_names(a, f, n))
			return a->name;
	struct aliases *a = oom_check(malloc(sizeof *a + n * sizeof *a->name));
	a->n = n;
	for (size_t i = 0; i < n; i++)
		a->name[i] = oom_check(strdup(f[i].name));
	a->next = *bucket;
	*bucket = a;
	return a->name;
}

static enum val_type column_type(const MYSQL_FIELD *f)
{
	switch (f->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
		return VAL_INT;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return VAL_TIME;
	case MYSQL_TYPE_BIT:
	case MYSQL_TYPE_GEOMETRY:
		return VAL_BYTES;
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_VARCHAR:
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB:
		if (f->charsetnr == 63)
			return VAL_BYTES;
		return VAL_TEXT; /* character set 63 is binary */
	default:
		return VAL_TEXT;
	}
}

/* A BINARY(16) column, or an expression over one (MAX(id), COALESCE(a, b)), which the server
 * reports as VARBINARY without a table. */
static bool is_uuid(const MYSQL_FIELD *f)
{
	return f->charsetnr == 63 && f->length == 16 &&
		(f->type == MYSQL_TYPE_STRING ||
			(f->type == MYSQL_TYPE_VAR_STRING && (!f->org_table || !*f->org_table)));
}

/* Allocates a column's buffer and describes it to the connector. */
static void column_set(struct column *c, MYSQL_BIND *b, const MYSQL_FIELD *f)
{
	*c = (struct column){.type = column_type(f),
		.uuid = is_uuid(f),
		.wire = f->type,
		.flags = f->flags,
		.charset = f->charsetnr,
		.width = f->length};
	if (c->type == VAL_INT) {
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &c->at.i;
		b->buffer_length = sizeof c->at.i;
		b->is_unsigned = (f->flags & UNSIGNED_FLAG) != 0;
	} else if (c->type == VAL_TIME) {
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &c->at.t;
		b->buffer_length = sizeof c->at.t;
	} else {
		c->room = MAX(MIN(f->length, TEXT_ROOM), NUMBER_ROOM);
		c->text = oom_check(malloc(c->room + 1));
		b->buffer_type = c->type == VAL_BYTES ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
		b->buffer = c->text;
		b->buffer_length = c->room;
	}
	b->length = &c->length;
	b->is_null = &c->null;
	b->error = &c->error;
}

/* Whether the buffers still fit: the result's columns have not changed. */
static bool same_shape(const struct column_result *r, const MYSQL_FIELD *f, size_t n)
{
	if (r->columns != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (r->cols[i].wire != f[i].type || r->cols[i].flags != f[i].flags ||
			r->cols[i].charset != f[i].charsetnr || r->cols[i].width != f[i].length)
			return false;
	return true;
}

void column_result_free(struct column_result *r)
{
	for (size_t i = 0; i < r->columns; i++) {
		free(r->cols[i].text);
		free(r->cols[i].overflow_buf);
	}
	free(r->cols);
	free(r->bind);
	free(r->cells);
	*r = (struct column_result){.columns = 0};
}

bool column_bind_result(struct column_result *r, MYSQL_STMT *stmt)
{
	size_t n = mysql_stmt_field_count(stmt);
	const MYSQL_FIELD *f = mariadb_stmt_fetch_fields(stmt);
	if (n && !same_shape(r, f, n)) {
		column_result_free(r);
		r->cols = oom_check(calloc(n, sizeof *r->cols));
		r->bind = oom_check(calloc(n, sizeof *r->bind));
		r->cells = oom_check(calloc(n, sizeof *r->cells));
		r->columns = n;
		for (size_t i = 0; i < n; i++)
			column_set(&r->cols[i], &r->bind[i], &f[i]);
		r->names = intern(f, n);
	}
	return n == 0 || mysql_stmt_bind_result(stmt, r->bind) == 0;
}

/* Memory for the value, with room for a NUL: in the arena, or in the column's own buffers. */
static char *room_for(struct column *c, struct arena *arena, bool fits)
{
	if (arena)
		return arena_alloc(arena, c->length + 1);
	if (fits)
		return c->text;
	if (c->spill_room < c->length) {
		c->overflow_buf = oom_check(realloc(c->overflow_buf, c->length + 1));
		c->spill_room = c->length;
	}
	return c->overflow_buf;
}

/* The whole value, NUL-terminated; NULL when the connector cannot provide it. */
static const char *text_of(struct column_result *r, size_t i, MYSQL_STMT *stmt, struct arena *arena)
{
	struct column *c = &r->cols[i];
	bool fits = c->length <= c->room;
	char *to = room_for(c, arena, fits);
	if (!fits) {
		unsigned long got = 0;
		MYSQL_BIND whole = {.buffer_type = r->bind[i].buffer_type,
			.buffer = to,
			.buffer_length = c->length,
			.length = &got};
		if (mysql_stmt_fetch_column(stmt, &whole, (unsigned)i, 0) || got != c->length)
			return NULL;
	} else if (to != c->text) {
		memcpy(to, c->text, c->length);
	}
	assert(arena || c->length <= MAX(c->room, c->spill_room));
	to[c->length] = '\0';
	return to;
}

/* NO_ZERO_DATE keeps zero dates out of tables; one that arrives nevertheless becomes NULL. */
static struct val column_time_of(const MYSQL_TIME *t)
{
	struct civil c = {.year = (int)t->year,
		.month = (int)t->month,
		.day = (int)t->day,
		.hour = (int)t->hour,
		.minute = (int)t->minute,
		.second = (int)t->second,
		.ms = (int)(t->second_part / 1000)};
	if (t->month && t->day)
		return val_time(time_from_civil(&c));
	return val_null();
}

static const char *cell(
	struct column_result *r, size_t i, MYSQL_STMT *stmt, struct arena *arena, struct val *out)
{
	const struct column *c = &r->cols[i];
	*out = val_null();
	if (c->null)
		return NULL;
	if (c->type == VAL_TIME) {
		*out = column_time_of(&c->at.t);
		return NULL;
	}
	if (c->type == VAL_INT) {
		*out = val_int(c->at.i);
		if (c->error || ((c->flags & UNSIGNED_FLAG) && c->at.i < 0))
			return "an integer exceeds 63 bits";
		return NULL;
	}
	if (c->uuid && c->length == sizeof out->id.b) {
		out->type = VAL_UUID;
		memcpy(out->id.b, c->text, sizeof out->id.b);
		return NULL;
	}
	const char *s = text_of(r, i, stmt, arena);
	*out = (struct val){.type = c->type, .s = s, .n = c->length};
	if (s)
		return NULL;
	return "a value could not be fetched completely";
}

const char *column_read_row(
	struct column_result *r, MYSQL_STMT *stmt, struct arena *arena, struct val *out)
{
	for (size_t i = 0; i < r->columns; i++) {
		const char *wrong = cell(r, i, stmt, arena, &out[i]);
		if (wrong)
			return wrong;
	}
	return NULL;
}
