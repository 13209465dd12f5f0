/* floor 1 · json: writing JSON straight into a buffer; reading it strictly. */
#ifndef TG_JSON_H
#define TG_JSON_H

#include "buf.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* Commas are the writer's business. Inside an object every value call needs a name, inside an array it must be NULL; at the top NULL. */
struct json {
	struct buf *out;
	bool comma; /* something stands before, at this level */
};

void json_start(struct json *j, struct buf *out);
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);
void json_end_object(struct json *j);
void json_end_array(struct json *j);
void json_text(struct json *j, const char *name, const char *s); /* NULL prints null */
void json_text_n(struct json *j, const char *name, const char *s, size_t n);
void json_int(struct json *j, const char *name, int64_t i);
void json_bool(struct json *j, const char *name, bool b);
void json_null(struct json *j, const char *name);
void json_time(struct json *j, const char *name, int64_t ms);
void json_money(struct json *j, const char *name, int64_t minor); /* 150000 prints 1500, 150050 prints 1500.50 */
void json_raw(struct json *j, const char *name, const char *json, size_t n); /* already JSON */

/* A quoted JSON string. Bytes must be valid UTF-8. */
void json_quote(struct buf *out, const char *s, size_t n);

/* Strict RFC 8259 (jsonstrict.h), then json-c. The caller ends it with json_object_put. NULL with a sentence in `why` when the text is not JSON. */
struct json_object *json_read(const char *p, size_t n, char *why, size_t why_size);

#endif
