/* fuzz_query: any query string through the fields and pages of a list; any JSON object through the
 * event's own table. */
#include "tests/fuzz/fuzz.h"

#include "common/schema/cursor.h"
#include "common/schema/route.h"
#include "fcgi/events/lists.h"
#include "fcgi/events/events.h"

#include "common/text/json_check.h"

#include <stdlib.h>
#include <string.h>

/* Every problem names its field first and is text that an answer can carry. */
static void check_problems(const struct problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const char *field = p->list[i].field, *message = p->list[i].message;

		demand(strncmp(message, field, strlen(field)) == 0 &&
			utf8_valid(message, strlen(message), NULL));
	}
}

/* A page that was asked for has a next one, which can be asked for as well. */
static void check_page(struct arena *a, const struct page_request *page)
{
	const struct sort_order *orders = event_list.variants[0].sorts;
	struct page_request next;
	struct params asked;
	struct problems problems = {.arena = a};

	demand(page->page > 0 && page->take > 0 && page->take <= 100 && page->order);
	params_init(&asked, a);
	params_set(&asked, "cursor", val_text(cursor_make(a, page, orders, page->key, page->id)));
	cursor_page_read(&asked, orders, event_list.down, &next, &problems);
	demand(problems.n == 0 && next.page >= page->page && next.order == page->order &&
		next.down == page->down && val_equal(next.key, page->key));
}

static void check_query(struct arena *a, const char *s)
{
	struct query q;
	struct params asked;
	struct problems problems = {.arena = a};
	struct page_request page;

	if (!query_read(a, s, &q))
		return;
	params_init(&asked, a);
	for (size_t i = 0; i < q.n; i++) {
		const struct field *f = field_find(cursor_page_fields, q.list[i].name);

		f = f ? f : field_find(event_filters, q.list[i].name);
		demand(utf8_valid(q.list[i].name, strlen(q.list[i].name), NULL) &&
			utf8_valid(q.list[i].value, strlen(q.list[i].value), NULL));
		if (!f || !*q.list[i].value)
			continue;
		size_t before = problems.n + problems.more;
		struct val v =
			field_read_text(f, q.list[i].value, strlen(q.list[i].value), &problems);
		demand((v.type == VAL_NONE) == (problems.n + problems.more > before));
		if (v.type != VAL_NONE)
			params_set(&asked, f->name, v);
	}
	cursor_page_read(&asked, event_list.variants[0].sorts, event_list.down, &page, &problems);
	check_problems(&problems);
	if (problems.n + problems.more == 0)
		check_page(a, &page);
}

static void check_body(struct arena *a, const char *s, size_t n)
{
	char why[JSON_WHY];
	struct json_object *body = json_read(s, n, JSON_VALUES_MAX, why);

	if (body && json_object_is_type(body, json_type_object))
		for (const struct route *r = events_module.routes; r->path; r++) {
			struct params in;
			struct problems problems = {.arena = a};
			struct ignored ignored = {0};

			if (!r->body)
				continue;
			params_init(&in, a);
			fields_read(&(struct field_reader){r->body_mode, &problems, &ignored},
				r->body, body, "", &in);
			check_problems(&problems);
			for (const struct field *f = r->body;
				f->name && problems.n == 0 && r->body_mode == FIELD_CREATE; f++)
				demand(!(f->flags & FIELD_CREATE) ||
					params_get(&in, f->name).type != VAL_NONE);
		}
	json_object_put(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;

	if (!a)
		a = arena_new(256 << 20);
	if (size > 1 << 16)
		return 0;
	memory_begin();
	char *copy = arena_dup(a, (const char *)data, size);
	check_query(a, copy);
	check_body(a, copy, size);
	arena_reset(a);
	memory_end(((size_t)1 << 18) + size * 1024, (size_t)1 << 18);
	return 0;
}
