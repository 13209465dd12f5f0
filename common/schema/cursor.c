/* cursor: pagination of lists by page number and by cursor. */
#include "common/schema/cursor.h"

#include "common/base/clock.h"
#include "common/text/json_check.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <sys/param.h>

#define CURSOR_VERSION 1
#define CURSOR_HEAD 8 /* version, order, direction, key type, page in four bytes */
#define CURSOR_MAX 1400 /* characters: the head, an id and the longest text key in base64url */
#define PAGE_MAX INT64_C(1000000000) /* page * take must not overflow */

const struct field cursor_page_fields[] = {
	{"page", FIELD_INT, FIELD_QUERY, 1, PAGE_MAX, .default_value = "1",
		.doc = "Page number, from 1."},
	{"take", FIELD_INT, FIELD_QUERY, 1, 100, .default_value = "10",
		.doc = "Number of rows per page."},
	{"sort", FIELD_TEXT, FIELD_QUERY, 1, 40,
		.doc = "Sort field; prefix with - for descending order."},
	{"cursor", FIELD_TEXT, FIELD_QUERY, 1, CURSOR_MAX,
		.doc = "The meta.nextCursor of the previous page. Every page has the same cost, "
		       "however "
		       "long the list."},
	{0},
};

/* A text that sorts after every name: 200 times U+10FFFF, which has the highest weight in MariaDB's
 * collations. 200 characters is the longest sort key. */
static struct val highest_text(struct arena *a)
{
	char *s = arena_alloc(a, 4 * 200 + 1);
	for (int i = 0; i < 200; i++)
		memcpy(s + 4 * i, "\xf4\x8f\xbf\xbf", 4);
	return (struct val){.type = VAL_TEXT, .s = s, .n = 800};
}

/* The start position of a list without a cursor: before the first row. */
static void start_at_edge(struct page_request *p, struct arena *a)
{
	memset(p->id.b, p->down ? 0xff : 0, sizeof p->id.b);
	switch (p->order->type) {
	case FIELD_TIME:
		p->key = val_time(p->down ? TIME_MAX : TIME_MIN);
		break;
	case FIELD_TEXT:
		p->key = p->down ? highest_text(a) : val_text("");
		break;
	default:
		p->key = val_int(p->down ? INT64_MAX : INT64_MIN);
	}
}

/* Resolves ?sort=name or ?sort=-name; false when no sort order has that name. */
static bool find_order(const struct sort_order *orders, const char *sort, struct page_request *out)
{
	out->down = sort[0] == '-';
	for (const struct sort_order *o = orders; o->name; o++)
		if (strcmp(o->name, sort + out->down) == 0) {
			out->order = o;
			return true;
		}
	return false;
}

static void bad_sort(const struct sort_order *orders, struct problems *problems)
{
	char *all = arena_strdup(problems->arena, "");
	for (const struct sort_order *o = orders; o->name; o++)
		all = arena_list(problems->arena, all, ", ",
			arena_printf(problems->arena, "%s, -%s", o->name, o->name));
	problem_add(problems, "sort", "sort must be one of the following values: %s", all);
}

char *cursor_make(struct arena *a, const struct page_request *p, const struct sort_order *orders,
	struct val key, struct uuid id)
{
	size_t key_n = key.type == VAL_TEXT ? key.n : 8;
	unsigned char *raw = arena_alloc(a, CURSOR_HEAD + sizeof id.b + key_n);
	assert(p->page >= 1 && p->page <= PAGE_MAX);
	assert(p->order >= orders && p->order - orders < UCHAR_MAX);
	uint32_t page = (uint32_t)MIN(p->page + 1, PAGE_MAX);
	raw[0] = CURSOR_VERSION;
	raw[1] = (unsigned char)(p->order - orders);
	raw[2] = p->down;
	raw[3] = (unsigned char)p->order->type;
	memcpy(raw + 4, &page, 4);
	memcpy(raw + CURSOR_HEAD, id.b, sizeof id.b);
	memcpy(raw + CURSOR_HEAD + sizeof id.b,
		key.type == VAL_TEXT ? (const void *)key.s : (const void *)&key.i, key_n);
	char *text = arena_alloc(a, 4 * (CURSOR_HEAD + sizeof id.b + key_n) / 3 + 5);
	b64url_print(raw, CURSOR_HEAD + sizeof id.b + key_n, text);
	return text;
}

/* Decodes a cursor into `out`; false when it is malformed, has another version, or does not fit
 * these sort orders. Clients can forge cursors, so every part is checked. */
static bool cursor_read(const char *text, const struct sort_order *orders, struct page_request *out,
	struct arena *a)
{
	size_t n = strlen(text), count = 0;
	unsigned char *raw = arena_alloc(a, n + 4);
	long got = b64url_parse(text, n, raw);
	long head = CURSOR_HEAD + (long)sizeof out->id.b;
	while (orders[count].name)
		count++;
	if (got < head || raw[0] != CURSOR_VERSION || raw[1] >= count || raw[2] > 1)
		return false;
	out->order = &orders[raw[1]];
	out->down = raw[2];
	uint32_t page;
	memcpy(&page, raw + 4, 4);
	out->page = page;
	memcpy(out->id.b, raw + CURSOR_HEAD, sizeof out->id.b);
	if (raw[3] != out->order->type || page == 0 || page > PAGE_MAX)
		return false;
	if (out->order->type == FIELD_TEXT) {
		out->key = (struct val){.type = VAL_TEXT,
			.s = arena_dup(a, (char *)raw + head, (size_t)(got - head)),
			.n = (size_t)(got - head)};
		return got - head <= 1000 && utf8_valid(out->key.s, out->key.n, &(size_t){0}) &&
			!memchr(out->key.s, 0, out->key.n);
	}
	if (got - head != 8)
		return false;
	int64_t i;
	memcpy(&i, raw + head, 8);
	out->key = out->order->type == FIELD_TIME ? val_time(i) : val_int(i);
	return out->order->type != FIELD_TIME || (i >= TIME_MIN && i <= TIME_MAX);
}

void cursor_page_read(const struct params *query, const struct sort_order *orders, bool down,
	struct page_request *out, struct problems *problems)
{
	struct val page = params_get(query, "page"), take = params_get(query, "take");
	const char *sort = params_text(query, "sort"), *cursor = params_text(query, "cursor");
	*out = (struct page_request){.page = val_int_or(page, 1),
		.take = val_int_or(take, 10),
		.order = orders,
		.down = down};
	if (sort && !find_order(orders, sort, out)) {
		bad_sort(orders, problems);
		return;
	}
	if (!cursor) {
		start_at_edge(out, problems->arena);
		return;
	}
	struct page_request asked = *out;
	out->by_cursor = true;
	if (!cursor_read(cursor, orders, out, problems->arena))
		problem_add(problems, "cursor",
			"cursor must be a meta.nextCursor that this list returned");
	else if (sort && (asked.order != out->order || asked.down != out->down))
		problem_add(problems, "sort", "sort must match the sort order of the cursor");
}
