/* field: tables of fields, from which requests are validated and responses and schemas are
 * written. */
#ifndef TG_SCHEMA_FIELD_H
#define TG_SCHEMA_FIELD_H

#include "common/schema/problems.h"
#include "common/text/json_writer.h"
#include "common/base/value.h"

enum field_type {
	FIELD_NONE = 0, /* no type: the program refuses to start */
	FIELD_TEXT, /* min, max: characters */
	FIELD_INT, /* min, max */
	FIELD_BOOL,
	/* whole currency units in JSON; read as VAL_MONEY, which money_store() turns into the
	 * stored amount of a currency; min, max in whole units */
	FIELD_MONEY,
	FIELD_DECIMAL, /* out only: the text of a DECIMAL column, printed as a number */
	FIELD_TIME,
	FIELD_UUID,
	FIELD_CHOICE, /* choices */
	/* array of one or more of choices, max: number of items; the value is comma-separated in
	 * the order of the choices, like a SET column */
	FIELD_CHOICES,
	FIELD_URL, /* http or https, max: bytes */
	FIELD_WEBHOOK, /* URL of a webhook endpoint: ASCII, no user info, no fragment */
	FIELD_EMAIL,
	FIELD_ZONE, /* IANA time zone */
	FIELD_CURRENCY, /* ISO 4217 */
	FIELD_SLUG, /* a-z 0-9 - , not the shape of a UUID; max: characters */
	FIELD_URLS, /* array of URLs, max: number of items; the value is JSON text */
	FIELD_UUIDS, /* array of distinct UUIDs, max: number of items; the value is JSON text */
	/* IP addresses and CIDR ranges: an array of strings, or one comma-separated string
	 * (common/schema/field_cidr.h) */
	FIELD_NETS,
	FIELD_WORDS, /* out only: comma-separated words, printed as an array of strings */
	FIELD_LIST, /* array of objects described by `sub`, max: number of items */
	/* one object described by `sub`, printed from columns named "name.member"; if nullable, it
	 * is null when all of them are null. Read as a list of one item */
	FIELD_OBJECT,
	FIELD_TYPES
};

enum field_flags {
	FIELD_REQUIRED = 1, /* on create */
	FIELD_CREATE = 2, /* may be sent when creating */
	FIELD_PATCH = 4, /* may be sent when changing */
	FIELD_OUT = 8, /* in responses */
	FIELD_NULLABLE = 16,
	FIELD_QUERY = 32, /* a query parameter */
	/* in responses, but written by the resource's own code, not from a column: nested rows */
	FIELD_EMBEDDED = 64,
	FIELD_ALWAYS = 128, /* of an EMBEDDED field: lists show it, too */
	FIELD_RW = FIELD_CREATE | FIELD_PATCH | FIELD_OUT,
};

/* One field. The name is the JSON member, the SQL parameter and the result alias at once. Tables
 * end with a NULL name. */
struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t min, max; /* limits; the unit depends on the type */
	const char *const *choices; /* ends with NULL */
	/* the default on create, as text: "PAID", "true", "[]"; NULL: null */
	const char *default_value;
	const struct field *sub; /* FIELD_LIST, and EMBEDDED objects */
	const char *doc; /* noun phrase, for the OpenAPI document; required */
	/* Out only: the value, from other columns of the row; NULL: the column of that name. Not in
	 * objects, whose columns have a prefix. */
	struct val (*compute)(const struct rows *rows, size_t row);
};

/* Names of unknown fields and query parameters, for the header Ignored-Fields. */
struct ignored {
	const char **list;
	size_t n, more; /* more: not in the list, which is full */
};
#define IGNORED_MAX 100
/* Appends a copy of a name, or counts it when the list is full. */
void ignored_add(struct ignored *ignored, struct arena *a, const char *prefix, const char *name);

/* Reads the fields with the flag `mode` (FIELD_CREATE or FIELD_PATCH) from `body` into `out`. On
 * create, absent fields get their default or null, and an absent required field is a problem; on
 * patch, absent fields stay absent. A list becomes a VAL_LIST. All problems are added, named
 * `prefix` + name ("tickets.0.price"). Values are in the arena of `problems` and do not refer to
 * `body`. */
struct field_reader {
	unsigned mode; /* FIELD_CREATE or FIELD_PATCH */
	struct problems *problems; /* its arena holds all values */
	struct ignored *ignored;
};
void fields_read(const struct field_reader *reader, const struct field *fields,
	struct json_object *body, const char *prefix, struct params *out);

/* Reads one value that was sent as text of n bytes (a query parameter), by the same rules. VAL_NONE
 * after adding a problem. */
struct val field_read_text(
	const struct field *f, const char *text, size_t n, struct problems *problems);

/* Writes the members of one row into an open object: the fields with FIELD_OUT, in the table's
 * order. The column of a field is `prefix` + name. FIELD_EMBEDDED fields are left to the caller.
 * Amounts are in the row's currency, or in that of the row around it. */
void fields_print(struct json *j, const struct field *fields, const struct rows *rows, size_t row,
	const char *prefix);

/* The code of the row's FIELD_CURRENCY; NULL when it has none. */
const char *fields_currency(
	const struct field *fields, const struct rows *rows, size_t row, const char *prefix);

/* The value of a field in a row; not for FIELD_EMBEDDED fields and objects. */
struct val field_value(
	const struct field *f, const struct rows *rows, size_t row, const char *prefix);

/* The field of that name; NULL when there is none. `fields` may be NULL. */
const struct field *field_find(const struct field *fields, const char *name);

/* Writes the JSON Schema (2020-12) of one field, or of the object of all fields with the flag
 * `mode`, as the member `name`; for --describe. */
void field_schema(struct json *j, const char *name, const struct field *f, unsigned mode);
void fields_schema(struct json *j, const char *name, const struct field *fields, unsigned mode);
/* The same members, written into an object that is already open. */
void fields_schema_inside(struct json *j, const struct field *fields, unsigned mode);

/* The first mistake in a table as text in the arena; NULL when the table is valid. Programs check
 * their tables at start. */
const char *fields_fault(struct arena *a, const struct field *fields);

#endif
