/* field: reads, prints and describes values by tables of fields. */
#include "common/schema/field.h"

#include "common/base/clock.h"
#include "common/schema/field_types.h"
#include "common/text/json_check.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

const struct field *field_find(const struct field *fields, const char *name)
{
	for (const struct field *f = fields; f && f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* The value of an absent field on create. Defaults are parsed like sent values, so they obey the
 * field's rules. */
static struct val fallback(const struct field *f, struct problems *problems)
{
	if (!f->default_value)
		return val_null();
	if (f->type == FIELD_LIST || f->type == FIELD_URLS || f->type == FIELD_UUIDS)
		return val_text(f->default_value);
	if (f->type == FIELD_NETS) /* the stored form of an empty list */
		return val_text("");
	return field_read_text(f, f->default_value, strlen(f->default_value), problems);
}

static struct val read_list(const struct field_reader *reader, const struct field *f,
	const char *name, struct json_object *o);
static struct val read_object(const struct field_reader *reader, const struct field *f,
	const char *name, struct json_object *o);

/* Reads one member. `o` is NULL when the member is null, or absent when not `present`. */
static struct val read_one(const struct field_reader *reader, const struct field *f,
	const char *name, struct json_object *o, bool present)
{
	struct problems *problems = reader->problems;
	bool create = reader->mode == FIELD_CREATE;
	if (!present && !create)
		return (struct val){0};
	if (!present && !(f->flags & FIELD_REQUIRED))
		return fallback(f, problems);
	if (!o && create && !(f->flags & (FIELD_REQUIRED | FIELD_NULLABLE)))
		return fallback(
			f, problems); /* null for a field that cannot be null means the default */
	if (!o && !(present && (f->flags & FIELD_NULLABLE))) {
		problem_add(problems, name, "%s should not be empty", name);
		return (struct val){0};
	}
	if (!o)
		return val_null();
	if (f->type == FIELD_LIST)
		return read_list(reader, f, name, o);
	if (f->type == FIELD_OBJECT)
		return read_object(reader, f, name, o);
	return field_kind_of(f)->read(f, name, o, problems);
}

void ignored_add(struct ignored *ignored, struct arena *a, const char *prefix, const char *name)
{
	if (ignored->n == IGNORED_MAX) {
		ignored->more++;
		return;
	}
	if (ignored->n == 0)
		ignored->list = arena_array(a, IGNORED_MAX, sizeof *ignored->list);
	ignored->list[ignored->n++] =
		text_cut(a, arena_printf(a, "%s%s", prefix, name), PROBLEM_FIELD_MAX);
}

/* Appends the members that are no field of this mode to the list of ignored names. */
static void note_ignored(const struct field_reader *reader, const struct field *fields,
	struct json_object *body, const char *prefix)
{
	json_object_object_foreach(body, key, value)
	{
		(void)value;
		const struct field *f = field_find(fields, key);
		if (!f || !(f->flags & reader->mode))
			ignored_add(reader->ignored, reader->problems->arena, prefix, key);
	}
}

void fields_read(const struct field_reader *reader, const struct field *fields,
	struct json_object *body, const char *prefix, struct params *out)
{
	struct arena *a = reader->problems->arena;
	for (const struct field *f = fields; f && f->name; f++) {
		if (!(f->flags & reader->mode))
			continue;
		struct json_object *o = NULL;
		bool present = json_object_object_get_ex(body, f->name, &o);
		const char *name = *prefix ? arena_printf(a, "%s%s", prefix, f->name) : f->name;
		struct val v = read_one(reader, f, name, o, present);
		if (v.type != VAL_NONE)
			params_set(out, f->name, v);
	}
	note_ignored(reader, fields, body, prefix);
}

/* Reads one object as a VAL_LIST of one item, so that callers treat objects and lists alike. */
static struct val read_object(const struct field_reader *reader, const struct field *f,
	const char *name, struct json_object *o)
{
	struct problems *problems = reader->problems;
	struct val v = {.type = VAL_LIST};
	if (!json_object_is_type(o, json_type_object)) {
		problem_add(problems, name, "%s must be an object", name);
		return (struct val){0};
	}
	struct params *item = arena_alloc(problems->arena, sizeof *item);
	params_init(item, problems->arena);
	fields_read(reader, f->sub, o, arena_printf(problems->arena, "%s.", name), item);
	v.items = item;
	v.count = 1;
	return v;
}

static struct val read_list(const struct field_reader *reader, const struct field *f,
	const char *name, struct json_object *o)
{
	struct problems *problems = reader->problems;
	if (!json_object_is_type(o, json_type_array)) {
		problem_add(problems, name, "%s must be an array", name);
		return (struct val){0};
	}
	size_t n = json_object_array_length(o);
	if (n > (size_t)f->max) {
		problem_add(problems, name, "%s must contain no more than %lld elements", name,
			(long long)f->max);
		return (struct val){0};
	}
	assert(f->sub && n <= (size_t)f->max);
	struct params *items = arena_array(problems->arena, MAX(n, 1), sizeof *items);
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(o, i);
		const char *prefix = arena_printf(problems->arena, "%s.%zu.", name, i);
		params_init(&items[i], problems->arena);
		if (json_object_is_type(item, json_type_object))
			fields_read(reader, f->sub, item, prefix, &items[i]);
		else
			problem_add(problems,
				arena_dup(problems->arena, prefix, strlen(prefix) - 1),
				"%.*s must be an object", (int)strlen(prefix) - 1, prefix);
	}
	struct val v = {.type = VAL_LIST};
	v.items = items;
	v.count = n;
	return v;
}

/* Optional minus sign and fewer than 19 digits, which fit an int64_t. */
static bool looks_int(const char *s, size_t n)
{
	size_t digits = n && s[0] == '-' ? n - 1 : n;
	return digits && digits < 19 && strspn(s + (n - digits), "0123456789") >= digits;
}

/* A plus sign that was not percent-encoded in a query is read as a blank: before the offset of a
 * time it can only have been a plus sign. */
static void restore_plus(char *time, size_t n)
{
	for (size_t i = 16; i < n; i++)
		if (time[i] == ' ')
			time[i] = '+';
}

struct val field_read_text(
	const struct field *f, const char *text, size_t n, struct problems *problems)
{
	struct json_object *o = NULL;
	size_t characters;
	if (!utf8_valid(text, n, &characters)) {
		problem_add(problems, f->name, "%s must be valid UTF-8", f->name);
		return (struct val){0};
	}
	char *copy = arena_dup(problems->arena, text, n);
	if (f->type == FIELD_TIME)
		restore_plus(copy, n);
	if ((f->type == FIELD_INT || f->type == FIELD_MONEY) && looks_int(copy, n))
		o = json_tokener_parse(copy);
	else if (f->type == FIELD_BOOL && (strcmp(copy, "true") == 0 || strcmp(copy, "false") == 0))
		o = json_object_new_boolean(copy[0] == 't');
	else
		o = json_object_new_string_len(copy, (int)n);
	assert(f->type != FIELD_LIST && f->type != FIELD_OBJECT); /* have no form as text */
	struct val v = field_kind_of(f)->read(f, f->name, o, problems);
	json_object_put(o);
	return v;
}

/* The value of a field; *at is the hint of rows_next. */
static struct val next_value(
	const struct field *f, const struct rows *rows, size_t row, const char *prefix, size_t *at)
{
	char column[80];
	size_t n = strlen(prefix), len = strlen(f->name);
	if (f->compute)
		return f->compute(rows, row);
	if (n == 0)
		return rows_next(rows, row, f->name, at);
	if (n + len >= sizeof column)
		return (struct val){.type = VAL_NONE};
	memcpy(column, prefix, n);
	memcpy(column + n, f->name, len + 1);
	return rows_next(rows, row, column, at);
}

struct val field_value(
	const struct field *f, const struct rows *rows, size_t row, const char *prefix)
{
	size_t at = 0;
	return next_value(f, rows, row, prefix, &at);
}

const char *fields_currency(
	const struct field *fields, const struct rows *rows, size_t row, const char *prefix)
{
	for (const struct field *f = fields; f->name; f++)
		if (f->type == FIELD_CURRENCY && (f->flags & FIELD_OUT)) {
			struct val v = field_value(f, rows, row, prefix);
			return v.type == VAL_TEXT ? v.s : NULL;
		}
	return NULL;
}

/* Whether all columns of an object are null. */
static bool nothing_in(
	const struct field *fields, const struct rows *rows, size_t row, const char *prefix)
{
	for (const struct field *f = fields; f->name; f++)
		if (val_is_set(field_value(f, rows, row, prefix)))
			return false;
	return true;
}

static void print_object(struct json *j, const struct field *f, const struct rows *rows, size_t row,
	const char *prefix)
{
	char inner[80];
	snprintf(inner, sizeof inner, "%s%s.", prefix, f->name);
	if ((f->flags & FIELD_NULLABLE) && nothing_in(f->sub, rows, row, inner)) {
		write_null(j, f->name);
		return;
	}
	write_object(j, f->name);
	fields_print(j, f->sub, rows, row, inner);
	write_end_object(j);
}

void fields_print(struct json *j, const struct field *fields, const struct rows *rows, size_t row,
	const char *prefix)
{
	const char *currency = fields_currency(fields, rows, row, prefix);
	if (currency)
		write_currency(j, currency);
	size_t at = 0; /* hint for rows_next: fields and columns mostly have the same order */
	for (const struct field *f = fields; f->name; f++) {
		if (!(f->flags & FIELD_OUT) || (f->flags & FIELD_EMBEDDED))
			continue;
		if (f->type == FIELD_OBJECT) {
			print_object(j, f, rows, row, prefix);
			continue;
		}
		struct val v = next_value(f, rows, row, prefix, &at);
		if (val_is_set(v))
			field_kind_of(f)->print(j, f->name, v);
		else
			write_null(j, f->name);
	}
}

void field_schema(struct json *j, const char *name, const struct field *f, unsigned mode)
{
	write_object(j, name);
	field_kind_schema(j, f, mode);
	if (f->default_value && mode != FIELD_OUT && mode != FIELD_PATCH) {
		bool bare = f->type != FIELD_TEXT && f->type != FIELD_CHOICE &&
			f->type != FIELD_ZONE && f->type != FIELD_CURRENCY && f->type != FIELD_SLUG;
		if (bare)
			write_raw(j, "default", f->default_value, strlen(f->default_value));
		else
			write_text(j, "default", f->default_value);
	}
	if (f->doc)
		write_text(j, "description", f->doc);
	write_end_object(j);
}

void fields_schema(struct json *j, const char *name, const struct field *fields, unsigned mode)
{
	write_object(j, name);
	fields_schema_inside(j, fields, mode);
	write_end_object(j);
}

void fields_schema_inside(struct json *j, const struct field *fields, unsigned mode)
{
	write_text(j, "type", "object");
	write_object(j, "properties");
	for (const struct field *f = fields; f->name; f++)
		if (f->flags & mode)
			field_schema(j, f->name, f, mode);
	write_end_object(j);
	write_array(j, "required");
	for (const struct field *f = fields; f->name; f++)
		if ((f->flags & mode) &&
			((mode == FIELD_OUT &&
				 (f->flags & (FIELD_EMBEDDED | FIELD_ALWAYS)) != FIELD_EMBEDDED) ||
				(mode == FIELD_CREATE && (f->flags & FIELD_REQUIRED))))
			write_text(j, NULL, f->name);
	write_end_array(j);
}

/* Types that need a limit, because memory or a column's width depends on it. */
static bool is_bounded(const struct field *f)
{
	return f->type == FIELD_TEXT || f->type == FIELD_INT || f->type == FIELD_MONEY ||
		f->type == FIELD_URLS || f->type == FIELD_UUIDS || f->type == FIELD_LIST ||
		f->type == FIELD_CHOICES;
}

/* The mistake in one row of a table; NULL when it is valid. */
static const char *field_fault(const struct field *f)
{
	bool input = f->flags & (FIELD_CREATE | FIELD_PATCH | FIELD_QUERY);
	if (f->type <= FIELD_NONE || f->type >= FIELD_TYPES)
		return "has no type";
	if (!f->flags)
		return "has no flags";
	if (input && is_bounded(f) && f->max == 0)
		return "has no limit";
	if ((f->type == FIELD_CHOICE || f->type == FIELD_CHOICES) && !f->choices)
		return "has no choices";
	if ((f->type == FIELD_LIST || f->type == FIELD_OBJECT) && !f->sub)
		return "has no sub-table";
	if (f->compute && f->flags != FIELD_OUT)
		return "is computed and can be sent";
	return f->doc ? NULL : "has no doc";
}

const char *fields_fault(struct arena *a, const struct field *fields)
{
	for (const struct field *f = fields; f && f->name; f++) {
		const char *fault = field_fault(f);
		if (fault)
			return arena_printf(a, "field %s %s", f->name, fault);
		const char *inner = f->sub ? fields_fault(a, f->sub) : NULL;
		if (inner)
			return inner;
	}
	return NULL;
}
