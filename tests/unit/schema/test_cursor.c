/* test_cursor: cursors read back what was made, and nothing else; sort, page and take. */
#include "common/schema/cursor.h"

#include "common/base/clock.h"
#include "tests/unit/cases.h"

static const struct sort_order orders[] = {{"createdAt", FIELD_TIME, NULL, NULL},
	{"name", FIELD_TEXT, NULL, NULL}, {"position", FIELD_INT, NULL, NULL}, {0}};

static size_t read_page(
	struct arena *a, struct page_request *out, const char *sort, const char *cursor)
{
	struct params q;
	struct problems p = {.arena = a};

	params_init(&q, a);
	if (sort)
		params_set(&q, "sort", val_text(sort));
	if (cursor)
		params_set(&q, "cursor", val_text(cursor));
	cursor_page_read(&q, orders, true, out, &p);
	return p.n;
}

static void edges(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct page_request p;

	(void)state;
	assert_int_equal(read_page(a, &p, NULL, NULL), 0);
	assert_true(p.page == 1 && p.take == 10 && p.down && p.order == orders &&
		p.key.i == TIME_MAX && p.id.b[0] == 0xff && !p.by_cursor);
	assert_int_equal(read_page(a, &p, "name", NULL), 0);
	assert_true(!p.down && p.order == orders + 1 && p.key.n == 0 && p.id.b[0] == 0);
	assert_int_equal(read_page(a, &p, "-position", NULL), 0);
	assert_true(p.down && p.key.i == INT64_MAX);
	for (const char *const *s = (const char *const[]){"", "-", "Name", "name ", "--name",
		     "name,position", NULL};
		*s; s++)
		assert_int_equal(read_page(a, &p, *s, NULL), 1);
	arena_free(a);
}

static void cursors(void **state)
{
	struct arena *a = arena_new(4 << 20);
	struct val keys[] = {val_time(1893456000500),
		val_text("Ma\xc3\xb1"
			 "ana"),
		val_int(-7)};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct page_request p, q;
		struct uuid id = {{1, 2, 3, 0, 0xff}};
		const char *sort = arena_printf(a, "%s%s", i % 2 ? "-" : "", orders[i / 2].name),
			   *other = i / 2 == 1 ? "createdAt" : "name";
		char *text;

		assert_int_equal(read_page(a, &p, sort, NULL), 0);
		text = cursor_make(a, &p, orders, keys[i / 2], id);
		assert_int_equal(read_page(a, &q, NULL, text), 0);
		assert_true(q.by_cursor && q.page == 2 && q.order == p.order && q.down == p.down &&
			memcmp(&q.id, &id, sizeof id) == 0 && val_equal(q.key, keys[i / 2]));
		assert_int_equal(read_page(a, &q, sort, text), 0);
		assert_int_equal(read_page(a, &q, other, text), 1);
		/* cut anywhere: refused, or a shorter text key */
		for (size_t n = 0; n < strlen(text); n++)
			if (read_page(a, &q, NULL, arena_dup(a, text, n)) == 0)
				assert_true(orders[i / 2].type == FIELD_TEXT || n == 0);
		for (size_t n = 0; text[n]; n++) { /* changed anywhere: never out of bounds */
			char *bad = arena_strdup(a, text);

			bad[n] = bad[n] == 'A' ? 'z' : 'A';
			if (read_page(a, &q, NULL, bad) == 0)
				assert_true(
					q.order >= orders && q.order < orders + 3 && q.page > 0);
		}
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(edges), cmocka_unit_test(cursors)};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
