/* test_json_writer: what is written can be read, byte for byte. */
#include "common/text/json_writer.h"

#include "common/text/json_check.h"
#include "tests/unit/cases.h"

static void shapes(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 4096);
	write_start(&j, &b);
	write_object(&j, NULL);
	write_object(&j, "empty");
	write_end_object(&j);
	write_array(&j, "list");
	write_int(&j, NULL, INT64_MIN);
	write_array(&j, NULL);
	write_end_array(&j);
	write_bool(&j, NULL, false);
	write_null(&j, NULL);
	write_end_array(&j);
	write_text(&j, "text", "a\"b\\c\n\t\x01/\xe2\x80\xa8");
	write_text(&j, "none", NULL);
	write_text_n(&j, "part", "abc", 2);
	write_time(&j, "at", INT64_C(1893456000005));
	write_raw(&j, "raw", "[1]", 3);
	write_end_object(&j);
	assert_string_equal(b.p,
		"{\"empty\":{},\"list\":[-9223372036854775808,[],false,null],\"text\":"
		"\"a\\\"b\\\\c\\n\\t\\u0001/\xe2\x80\xa8\",\"none\":null,\"part\":\"ab\","
		"\"at\":\"2030-01-01T00:00:00.005Z\",\"raw\":[1]}");
	assert_true(json_check(b.p, b.n, SIZE_MAX, &(struct json_fault){0}));
	buf_free(&b);
}

static void money(void **state)
{
	static const struct {
		const char *currency;
		int64_t stored;
		const char *text;
	} rows[] = {{"PHP", 0, "0"}, {"PHP", 1, "0.01"}, {"PHP", 10, "0.10"}, {"PHP", 100, "1"},
		{"PHP", 150000, "1500"}, {"PHP", 150050, "1500.50"}, {"PHP", -5, "-0.05"},
		{"PHP", -150, "-1.50"}, {"PHP", INT64_C(1000000000000), "10000000000"},
		{"JPY", 105000, "1050"}, {"JPY", 10050, "100.50"}, {"KWD", 1005, "1.005"},
		{"KWD", 2000, "2"}, {"KWD", -1, "-0.001"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b;
		struct json j;

		buf_init(&b, 100);
		write_start(&j, &b);
		write_currency(&j, rows[i].currency);
		write_money(&j, NULL, rows[i].stored);
		assert_string_equal(b.p, rows[i].text);
		buf_free(&b);
	}
}

/* Every single byte and every code point's border survives writing and reading. */
static void strings(void **state)
{
	static const char *const texts[] = {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
		"</script>"};
	char why[JSON_WHY], one[2] = "";

	(void)state;
	for (int i = 1; i < 128 + 10; i++) {
		const char *s = i < 128 ? (one[0] = (char)i, one) : texts[i - 128];
		struct buf b;
		struct json_object *o;

		buf_init(&b, 100);
		write_quote(&b, s, strlen(s));
		o = json_read(b.p, b.n, JSON_VALUES_MAX, why);
		assert_non_null(o);
		assert_string_equal(json_object_get_string(o), s);
		json_object_put(o);
		buf_free(&b);
	}
	assert_null(json_read("{\"a\":1,}", 8, JSON_VALUES_MAX, why));
	assert_true(strlen(why) > 5);
}

static void full(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 20);
	write_start(&j, &b);
	write_array(&j, NULL);
	for (int i = 0; i < 100; i++)
		write_text(&j, NULL, "abc");
	assert_true(b.full && b.n <= 20);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(shapes), cmocka_unit_test(money),
		cmocka_unit_test(strings), cmocka_unit_test(full)};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
