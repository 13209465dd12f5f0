/* field_cidr: the field type for a list of IP addresses and CIDR ranges. */
#ifndef TG_SCHEMA_FIELD_CIDR_H
#define TG_SCHEMA_FIELD_CIDR_H

#include "common/schema/field.h"

/* Reads an array of strings or one comma-separated string, as field_kind.read. The value is the
 * list of canonical ranges separated by commas, "" when it is empty. At most CIDR_MAX entries. */
struct val field_cidr_read(
	const struct field *f, const char *name, struct json_object *o, struct problems *problems);
/* Writes the schema: an array in responses, an array or a string in requests. */
void field_cidr_schema(struct json *j, const struct field *f, unsigned mode);

#endif
