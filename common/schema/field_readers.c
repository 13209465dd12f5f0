/* field_readers: reads and validates the JSON value of each field type. */
#include "common/schema/field_readers.h"

#include "common/base/span.h"
#include "common/base/clock.h"
#include "common/net/url_guard.h"
#include "common/schema/money.h"
#include "common/text/currency.h"
#include "common/text/json_check.h"
#include "common/text/timezone.h"
#include "common/text/unicode.h"
#include "common/text/validate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct val none = {0}; /* VAL_NONE: a problem was added */

bool reader_string(
	const char *name, struct json_object *o, struct problems *p, const char **s, size_t *n)
{
	if (!json_object_is_type(o, json_type_string)) {
		problem_add(p, name, "%s must be a string", name);
		return false;
	}
	*n = (size_t)json_object_get_string_len(o);
	*s = arena_dup(p->arena, json_object_get_string(o), *n);
	if (memchr(*s, 0, *n)) {
		problem_add(p, name, "%s must not contain the character U+0000", name);
		return false;
	}
	return true;
}

struct val reader_text(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	const char *s;
	size_t n, characters = 0;
	if (!reader_string(name, o, p, &s, &n))
		return none;
	(void)utf8_valid(s, n, &characters); /* counts: json_read has checked the encoding */
	if (f->min > 0 && text_is_blank(s))
		problem_add(p, name, "%s should not be empty", name);
	else if ((int64_t)characters < f->min)
		problem_add(p, name, "%s must be longer than or equal to %lld characters", name,
			(long long)f->min);
	else if ((int64_t)characters > f->max)
		problem_add(p, name, "%s must be shorter than or equal to %lld characters", name,
			(long long)f->max);
	else
		return (struct val){.type = VAL_TEXT, .s = s, .n = n};
	return none;
}

/* Checks a number against the field's limits, of which one is `unit`. */
static bool within(
	const struct field *f, const char *name, int64_t i, int64_t unit, struct problems *p)
{
	if (i < f->min * unit)
		problem_add(p, name, "%s must not be less than %lld", name, (long long)f->min);
	else if (i > f->max * unit)
		problem_add(p, name, "%s must not be greater than %lld", name, (long long)f->max);
	else
		return true;
	return false;
}

static struct val integer(const struct field *f, const char *name, int64_t i, struct problems *p)
{
	if (within(f, name, i, 1, p))
		return val_int(i);
	return none;
}

struct val reader_int(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	if (json_object_is_type(o, json_type_int))
		return integer(f, name, json_object_get_int64(o), p);
	double d = json_object_is_type(o, json_type_double) ? json_object_get_double(o) : 0.5;
	if (d == floor(d) && fabs(d) < 9e15) /* 1e3 and 5.0 are integers in JSON, too */
		return integer(f, name, (int64_t)d, p);
	if (d == floor(d))
		return integer(f, name, d < 0 ? INT64_MIN : INT64_MAX, p);
	problem_add(p, name, "%s must be an integer number", name);
	return none;
}

struct val reader_bool(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	(void)f;
	if (json_object_is_type(o, json_type_boolean))
		return val_bool(json_object_get_boolean(o));
	problem_add(p, name, "%s must be a boolean value", name);
	return none;
}

struct val reader_money(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	struct val v = {.type = VAL_MONEY};
	if (!json_object_is_type(o, json_type_int) && !json_object_is_type(o, json_type_double)) {
		problem_add(p, name, "%s must be a number", name);
		return none;
	}
	/* json-c keeps the text of a double as it was written, and prints integers exactly */
	if (validate_decimal(json_object_to_json_string(o), MONEY_DECIMALS, &v.i))
		return within(f, name, v.i, power_of_ten(MONEY_DECIMALS), p) ? v : none;
	double d = json_object_get_double(o);
	int64_t whole = d < (double)f->min ? INT64_MIN : 0;
	if (d > (double)f->max)
		whole = INT64_MAX;
	if (within(f, name, whole ? whole : f->min, 1, p))
		problem_add(p, name, "%s must have %s", name, money_decimals_text(MONEY_DECIMALS));
	return none;
}

struct val reader_time(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	(void)f;
	int64_t t;
	if (json_object_is_type(o, json_type_string) &&
		time_parse(json_object_get_string(o), (size_t)json_object_get_string_len(o), &t))
		return val_time(t);
	problem_add(p, name, "%s must be a valid ISO 8601 date string", name);
	return none;
}

struct val reader_uuid(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	(void)f;
	struct uuid u;
	if (json_object_is_type(o, json_type_string) &&
		uuid_parse(json_object_get_string(o), (size_t)json_object_get_string_len(o), &u))
		return val_uuid(u);
	problem_add(p, name, "%s must be a UUID", name);
	return none;
}

/* The value is the choice's own constant, not the text that was sent. */
struct val reader_choice(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	const char *s = json_object_is_type(o, json_type_string) ? json_object_get_string(o) : "";
	char *all = arena_strdup(p->arena, "");
	for (const char *const *c = f->choices; *c; c++) {
		if (strcmp(s, *c) == 0 && strlen(*c) == (size_t)json_object_get_string_len(o))
			return val_text(*c);
		all = arena_list(p->arena, all, ", ", *c);
	}
	problem_add(p, name, "%s must be one of the following values: %s", name, all);
	return none;
}

struct val reader_url(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	const char *s;
	size_t n;
	/* max of an array is its number of items */
	int64_t max = f->type == FIELD_URLS || !f->max ? 2048 : f->max;
	if (!reader_string(name, o, p, &s, &n))
		return none;
	const char *wrong = url_encoding_fault(p->arena, s);
	if (wrong)
		; /* says how to write the character */
	else if (f->type == FIELD_WEBHOOK)
		wrong = url_guard_parse(s, n, NULL);
	else if (!validate_url(s, n))
		wrong = "must be a URL address (http or https)";
	if ((int64_t)n > max)
		problem_add(p, name, "%s must be shorter than or equal to %lld characters", name,
			(long long)max);
	else if (wrong)
		problem_add(p, name, "%s %s", name, wrong);
	else
		return (struct val){.type = VAL_TEXT, .s = s, .n = n};
	return none;
}

/* The number of items of an array; -1 after adding a problem: no array, or longer than max. */
static long take_array(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	if (!json_object_is_type(o, json_type_array)) {
		problem_add(p, name, "%s must be an array", name);
		return -1;
	}
	size_t n = json_object_array_length(o);
	if ((int64_t)n <= f->max)
		return (long)n;
	problem_add(p, name, "%s must contain no more than %lld elements", name, (long long)f->max);
	return -1;
}

typedef struct val read_item(
	const struct field *f, const char *name, struct json_object *o, struct problems *p);

/* Reads every item by the same function, to collect all problems; the value is the array as JSON
 * text. */
static struct val read_items(const struct field *f, const char *name, struct json_object *o,
	struct problems *p, read_item *read)
{
	size_t before = p->n + p->more;
	long n = take_array(f, name, o, p);
	if (n < 0)
		return none;
	for (long i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(o, (size_t)i);
		const char *inner = arena_printf(p->arena, "%s.%ld", name, i);
		if (item)
			(void)read(f, inner, item, p);
		else
			problem_add(p, inner, "%s should not be empty", inner);
	}
	if (p->n + p->more > before)
		return none;
	return val_text(arena_strdup(p->arena,
		json_object_to_json_string_ext(
			o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
}

struct val reader_urls(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	return read_items(f, name, o, p, reader_url);
}

/* The value is in lower case, as all ids are, without duplicates. */
struct val reader_uuids(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	char *list = arena_strdup(p->arena, ""), text[UUID_TEXT + 1];
	if (read_items(f, name, o, p, reader_uuid).type == VAL_NONE)
		return none;
	for (size_t i = 0; i < json_object_array_length(o); i++) {
		struct val v = reader_uuid(f, name, json_object_array_get_idx(o, i), p);
		uuid_print(&v.id, text);
		if (!strstr(list, text))
			list = arena_list(
				p->arena, list, ",", arena_printf(p->arena, "\"%s\"", text));
	}
	return val_text(arena_printf(p->arena, "[%s]", list));
}

/* The value has each choice once, in the order of the table, whatever was sent. */
struct val reader_choices(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	char *list = arena_strdup(p->arena, "");
	struct val sent = read_items(f, name, o, p, reader_choice);
	for (const char *const *c = f->choices; *c && sent.type == VAL_TEXT; c++)
		if (strstr(sent.s, arena_printf(p->arena, "\"%s\"", *c)))
			list = arena_list(p->arena, list, ",", *c);
	if (!*list && sent.type == VAL_TEXT)
		problem_add(p, name, "%s should not be empty", name);
	if (*list)
		return val_text(list);
	return none;
}

/* The text, or the problem that it is not `what`. */
static struct val accept_text(
	struct span text, bool fits, const char *name, const char *what, struct problems *p)
{
	if (fits)
		return (struct val){.type = VAL_TEXT, .s = text.p, .n = text.n};
	problem_add(p, name, "%s must be %s", name, what);
	return none;
}

struct val reader_email(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	(void)f;
	const char *s;
	size_t n;
	if (!reader_string(name, o, p, &s, &n))
		return none;
	const char *fault = email_fault(p->arena, s, n);
	if (!fault)
		return (struct val){.type = VAL_TEXT, .s = s, .n = n};
	problem_add(p, name, "%s %s", name, fault);
	return none;
}

struct val reader_zone(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	(void)f;
	const char *s;
	size_t n;
	if (!reader_string(name, o, p, &s, &n))
		return none;
	return accept_text((struct span){s, n}, timezone_exists(s), name,
		"an IANA time zone such as Asia/Manila", p);
}

struct val reader_currency(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	(void)f;
	const char *s;
	size_t n;
	if (!reader_string(name, o, p, &s, &n))
		return none;
	return accept_text((struct span){s, n}, currency_find(s) != NULL, name,
		"an ISO 4217 currency code such as PHP", p);
}

struct val reader_slug(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	const char *s;
	size_t n;
	int64_t max = f->max ? f->max : 120;
	if (!reader_string(name, o, p, &s, &n))
		return none;
	if (n == 0)
		problem_add(p, name, "%s should not be empty", name);
	else if ((int64_t)n > max)
		problem_add(p, name, "%s must be shorter than or equal to %lld characters", name,
			(long long)max);
	else if (!validate_slug(s, n))
		problem_add(p, name,
			"%s must contain only a-z, 0-9 and -, at least one letter or digit, and "
			"must not look like a UUID",
			name);
	else
		return (struct val){.type = VAL_TEXT, .s = s, .n = n};
	return none;
}

/* For types that only appear in responses. */
struct val reader_nothing(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	(void)f, (void)o;
	problem_add(p, name, "%s is read-only", name);
	return none;
}
