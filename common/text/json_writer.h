/* json_writer: writes JSON into a buffer, and parses it strictly. */
#ifndef TG_TEXT_JSON_WRITER_H
#define TG_TEXT_JSON_WRITER_H

#include "common/text/json_check.h"
#include "common/base/buf.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* The writer adds the commas. Inside an object every value needs a name; inside an array and at the
 * top level the name must be NULL. Running out of room sets out->full. */
struct json {
	struct buf *out;
	bool comma; /* a value precedes at this level */
	int scale; /* decimals of stored amounts, see write_currency() */
};

void write_start(struct json *j, struct buf *out);
void write_object(struct json *j, const char *name);
void write_array(struct json *j, const char *name);
void write_end_object(struct json *j);
void write_end_array(struct json *j);
void write_text(struct json *j, const char *name, const char *s); /* NULL prints null */
void write_text_n(struct json *j, const char *name, const char *s, size_t n);
/* A string of 2 * n hexadecimal digits. */
void write_hex(struct json *j, const char *name, const void *p, size_t n);
void write_int(struct json *j, const char *name, int64_t i);
void write_bool(struct json *j, const char *name, bool b);
void write_null(struct json *j, const char *name);
void write_time(struct json *j, const char *name, int64_t ms); /* RFC 3339, UTC */
/* n * 10^-decimals, without decimals when they are zero: 150000 prints 1500, 150050 prints
 * 1500.50. */
void write_decimal(struct json *j, const char *name, int64_t n, int decimals);
/* Sets the currency of the amounts that follow, by its ISO 4217 code; PHP before the first call. */
void write_currency(struct json *j, const char *code);
/* A stored amount (common/text/currency.h) as a number of whole currency units. */
void write_money(struct json *j, const char *name, int64_t stored);
void write_raw(struct json *j, const char *name, const char *json,
	size_t n); /* n bytes that are JSON already */

/* Writes a quoted JSON string; the bytes must be valid UTF-8. */
void write_quote(struct buf *out, const char *s, size_t n);

/* Validates the text strictly (json_check.h), then parses it with json-c; p[n] must be NUL. The
 * caller frees the object with json_object_put(). NULL when it is not JSON, or has more than
 * `values` values, with a message in `why`, of JSON_WHY bytes. */
#define JSON_WHY 200
struct json_object *json_read(const char *p, size_t n, size_t values, char why[JSON_WHY]);

#endif
