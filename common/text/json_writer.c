/* json_writer: writes JSON into a buffer, and parses it strictly. */
#include "common/text/json_writer.h"

#include "common/base/hex.h"
#include "common/base/clock.h"
#include "common/text/currency.h"
#include "common/text/json_check.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void write_start(struct json *j, struct buf *out)
{
	j->out = out;
	j->comma = false;
	j->scale = 2;
}

/* Writes what precedes a value: the comma, and the name of a member. */
static void lead(struct json *j, const char *name)
{
	if (j->comma)
		buf_putc(j->out, ',');
	j->comma = true;
	if (name) {
		write_quote(j->out, name, strlen(name));
		buf_putc(j->out, ':');
	}
}

static void open_with(struct json *j, const char *name, char c)
{
	lead(j, name);
	buf_putc(j->out, c);
	j->comma = false;
}

static void close_with(struct json *j, char c)
{
	buf_putc(j->out, c);
	j->comma = true;
}

void write_object(struct json *j, const char *name)
{
	open_with(j, name, '{');
}

void write_array(struct json *j, const char *name)
{
	open_with(j, name, '[');
}

void write_end_object(struct json *j)
{
	close_with(j, '}');
}

void write_end_array(struct json *j)
{
	close_with(j, ']');
}

/* Escapes a character (RFC 8259, section 7), with a letter where there is one. DEL is escaped as
 * well: it is valid JSON but disturbs terminals. */
static void escape(struct buf *out, unsigned char c)
{
	static const char letters[128] = {['"'] = '"',
		['\\'] = '\\',
		['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't'};
	assert(c < sizeof letters);
	char text[7] = {'\\', letters[c]};
	size_t n = 2;
	if (!letters[c]) {
		memcpy(text + 1, "u00", 3);
		hex_print(&c, 1, text + 4);
		n = 6;
	}
	buf_put(out, text, n);
}

void write_quote(struct buf *out, const char *s, size_t n)
{
	buf_putc(out, '"');
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_put(out, s + from, i - from);
		escape(out, c);
		from = i + 1;
	}
	buf_put(out, s + from, n - from);
	buf_putc(out, '"');
}

void write_text_n(struct json *j, const char *name, const char *s, size_t n)
{
	lead(j, name);
	write_quote(j->out, s, n);
}

void write_hex(struct json *j, const char *name, const void *p, size_t n)
{
	const unsigned char *b = p;
	char digits[3];
	lead(j, name);
	buf_putc(j->out, '"');
	for (size_t i = 0; i < n; i++) {
		hex_print(b + i, 1, digits);
		buf_put(j->out, digits, 2);
	}
	buf_putc(j->out, '"');
}

void write_text(struct json *j, const char *name, const char *s)
{
	if (s)
		write_text_n(j, name, s, strlen(s));
	else
		write_null(j, name);
}

void write_raw(struct json *j, const char *name, const char *json, size_t n)
{
	lead(j, name);
	buf_put(j->out, json, n);
}

void write_int(struct json *j, const char *name, int64_t i)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%" PRId64, i);
	write_raw(j, name, text, (size_t)n);
}

void write_bool(struct json *j, const char *name, bool b)
{
	write_raw(j, name, b ? "true" : "false", b ? 4 : 5);
}

void write_null(struct json *j, const char *name)
{
	write_raw(j, name, "null", 4);
}

void write_time(struct json *j, const char *name, int64_t ms)
{
	char text[TIME_TEXT + 1];
	time_print(ms, text);
	write_text(j, name, text);
}

void write_decimal(struct json *j, const char *name, int64_t value, int decimals)
{
	char text[32];
	uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value,
		 unit = (uint64_t)power_of_ten(decimals);
	const char *sign = value < 0 ? "-" : "";
	int n = size % unit ? snprintf(text, sizeof text, "%s%" PRIu64 ".%0*" PRIu64, sign,
				      size / unit, decimals, size % unit)
			    : snprintf(text, sizeof text, "%s%" PRIu64, sign, size / unit);
	write_raw(j, name, text, (size_t)n);
}

void write_currency(struct json *j, const char *code)
{
	j->scale = currency_scale(code);
}

void write_money(struct json *j, const char *name, int64_t stored)
{
	write_decimal(j, name, stored, j->scale);
}

struct json_object *json_read(const char *p, size_t n, size_t values, char why[JSON_WHY])
{
	struct json_fault fault = {0};
	if (!json_check(p, n, values, &fault)) {
		if (fault.too_many)
			snprintf(why, JSON_WHY,
				"body must contain no more than %zu values and keys", values);
		else
			snprintf(why, JSON_WHY, "body is not valid JSON: %s at byte %zu",
				fault.what, fault.at);
		return NULL;
	}
	struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH + 1);
	if (!t) {
		snprintf(why, JSON_WHY, "body could not be parsed");
		return NULL;
	}
	/* bodies are far smaller than INT_MAX; with the NUL, a scalar document is recognized as
	 * ended */
	struct json_object *o = json_tokener_parse_ex(t, p, (int)n + 1);
	if (!o && json_tokener_get_error(t) != json_tokener_success)
		snprintf(why, JSON_WHY, "body is not valid JSON: %s",
			json_tokener_error_desc(json_tokener_get_error(t)));
	else if (!o)
		snprintf(why, JSON_WHY, "body must be an object");
	json_tokener_free(t);
	return o;
}
