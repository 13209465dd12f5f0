/* field_readers: reads and validates the JSON value of each field type. */
#ifndef TG_SCHEMA_FIELD_READERS_H
#define TG_SCHEMA_FIELD_READERS_H

#include "common/schema/field.h"

/* field_kind.read of each type; `name` is the path of the field, for messages. */
typedef struct val field_read(
	const struct field *f, const char *name, struct json_object *o, struct problems *p);
field_read reader_bool, reader_choice, reader_choices, reader_currency, reader_email, reader_int,
	reader_money, reader_nothing, reader_slug, reader_text, reader_time, reader_url,
	reader_urls, reader_uuid, reader_uuids, reader_zone;

/* Copies a JSON string into the arena; false after adding a problem. U+0000 is rejected, because
 * later code handles texts as C strings. */
bool reader_string(
	const char *name, struct json_object *o, struct problems *p, const char **s, size_t *n);

#endif
