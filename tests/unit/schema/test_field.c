/* test_field: the lines of field.txt; defaults; printing; faults in tables. */
#include "common/schema/field.h"
#include "common/schema/field_cidr.h"
#include "common/schema/field_readers.h"
#include "common/schema/money.h"

#include "tests/unit/cases.h"

static const char *const kinds[] = {"A", "B", NULL};
static const struct field item_fields[] = {
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 10, .doc = "x"}, {0}};
static const struct field fields[] = {
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 10, .doc = "x"},
	{"note", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 5, .doc = "x"},
	{"n", FIELD_INT, FIELD_RW, 1, 9, .default_value = "3", .doc = "x"},
	{"price", FIELD_MONEY, FIELD_RW | FIELD_NULLABLE, 0, 100, .doc = "x"},
	{"on", FIELD_BOOL, FIELD_RW, .default_value = "true", .doc = "x"},
	{"at", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .doc = "x"},
	{"id", FIELD_UUID, FIELD_RW | FIELD_NULLABLE, .doc = "x"},
	{"kind", FIELD_CHOICE, FIELD_RW, .choices = kinds, .default_value = "A", .doc = "x"},
	{"url", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 100, .doc = "x"},
	{"zone", FIELD_ZONE, FIELD_RW, .default_value = "Asia/Manila", .doc = "x"},
	{"slug", FIELD_SLUG, FIELD_RW | FIELD_NULLABLE, .max = 120, .doc = "x"},
	{"tags", FIELD_CHOICES, FIELD_PATCH | FIELD_OUT, .max = 3, .choices = kinds, .doc = "x"},
	{"items", FIELD_LIST, FIELD_CREATE | FIELD_OUT | FIELD_EMBEDDED, .max = 2,
		.default_value = "[]", .sub = item_fields, .doc = "x"},
	{0},
};

struct reading {
	struct params params;
	struct problems problems;
	struct ignored ignored;
};

static void read_body(
	struct reading *out, struct arena *a, const char *mode, const char *s, size_t n)
{
	char why[JSON_WHY];
	struct json_object *body = json_read(s, n, JSON_VALUES_MAX, why);

	if (!body)
		fail_msg("%s: %s", s, why);
	*out = (struct reading){.problems = {.arena = a}};
	params_init(&out->params, a);
	const struct field_reader reader = {
		strcmp(mode, "create") == 0 ? FIELD_CREATE : FIELD_PATCH, &out->problems,
		&out->ignored};
	fields_read(&reader, fields, body, "", &out->params);
	json_object_put(body);
}

static const char *verdict(struct arena *a, const struct reading *r)
{
	char *out = arena_strdup(a, "");

	for (size_t i = 0; i < r->problems.n; i++)
		out = arena_list(a, out, " | ", r->problems.list[i].message);
	for (size_t i = 0; i < r->ignored.n; i++)
		out = arena_printf(a, "%s~%s", out, r->ignored.list[i]);
	return text_or(text_filled(out), "ok");
}

static void lines(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct cases c;

	(void)state;
	for (cases_open(&c, "field.txt"); cases_next(&c); arena_reset(a)) {
		struct reading r;
		const char *got;
		const char *text = c.field[2];

		read_body(&r, a, c.field[1], text, strlen(text));
		got = verdict(a, &r);
		if (strcmp(got, c.field[0]) != 0)
			case_fail(&c, "%s gives \"%s\", not \"%s\"", text, got, c.field[0]);
		for (size_t i = 0; i < r.problems.n; i++)
			if (strncmp(r.problems.list[i].field, r.problems.list[i].message,
				    strlen(r.problems.list[i].field)) != 0)
				case_fail(&c, "the message \"%s\" does not begin with %s",
					r.problems.list[i].message, r.problems.list[i].field);
	}
	arena_free(a);
}

static void defaults(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct reading r;

	(void)state;
	read_body(&r, a, "create", "{\"name\":\"x\"}", 12);
	assert_int_equal(r.problems.n, 0);
	assert_int_equal(params_get(&r.params, "n").i, 3);
	assert_int_equal(params_get(&r.params, "on").i, 1);
	assert_string_equal(params_text(&r.params, "kind"), "A");
	assert_string_equal(params_text(&r.params, "zone"), "Asia/Manila");
	assert_int_equal(params_get(&r.params, "note").type, VAL_NULL);
	read_body(&r, a, "patch", "{}", 2);
	for (const struct field *f = fields; f->name; f++)
		assert_int_equal(params_get(&r.params, f->name).type, VAL_NONE);
	read_body(&r, a, "patch", "{\"price\":19.99,\"at\":\"2030-01-01T08:00:00.5+08:00\"}", 50);
	struct val price = params_get(&r.params, "price");
	assert_int_equal(price.type, VAL_MONEY);
	assert_int_equal(price.i, 19990);
	assert_int_equal(money_stored(price, "PHP").i, 1999);
	assert_int_equal(money_stored(price, "KWD").i, 19990);
	assert_int_equal(money_stored(price, "JPY").type, VAL_NONE);
	price.i = 1050000;
	assert_int_equal(money_stored(price, "JPY").i, 105000);
	price.i = 1005;
	assert_int_equal(money_stored(price, "PHP").type, VAL_NONE);
	assert_int_equal(params_get(&r.params, "at").i, INT64_C(1893456000500));
	read_body(&r, a, "patch", "{\"tags\":[\"B\",\"A\",\"B\"]}", 22);
	assert_string_equal(params_text(&r.params, "tags"), "A,B");
	arena_free(a);
}

static struct val both(const struct rows *rows, size_t row)
{
	return val_bool(rows_int(rows, row, "one") && rows_int(rows, row, "two"));
}

/* A computed field needs no column, and takes precedence over one. */
static void computed(void **state)
{
	static const struct field table[] = {
		{"one", FIELD_INT, FIELD_OUT, .doc = "x"},
		{"both", FIELD_BOOL, FIELD_OUT, .doc = "x", .compute = both},
		{"two", FIELD_INT, FIELD_OUT, .doc = "x"},
		{0},
	};
	static const char *const names[] = {"one", "two", "both"};
	struct val cells[] = {
		val_int(1), val_int(2), val_int(0), val_int(0), val_int(3), val_int(1)};
	const struct rows rows = {.n = 2, .columns = 3, .names = names, .cells = cells};
	struct buf out = {.max = 1000};
	struct json j;

	(void)state;
	write_start(&j, &out);
	write_object(&j, NULL);
	fields_print(&j, table, &rows, 0, "");
	write_end_object(&j);
	assert_int_equal(out.n, strlen("{\"one\":1,\"both\":true,\"two\":2}"));
	assert_memory_equal(out.p, "{\"one\":1,\"both\":true,\"two\":2}", out.n);
	assert_int_equal(field_value(&table[1], &rows, 1, "").i, 0);
	buf_free(&out);
}

/* A value from a query string obeys the same rules, and what fields_fault forbids is found. */
static void text_and_faults(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct problems p = {.arena = a};
	static const struct {
		struct field f;
		bool bad;
	} rows[] = {
		{{"a", FIELD_TEXT, FIELD_RW, 0, 5, .doc = "x"}, false},
		{{"a", FIELD_TEXT, FIELD_RW, .doc = "x"}, true},
		{{"a", FIELD_NONE, FIELD_RW, 0, 5, .doc = "x"}, true},
		{{"a", FIELD_TEXT, 0, 0, 5, .doc = "x"}, true},
		{{"a", FIELD_CHOICE, FIELD_RW, .doc = "x"}, true},
		{{"a", FIELD_CHOICES, FIELD_RW, .max = 5, .doc = "x"}, true},
		{{"a", FIELD_CHOICES, FIELD_RW, .choices = kinds, .doc = "x"}, true},
		{{"a", FIELD_LIST, FIELD_RW, .max = 5, .doc = "x"}, true},
		{{"a", FIELD_BOOL, FIELD_RW, .doc = NULL}, true},
		{{"a", FIELD_BOOL, FIELD_OUT, .doc = "x", .compute = both}, false},
		{{"a", FIELD_BOOL, FIELD_RW, .doc = "x", .compute = both}, true},
	};

	(void)state;
	assert_int_equal(field_read_text(field_find(fields, "n"), "7", 1, &p).i, 7);
	assert_int_equal(p.n, 0);
	for (const char *const *s = (const char *const[]){"0", "10", "x", "", "7x", "0x7", "1e0",
		     " 7", "--7", "99999999999999999999", NULL};
		*s; s++) {
		p.n = 0;
		assert_int_equal(field_read_text(field_find(fields, "n"), *s, strlen(*s), &p).type,
			VAL_NONE);
		assert_int_equal(p.n, 1);
	}
	p.n = 0;
	assert_int_equal(field_read_text(field_find(fields, "name"), "\xff", 1, &p).type, VAL_NONE);
	assert_int_equal(field_read_text(field_find(fields, "on"), "false", 5, &p).i, 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct field table[2] = {rows[i].f, {0}};

		assert_int_equal(fields_fault(a, table) != NULL, rows[i].bad);
	}
	assert_null(fields_fault(a, fields));
	arena_free(a);
}

/* Memory for an array of addresses grows with the array, not with its square. */
static void many_addresses(void **state)
{
	struct arena *a = arena_new(16 << 20);
	struct problems p = {.arena = a};
	struct json_object *list = json_object_new_array();

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		json_object_array_add(list, json_object_new_string("192.0.2.1"));
	struct val v = field_cidr_read(&fields[0], "allow", list, &p);
	assert_int_equal(p.n, 0);
	assert_string_equal(v.s, "192.0.2.1");
	assert_in_range(arena_used(a), 1, 2 << 20);
	json_object_array_add(list, json_object_new_string("x"));
	assert_int_equal(field_cidr_read(&fields[0], "allow", list, &p).type, VAL_NONE);
	assert_int_equal(p.n, 1);
	json_object_put(list);
	arena_free(a);
}

/* A wrong item is noticed also when no further problem is listed. */
static void full_list(void **state)
{
	static const struct field urls = {"urls", FIELD_URLS, FIELD_RW, 0, 9, .doc = "x"};
	struct arena *a = arena_new(1 << 20);
	struct problems p = {.arena = a};
	struct json_object *list = json_object_new_array();

	(void)state;
	json_object_array_add(list, json_object_new_string("no URL"));
	while (!p.more)
		problem_add(&p, "x", "x is wrong");
	assert_int_equal(reader_urls(&urls, "urls", list, &p).type, VAL_NONE);
	json_object_put(list);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(defaults),
		cmocka_unit_test(computed), cmocka_unit_test(text_and_faults),
		cmocka_unit_test(many_addresses), cmocka_unit_test(full_list)};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
