/* test_json_check: the lines of json.txt, and what is too long for a line. */
#include "common/text/json_check.h"

#include "tests/unit/cases.h"

#include <sys/param.h>

/* Into `out`: "ok" or what@offset. */
static void verdict(const char *p, size_t n, char *out, size_t size)
{
	struct json_fault fault = {"no fault told", 0, false};

	if (json_check(p, n, SIZE_MAX, &fault))
		snprintf(out, size, "ok");
	else
		snprintf(out, size, "%s@%zu", fault.what, fault.at);
}

static void expect(const char *p, size_t n, const char *want)
{
	char got[128];

	verdict(p, n, got, sizeof got);
	assert_string_equal(got, want);
}

static void json_txt(void **state)
{
	struct cases c;

	(void)state;
	for (cases_open(&c, "json.txt"); cases_next(&c);) {
		char got[128];
		char *exact = malloc(MAX(c.length[1], 1));

		assert_non_null(exact);
		memcpy(exact, c.field[1], c.length[1]);
		verdict(exact, c.length[1], got, sizeof got);
		if (strcmp(got, c.field[0]) != 0)
			case_fail(&c, "%s gives %s, not %s", c.field[1], got, c.field[0]);
		assert_int_equal(
			json_check(exact, c.length[1], SIZE_MAX, NULL), strcmp(got, "ok") == 0);
		free(exact);
	}
}

/* `levels` times `open`, then `middle`, then `levels` times `close`. */
static void nested(
	size_t levels, const char *open, const char *middle, const char *close, const char *want)
{
	static char text[8192];

	text[0] = '\0';
	for (size_t i = 0; i < levels; i++)
		strcat(text, open);
	strcat(text, middle);
	for (size_t i = 0; i < levels; i++)
		strcat(text, close);
	expect(text, strlen(text), want);
}

static void depth(void **state)
{
	(void)state;
	nested(31, "[", "", "]", "ok");
	nested(32, "[", "", "]", "ok");
	nested(32, "[", "1", "]", "ok");
	nested(33, "[", "", "]", "nested too deeply@32");
	nested(31, "{\"a\":", "1", "}", "ok");
	nested(32, "{\"a\":", "1", "}", "ok");
	nested(33, "{\"a\":", "1", "}", "nested too deeply@160");
	nested(16, "[{\"a\":", "1", "}]", "ok");
	nested(17, "[{\"a\":", "1", "}]", "nested too deeply@96");
	nested(1000, "[", "", "]", "nested too deeply@32");
	/* Depth is what is open at once, not how many there are. */
	nested(1000, "", "[[[1],[2],[3]],{\"a\":[]},[[4]]]", "", "ok");
}

/* Scalars, containers and keys count alike; the fault is at the first value too many. */
static void values(void **state)
{
	static const char *const texts[] = {"[1,[],{\"a\":\"b\"}]", "6"};
	struct json_fault fault;

	(void)state;
	for (size_t most = 0; most < 6; most++) {
		assert_false(json_check(texts[0], strlen(texts[0]), most, &fault));
		assert_true(fault.too_many);
		assert_string_equal(fault.what, "too many values");
	}
	assert_int_equal(fault.at, 11);
	assert_true(json_check(texts[0], strlen(texts[0]), 6, &fault));
	assert_true(json_check(texts[1], strlen(texts[1]), 1, &fault));
	assert_false(json_check("[1", 2, 2, &fault));
	assert_false(fault.too_many);
}

#define MEGABYTE ((size_t)1 << 20)

static void long_string(void **state)
{
	char *text = malloc(MEGABYTE);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', MEGABYTE);
	text[0] = text[MEGABYTE - 1] = '"';
	expect(text, MEGABYTE, "ok");
	expect(text, MEGABYTE - 1, "unterminated string@1048575");
	/* Every place of a fault within the eight bytes looked at together. */
	for (size_t at = 1; at < 40; at++) {
		text[at] = 0x1f;
		assert_false(json_check(text, MEGABYTE, SIZE_MAX, NULL));
		text[at] = (char)0x80;
		assert_false(json_check(text, MEGABYTE, SIZE_MAX, NULL));
		text[at] = '"';
		assert_false(json_check(text, MEGABYTE, SIZE_MAX, NULL));
		text[at] = '\\';
		assert_false(json_check(text, MEGABYTE, SIZE_MAX, NULL));
		text[at] = 'x';
	}
	free(text);
}

/* An object of `count` keys k0, k1, …; key `second` is spelt like key `first` when first < second.
 * Returns the offset of key `second`. */
static size_t make_object(char *text, size_t *n, int count, int first, int second)
{
	size_t length = 0, at = 0;

	text[length++] = '{';
	for (int i = 0; i < count; i++) {
		if (i == second)
			at = length;
		length += (size_t)sprintf(text + length,
			i == second ? "\"\\u006b%d\":0," : "\"k%d\":0,", i == second ? first : i);
	}
	text[length - 1] = '}';
	*n = length;
	return at;
}

static void many_keys(void **state)
{
	static const int counts[] = {2, 12, 13, 63, 64, 65, 255, 256, 257, 1000, 60000};
	char *text = malloc(MEGABYTE), want[64];
	size_t n, at;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		make_object(text, &n, counts[i], -1, -1);
		expect(text, n, "ok");
		at = make_object(text, &n, counts[i], 0, counts[i] - 1);
		snprintf(want, sizeof want, "duplicate key@%zu", at);
		expect(text, n, want);
		at = make_object(text, &n, counts[i], counts[i] / 2 - 1, counts[i] / 2);
		snprintf(want, sizeof want, "duplicate key@%zu", at);
		expect(text, n, want);
	}
	free(text);
}

/* Many keys on every level at once: each object sees only its own. */
static void keys_of_open_objects(void **state)
{
	char *text = malloc(MEGABYTE);
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (int level = 0; level < JSON_DEPTH; level++) {
		text[n++] = '{';
		for (int i = 0; i < 30; i++)
			n += (size_t)sprintf(text + n, "\"k%d\":0,", i);
		n += (size_t)sprintf(text + n, "\"down\":");
	}
	text[n++] = '1';
	for (int level = 0; level < JSON_DEPTH; level++)
		n += (size_t)sprintf(text + n, ",\"up\":2}");
	expect(text, n, "ok");
	memcpy(text + n - 5, "k5", 2); /* "up" of the outermost object */
	assert_false(json_check(text, n, SIZE_MAX, NULL));
	free(text);
}

/* A prefix of a document is a document only when the rest was white space. */
static void every_prefix(void **state)
{
	static const char text[] =
		"{\"a\\u00e9\":[1.5e3,-0,true,false,null,\"\\ud83d\\ude00\xc3\xa9\"],\"b\":{}}";

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++) {
		char *exact = malloc(MAX(n, 1));

		assert_non_null(exact);
		memcpy(exact, text, n);
		assert_false(json_check(exact, n, SIZE_MAX, NULL));
		free(exact);
	}
	expect(text, sizeof text - 1, "ok");
}

/* Against the definition: a code point, written in the shortest way, and no surrogate. */
static void utf8_two_and_three(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 0x1000000; v += v < 0x20000 ? 1 : 61) {
		unsigned char b[3] = {
			(unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v};
		unsigned three = (b[0] & 0xfu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
		unsigned two = (b[1] & 0x1fu) << 6 | (b[2] & 0x3fu);
		int is_three = b[0] >> 4 == 14 && b[1] >> 6 == 2 && b[2] >> 6 == 2 &&
			three >= 0x800 && (three < 0xd800 || three > 0xdfff);
		int is_two = b[1] >> 5 == 6 && b[2] >> 6 == 2 && two >= 0x80;
		size_t count = 99;

		if (b[0] >= 0x80) {
			/* What starts with a two-byte character is the business of the next branch.
			 */
			if (b[0] >> 5 != 6)
				assert_int_equal(utf8_valid((char *)b, 3, &count), is_three);
		} else if (b[1] >= 0x80) {
			assert_int_equal(utf8_valid((char *)b + 1, 2, &count), is_two);
		}
		assert_true(count == 99 || count == 1);
	}
}

static void utf8_four(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x200000; c += 7) {
		char b[4] = {(char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
			(char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))};

		assert_int_equal(utf8_valid(b, 4, NULL), c >= 0x10000 && c <= 0x10ffff);
	}
}

static void utf8_counts(void **state)
{
	size_t count = 99;

	(void)state;
	assert_true(utf8_valid("", 0, &count));
	assert_int_equal(count, 0);
	assert_true(utf8_valid("a\xc3\xb1\xe2\x82\xb1\xf0\x9f\x8e\x9f", 10, &count));
	assert_int_equal(count, 4);
	assert_true(utf8_valid("a\0b", 3, &count));
	assert_int_equal(count, 3);
	assert_false(utf8_valid("a\xc3", 2, &count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_txt),
		cmocka_unit_test(depth),
		cmocka_unit_test(values),
		cmocka_unit_test(long_string),
		cmocka_unit_test(many_keys),
		cmocka_unit_test(keys_of_open_objects),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(utf8_two_and_three),
		cmocka_unit_test(utf8_four),
		cmocka_unit_test(utf8_counts),
	};

	return cmocka_run_group_tests_name("jsonstrict", tests, NULL, NULL);
}
