/* fuzz_json: what json_check accepts, json-c accepts and can write so that it is
 * accepted again; what it refuses, it refuses at a place in the text. */
#include "common/text/json_check.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

/* json-c needs to see the NUL to end a bare number. */
static struct json_object *json_c_reads(const char *text, size_t size)
{
	struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH + 1);
	struct json_object *o;
	bool good;

	demand(t != NULL);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text, (int)size + 1);
	good = json_tokener_get_error(t) == json_tokener_success;
	json_tokener_free(t);
	demand(good);
	return o;
}

/* A number json-c had to make infinite comes out as a word. */
static bool has_infinity(const char *text)
{
	return strstr(text, "Infinity") != NULL;
}

static void check_accepted(const char *text, size_t size)
{
	struct json_object *o = json_c_reads(text, size);
	const char *written = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	struct json_fault fault;

	demand(utf8_valid(text, size, NULL));
	if (!has_infinity(written))
		demand(json_check(written, strlen(written), SIZE_MAX, &fault));
	json_object_put(o);
}

/* In an array it is as good or bad as alone, unless it is as deep as allowed or has nothing in it.
 */
static void check_wrapped(const char *text, size_t size, bool good, const struct json_fault *alone)
{
	char *wrapped = malloc(size + 2);
	struct json_fault fault = {.what = NULL};
	bool still;

	demand(wrapped != NULL);
	wrapped[0] = '[';
	memcpy(wrapped + 1, text, size);
	wrapped[size + 1] = ']';
	still = json_check(wrapped, size + 2, SIZE_MAX, &fault);
	if (good)
		demand(still || strcmp(fault.what, "nested too deeply") == 0);
	else if (strcmp(alone->what, "duplicate key") == 0 ||
		strcmp(alone->what, "lone surrogate in string") == 0)
		demand(!still);
	free(wrapped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_fault fault = {.what = NULL};
	size_t characters = 0;
	char *text;
	bool good = json_check((const char *)data, size, SIZE_MAX, &fault);

	demand(good == json_check((const char *)data, size, SIZE_MAX, NULL));
	if (utf8_valid((const char *)data, size, &characters))
		demand(characters <= size && characters * 4 >= size);
	if (!good) {
		demand(fault.what != NULL && fault.at <= size);
		check_wrapped((const char *)data, size, false, &fault);
		return 0;
	}
	text = malloc(size + 1);
	demand(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	check_accepted(text, size);
	check_wrapped(text, size, true, NULL);
	free(text);
	return 0;
}
