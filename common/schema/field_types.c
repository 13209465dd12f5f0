/* field_types: prints and describes the values of each field type. */
#include "common/schema/field_types.h"

#include "common/base/clock.h"
#include "common/schema/field_cidr.h"
#include "common/schema/field_readers.h"
#include "common/text/json_check.h"
#include "common/text/currency.h"
#include "common/text/timezone.h"
#include "common/text/validate.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_text(struct json *j, const char *name, struct val v)
{
	write_text_n(j, name, v.s, v.n);
}

static void print_int(struct json *j, const char *name, struct val v)
{
	write_int(j, name, v.i);
}

static void print_bool(struct json *j, const char *name, struct val v)
{
	write_bool(j, name, v.i != 0);
}

static void print_money(struct json *j, const char *name, struct val v)
{
	write_money(j, name, v.i);
}

static void print_time(struct json *j, const char *name, struct val v)
{
	write_time(j, name, v.i);
}

static void print_uuid(struct json *j, const char *name, struct val v)
{
	char text[UUID_TEXT + 1];
	uuid_print(&v.id, text);
	write_text_n(j, name, text, UUID_TEXT);
}

/* The value is JSON text already. */
static void print_raw(struct json *j, const char *name, struct val v)
{
	write_raw(j, name, v.s, v.n);
}

/* Prints DECIMAL text without trailing zeros: "14.794000" as 14.794. */
static void print_decimal(struct json *j, const char *name, struct val v)
{
	size_t n = v.n;
	if (memchr(v.s, '.', n)) {
		while (v.s[n - 1] == '0')
			n--;
		if (v.s[n - 1] == '.')
			n--;
	}
	write_raw(j, name, v.s, n);
}

static void print_words(struct json *j, const char *name, struct val v)
{
	write_array(j, name);
	for (const char *s = v.s; *s;) {
		size_t n = strcspn(s, ",");
		write_text_n(j, NULL, s, n);
		s += n + (s[n] == ',');
	}
	write_end_array(j);
}

/* Writes "type", with "null" added for nullable fields (JSON Schema 2020-12). */
static void schema_type(struct json *j, const struct field *f, const char *type)
{
	if (f->flags & FIELD_NULLABLE) {
		write_array(j, "type");
		write_text(j, NULL, type);
		write_text(j, NULL, "null");
		write_end_array(j);
	} else {
		write_text(j, "type", type);
	}
}

static void schema_choice(struct json *j, const struct field *f, unsigned mode)
{
	(void)mode;
	schema_type(j, f, "string");
	write_array(j, "enum");
	for (const char *const *c = f->choices; *c; c++)
		write_text(j, NULL, *c);
	if (f->flags & FIELD_NULLABLE)
		write_null(j, NULL);
	write_end_array(j);
}

static void schema_choices(struct json *j, const struct field *f, unsigned mode)
{
	struct field one = {.choices = f->choices};
	write_text(j, "type", "array");
	write_int(j, "minItems", 1);
	write_int(j, "maxItems", f->max);
	write_object(j, "items");
	schema_choice(j, &one, mode);
	write_end_object(j);
}

/* `mode` applies to the items, too: responses list the shown members, requests the accepted
 * ones. */
static void schema_list(struct json *j, const struct field *f, unsigned mode)
{
	write_text(j, "type", "array");
	if (f->max)
		write_int(j, "maxItems", f->max);
	fields_schema(j, "items", f->sub, mode);
}

static void schema_object(struct json *j, const struct field *f, unsigned mode)
{
	if (!(f->flags & FIELD_NULLABLE)) {
		fields_schema_inside(j, f->sub, mode);
		return;
	}
	write_array(j, "anyOf");
	fields_schema(j, NULL, f->sub, mode);
	write_object(j, NULL);
	write_text(j, "type", "null");
	write_end_object(j);
	write_end_array(j);
}

/* Indexed by enum field_type. Money has no multipleOf of 0.01, because JSON Schema validators
 * compute it in binary floating point; the description says it instead. */
static const struct field_kind kinds[FIELD_TYPES] = {
	[FIELD_TEXT] = {reader_text, print_text, .json = "string"},
	[FIELD_INT] = {reader_int, print_int, .json = "integer"},
	[FIELD_BOOL] = {reader_bool, print_bool, .json = "boolean"},
	[FIELD_MONEY] = {reader_money, print_money, .json = "number"},
	[FIELD_DECIMAL] = {reader_nothing, print_decimal, .json = "number"},
	[FIELD_TIME] = {reader_time, print_time, .json = "string", .format = "date-time"},
	[FIELD_UUID] = {reader_uuid, print_uuid, .json = "string", .format = "uuid"},
	[FIELD_CHOICE] = {reader_choice, print_text, schema_choice, .json = NULL},
	[FIELD_CHOICES] = {reader_choices, print_words, schema_choices, .json = NULL},
	[FIELD_URL] = {reader_url, print_text, .json = "string", .format = "uri"},
	[FIELD_WEBHOOK] = {reader_url, print_text, .json = "string", .format = "uri"},
	[FIELD_EMAIL] = {reader_email, print_text, .json = "string", .format = "email"},
	[FIELD_ZONE] = {reader_zone, print_text, .json = "string"},
	[FIELD_CURRENCY] = {reader_currency, print_text, .json = "string", .pattern = "^[A-Z]{3}$"},
	[FIELD_SLUG] = {reader_slug, print_text, .json = "string", .pattern = "^[a-z0-9-]+$"},
	[FIELD_URLS] = {reader_urls, print_raw, .json = "array", .format = "uri"},
	[FIELD_UUIDS] = {reader_uuids, print_raw, .json = "array", .format = "uuid"},
	[FIELD_WORDS] = {reader_nothing, print_words, .json = "array"},
	[FIELD_NETS] = {field_cidr_read, print_words, field_cidr_schema, .json = NULL},
	[FIELD_LIST] = {reader_nothing, print_raw, schema_list, .json = NULL},
	[FIELD_OBJECT] = {reader_nothing, print_raw, schema_object, .json = NULL},
};

/* The schema of an array of strings; the field's max limits the number of items. */
static void schema_array(struct json *j, const struct field *f, const struct field_kind *k)
{
	if (f->max)
		write_int(j, "maxItems", f->max);
	write_object(j, "items");
	write_text(j, "type", "string");
	if (k->format)
		write_text(j, "format", k->format);
	write_end_object(j);
}

static void schema_limits(struct json *j, const struct field *f)
{
	switch (f->type) {
	case FIELD_INT:
	case FIELD_MONEY:
		write_int(j, "minimum", f->min);
		write_int(j, "maximum", f->max);
		break;
	default:
		if (f->min)
			write_int(j, "minLength", f->min);
		write_int(j, "maxLength", f->max);
	}
}

void field_kind_schema(struct json *j, const struct field *f, unsigned mode)
{
	const struct field_kind *k = field_kind_of(f);
	if (k->schema) {
		k->schema(j, f, mode);
		return;
	}
	schema_type(j, f, k->json);
	if (strcmp(k->json, "array") == 0) {
		schema_array(j, f, k);
		return;
	}
	if (k->format)
		write_text(j, "format", k->format);
	if (k->pattern)
		write_text(j, "pattern", k->pattern);
	if (f->max)
		schema_limits(j, f);
}

const struct field_kind *field_kind_of(const struct field *f)
{
	assert(f->type > FIELD_NONE && f->type < FIELD_TYPES);
	return &kinds[f->type];
}
