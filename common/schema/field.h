/* field: what a client may send and see, said once per field. */
#ifndef TG_SCHEMA_FIELD_H
#define TG_SCHEMA_FIELD_H

#include "common/schema/problems.h"
#include "common/text/json_writer.h"
#include "common/base/value.h"

enum field_type {
	FIELD_NONE = 0, /* a row without a type refuses to start */
	FIELD_TEXT, /* min, max: characters */
	FIELD_INT, /* min, max */
	FIELD_BOOL,
	/* whole currency units on the wire, minor units inside; min, max in minor units */
	FIELD_MONEY,
	FIELD_DECIMAL, /* out only: the text of a DECIMAL column, printed as a number */
	FIELD_TIME,
	FIELD_UUID,
	FIELD_CHOICE, /* choices */
	/* array of one or more of choices, max: how many; inside: comma-separated in the choices'
	   order, as a SET column has them */
	FIELD_CHOICES,
	FIELD_URL, /* http or https, max: bytes */
	FIELD_WEBHOOK, /* a URL to send notifications to: ASCII, no user info, no fragment */
	FIELD_EMAIL,
	FIELD_ZONE, /* IANA time zone */
	FIELD_CURRENCY, /* ISO 4217 */
	FIELD_SLUG, /* a-z 0-9 - , not the shape of a UUID; max: characters */
	FIELD_URLS, /* array of URL, max: how many; inside: JSON text */
	FIELD_UUIDS, /* array of different UUIDs, max: how many; inside: JSON text */
	/* addresses and ranges: an array of text, or one text with commas
	   (common/schema/field_cidr.h) */
	FIELD_NETS,
	FIELD_WORDS, /* out only: comma-separated words, printed as an array of text */
	FIELD_LIST, /* array of objects described by `sub`, max: how many */
	/* one object described by `sub`, from columns called "name.member"; nullable: null when all
	   of them are. Read as a list of one */
	FIELD_OBJECT,
	FIELD_TYPES
};

enum field_flags {
	FIELD_REQUIRED = 1, /* on create */
	FIELD_CREATE = 2, /* may be sent when creating */
	FIELD_PATCH = 4, /* may be sent when changing */
	FIELD_OUT = 8, /* shown */
	FIELD_NULLABLE = 16,
	FIELD_QUERY = 32, /* a query parameter */
	/* shown, but printed by the resource itself, not from a column (an array or object inside)
	 */
	FIELD_EMBEDDED = 64,
	FIELD_ALWAYS = 128, /* of an EMBEDDED one: lists show it, too */
	FIELD_RW = FIELD_CREATE | FIELD_PATCH | FIELD_OUT,
};

/* The name is the JSON member, the SQL parameter and the result alias at once. */
struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t min, max;
	const char *const *choices; /* ends with NULL */
	/* the default on create, as text: "PAID", "true", "[]"; NULL: null */
	const char *default_value;
	const struct field *sub; /* FIELD_LIST, and EMBEDDED objects */
	const char *doc;
};

/* Names that mean nothing here. */
struct ignored {
	const char **list;
	size_t n;
};

/* Reads the fields that carry `mode` (FIELD_CREATE or FIELD_PATCH) out of `body`. On create, absent
   fields get their default or null and required ones are missed; on patch, absent fields stay
   absent. A list becomes a VAL_LIST. All problems are added, named `prefix` + name
   ("tickets.0.price"). */
struct field_reader {
	unsigned mode; /* FIELD_CREATE or FIELD_PATCH */
	struct problems *problems; /* its arena holds all values */
	struct ignored *ignored;
};
void fields_read(const struct field_reader *reader, const struct field *fields,
	struct json_object *body, const char *prefix, struct params *out);

/* One value that arrived as text (a query parameter), by the same rules. */
struct val field_read_text(
	const struct field *f, const char *text, size_t n, struct problems *problems);

/* The members of one row, in the table's order: fields with FIELD_OUT. The column of a field is
 * `prefix` + name. EMBEDDED ones are left to the caller. */
void fields_print(struct json *j, const struct field *fields, const struct rows *rows, size_t row,
	const char *prefix);

/* What a row has for a field; not for EMBEDDED ones and objects. */
struct val field_value(
	const struct field *f, const struct rows *rows, size_t row, const char *prefix);

const struct field *field_find(const struct field *fields, const char *name);

/* JSON Schema (2020-12) of one field, or the object of all fields with `mode`; for --describe. */
void field_schema(struct json *j, const char *name, const struct field *f, unsigned mode);
void fields_schema(struct json *j, const char *name, const struct field *fields, unsigned mode);
/* the members of an open object */
void fields_schema_inside(struct json *j, const struct field *fields, unsigned mode);

/* The first mistake in a table, in the arena; NULL when it is sound. */
const char *fields_fault(struct arena *a, const struct field *fields);

#endif
