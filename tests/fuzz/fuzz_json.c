/* fuzz_json: what json_check accepts, json-c accepts and can write so that it is
 * accepted again; what it refuses, it refuses at a place in the text. */
#include "tests/fuzz/fuzz.h"

#include "common/text/json_check.h"
#include "common/text/json_writer.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A number json-c had to make infinite comes out as a word. */
static bool has_infinity(const char *text)
{
	return strstr(text, "Infinity") != NULL;
}

static void check_accepted(const char *text, size_t size)
{
	char why[JSON_WHY] = "";
	struct json_object *o = json_read(text, size, JSON_VALUES_MAX, why);
	demand(o || strcmp(why, "body must be an object") == 0); /* the value null */
	const char *written = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	struct json_fault fault;

	demand(utf8_valid(text, size, NULL));
	if (!has_infinity(written))
		demand(json_check(written, strlen(written), JSON_VALUES_MAX, &fault));
	json_object_put(o);
}

/* In an array it is as good or bad as alone, unless it is as deep or as long as allowed or has
 * nothing in it. */
static void check_wrapped(const char *text, size_t size, bool good, const struct json_fault *alone)
{
	char *wrapped = malloc(size + 2);
	struct json_fault fault = {.what = NULL};
	bool still;

	demand(wrapped != NULL);
	wrapped[0] = '[';
	memcpy(wrapped + 1, text, size);
	wrapped[size + 1] = ']';
	still = json_check(wrapped, size + 2, JSON_VALUES_MAX, &fault);
	if (good)
		demand(still || fault.too_many || strcmp(fault.what, "nested too deeply") == 0);
	else if (strcmp(alone->what, "duplicate key") == 0 ||
		strcmp(alone->what, "lone surrogate in string") == 0)
		demand(!still);
	free(wrapped);
}

static void check_text(const char *data, size_t size)
{
	struct json_fault fault = {.what = NULL};
	size_t characters = 0;
	char *text;
	bool good = json_check(data, size, JSON_VALUES_MAX, &fault);

	demand(good == json_check(data, size, JSON_VALUES_MAX, NULL));
	if (utf8_valid(data, size, &characters))
		demand(characters <= size && characters * 4 >= size);
	if (!good) {
		demand(fault.what != NULL && fault.at <= size);
		check_wrapped(data, size, false, &fault);
		return;
	}
	text = malloc(size + 1);
	demand(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	check_accepted(text, size);
	check_wrapped(text, size, true, NULL);
	free(text);
}

/* An array of `count` times the text, as a hostile body has it: what json-c takes for it is bounded
 * by the number of values. It takes up to 800 bytes for the three of "{},". */
static void check_repeated(const char *text, size_t size, size_t count)
{
	size_t n = count * (size + 1) + 1;
	char *many = malloc(n + 1), why[JSON_WHY];

	demand(many != NULL);
	for (size_t i = 0; i < count; i++) {
		many[i * (size + 1)] = ',';
		memcpy(many + i * (size + 1) + 1, text, size);
	}
	many[0] = '[';
	many[n - 1] = ']';
	many[n] = '\0';
	memory_begin();
	json_object_put(json_read(many, n, JSON_VALUES_MAX, why));
	memory_end(((size_t)1 << 18) + JSON_VALUES_MAX * 850, (size_t)1 << 16);
	free(many);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool tried[65536]; /* texts of two bytes: each is repeated once, which takes long */

	memory_begin();
	check_text((const char *)data, size);
	memory_end(((size_t)1 << 18) + size * 300, (size_t)1 << 16);
	if (size == 2 && !tried[data[0] << 8 | data[1]]) {
		tried[data[0] << 8 | data[1]] = true;
		check_repeated((const char *)data, size, JSON_VALUES_MAX - 1);
		check_repeated((const char *)data, size, ((size_t)1 << 20) / (size + 1));
	}
	return 0;
}
