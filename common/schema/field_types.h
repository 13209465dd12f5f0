/* field_types: how each type of field is read, printed and described. */
#ifndef TG_SCHEMA_FIELD_TYPES_H
#define TG_SCHEMA_FIELD_TYPES_H

#include "common/schema/field.h"

/* What one field type does. A function may be NULL where the type cannot be read or printed
 * alone. */
struct field_kind {
	/* Validates and converts a JSON value that is not null. `name` is the full path, for
	 * messages. VAL_NONE after adding a problem. Texts are in the arena of `problems`. */
	struct val (*read)(const struct field *f, const char *name, struct json_object *o,
		struct problems *problems);
	/* Writes a value that is set (neither absent nor null) as the member `name`. */
	void (*print)(struct json *j, const char *name, struct val v);
	/* Writes members of an open JSON Schema object, where type, format and pattern are not
	 * enough; NULL otherwise. `mode` is FIELD_OUT, FIELD_CREATE, FIELD_PATCH or FIELD_QUERY. */
	void (*schema)(struct json *j, const struct field *f, unsigned mode);
	const char *json, *format, *pattern; /* keywords of JSON Schema */
};

/* The kind of a field's type; never NULL for a field that passed fields_fault. */
const struct field_kind *field_kind_of(const struct field *f);
/* Writes the JSON Schema members of a field's type into an open object. */
void field_kind_schema(struct json *j, const struct field *f, unsigned mode);

#endif
