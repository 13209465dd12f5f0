/* field_cidr: a list of addresses and ranges as a field. */
#ifndef TG_SCHEMA_FIELD_CIDR_H
#define TG_SCHEMA_FIELD_CIDR_H

#include "common/schema/field.h"

/* An array of texts, or one text with commas; inside: the canonical ranges with commas, "" for
 * none. */
struct val field_cidr_read(
	const struct field *f, const char *name, struct json_object *o, struct problems *problems);
void field_cidr_schema(struct json *j, const struct field *f, unsigned mode);

#endif
