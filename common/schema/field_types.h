/* field_types: how each type of field is read, printed and described. */
#ifndef TG_SCHEMA_FIELD_TYPES_H
#define TG_SCHEMA_FIELD_TYPES_H

#include "common/schema/field.h"

struct field_kind {
	/* `o` is not null. VAL_NONE after adding a problem. */
	struct val (*read)(const struct field *f, const char *name, struct json_object *o,
		struct problems *problems);
	/* `v` is set. */
	void (*print)(struct json *j, const char *name, struct val v);
	/* Members of an open schema object, where type, format and pattern are not enough; `mode`
	 * says for whom: FIELD_OUT, FIELD_CREATE, FIELD_PATCH or FIELD_QUERY. */
	void (*schema)(struct json *j, const struct field *f, unsigned mode);
	const char *json, *format, *pattern; /* JSON Schema's words */
};

const struct field_kind *field_kind_of(const struct field *f);
void field_kind_schema(struct json *j, const struct field *f, unsigned mode);

#endif
