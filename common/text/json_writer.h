/* json_writer: writing JSON straight into a buffer; reading it strictly. */
#ifndef TG_TEXT_JSON_WRITER_H
#define TG_TEXT_JSON_WRITER_H

#include "common/base/buf.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* Commas are the writer's business. Inside an object every value call needs a name, inside an array
 * it must be NULL; at the top NULL. */
struct json {
	struct buf *out;
	bool comma; /* something stands before, at this level */
};

void write_start(struct json *j, struct buf *out);
void write_object(struct json *j, const char *name);
void write_array(struct json *j, const char *name);
void write_end_object(struct json *j);
void write_end_array(struct json *j);
void write_text(struct json *j, const char *name, const char *s); /* NULL prints null */
void write_text_n(struct json *j, const char *name, const char *s, size_t n);
void write_int(struct json *j, const char *name, int64_t i);
void write_bool(struct json *j, const char *name, bool b);
void write_null(struct json *j, const char *name);
void write_time(struct json *j, const char *name, int64_t ms);
/* 150000 prints 1500, 150050 prints 1500.50 */
void write_money(struct json *j, const char *name, int64_t minor);
void write_raw(struct json *j, const char *name, const char *json, size_t n); /* already JSON */

/* A quoted JSON string. Bytes must be valid UTF-8. */
void write_quote(struct buf *out, const char *s, size_t n);

/* Strict RFC 8259 (common/text/json_check.h), then json-c. The caller ends it with json_object_put.
 * NULL with a sentence in `why` when the text is not JSON. */
struct json_object *json_read(const char *p, size_t n, char *why, size_t why_size);

#endif
