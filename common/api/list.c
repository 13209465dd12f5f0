/* list: the generic handler that lists a resource by page or cursor. */
#include "common/api/crud.h"

#include "common/access/epoch.h"
#include "common/api/children.h"
#include "common/api/csv_export.h"
#include "common/base/clock.h"
#include "common/http/response.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <sys/param.h>

/* Whether a comma-separated list contains a name. */
static bool named(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *s = list; s && (s = strstr(s, name)); s += n)
		if ((s == list || s[-1] == ',') && (s[n] == ',' || !s[n]))
			return true;
	return false;
}

/* The list variant for the given filters: the first one all of whose filters are set. The last
 * variant needs none. */
static const struct list_variant *choose(const struct params *p, const struct list_spec *l)
{
	const struct list_variant *f = l->variants;
	for (;; f++) {
		size_t wanted = 0, given = 0;
		for (const char *s = f->when; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL)
			wanted++;
		for (size_t i = 0; wanted && i < p->n; i++)
			given += val_is_set(p->list[i].v) && named(f->when, p->list[i].name);
		if (given == wanted)
			return f;
	}
}

/* Whether other filters than the variant's own apply, so that its counter is not the total. */
static bool narrowed(const struct req *r, const struct list_variant *f)
{
	for (size_t i = 0; i < r->filters.n; i++) {
		const char *name = r->filters.list[i].name;
		if (!field_find(cursor_page_fields, name) && !named(f->when, name))
			return true;
	}
	return false;
}

/* Writes text percent-encoded (RFC 3986 section 2.1), at most 3 bytes for each of its own; returns
 * the end. */
static char *put_encoded(char *to, const char *s)
{
	static const char plain[] = "-._~:,", digits[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (isalnum(c) || strchr(plain, c)) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	return to;
}

/* Adds the Link header to the next page (RFC 8288): this list's URL with its filters and the
 * cursor. Parameters that the list ignores are left out: they may be of any length. */
static void link_next(struct req *r, const char *cursor)
{
	const struct query *q = &r->http.query;
	size_t size = 1;

	for (size_t i = 0; i < q->n; i++)
		size += 2 + 3 * (strlen(q->list[i].name) + strlen(q->list[i].value));
	char *rest = arena_array(r->arena, size, 1), *end = rest;
	for (size_t i = 0; i < q->n; i++) {
		const char *name = q->list[i].name;
		if (!params_has(&r->filters, name) || named("cursor,page", name))
			continue;
		*end++ = '&';
		end = put_encoded(end, name);
		*end++ = '=';
		end = put_encoded(end, q->list[i].value);
	}
	*end = 0;
	response_header(r, "Link", "<%s%s?cursor=%s%s>; rel=\"next\"", r->app->conf->public_url,
		r->http.raw_path, cursor, rest);
}

void crud_list_end(struct req *r, struct json *j, int64_t total, const char *cursor)
{
	const struct page_request *p = &r->page;
	write_object(j, "meta");
	write_int(j, "page", p->page);
	write_int(j, "take", p->take);
	write_int(j, "total", total);
	assert(p->take > 0 && total >= 0);
	write_int(j, "totalPages", (total + p->take - 1) / p->take);
	write_text(j, "nextCursor", cursor);
	write_end_object(j);
	response_end(r);
	if (cursor)
		link_next(r, cursor);
}

/* Whether the list that is asked for ends below the mark of its epochs. */
static bool has_epochs(const struct req *r)
{
	const struct list_spec *l = r->route->of->list;
	return l->epochs && (!l->epochs_by || strcmp(r->page.order->name, l->epochs_by) == 0);
}

/* Ends the list at the time `last`. A range of times is a range of ids: from :from, if set, to the
 * earlier of :to and `last`. */
static void set_range(const struct req *r, struct params *p, int64_t last)
{
	if (r->route->of->list->epochs_by) {
		params_set(p, "last", val_time(MIN(last, TIME_MAX)));
		return;
	}
	int64_t from = val_int_or(params_get(p, "from"), 0);
	int64_t to = val_int_or(params_get(p, "to"), UUID_TIME_MAX);

	params_set(p, "fromId", val_uuid(uuid_of_time(from, false)));
	params_set(p, "toId", val_uuid(uuid_of_time(MIN(to, last), true)));
}

void crud_list_begin(struct req *r, struct params *p)
{
	if (!has_epochs(r))
		return;
	set_range(r, p, UUID_TIME_MAX);
	r->shown.brief = true; /* rows may be above the mark */
}

/* Sets the parameters of a list statement: filters and the requested page. */
static void list_params(struct req *r, struct params *p)
{
	const struct page_request *page = &r->page;
	for (size_t i = 0; i < r->filters.n; i++)
		if (!field_find(cursor_page_fields, r->filters.list[i].name))
			params_set(p, r->filters.list[i].name, r->filters.list[i].v);
	params_set(p, "key", page->key);
	params_set(p, "keyId", val_uuid(page->id));
	/* one row more than shown tells whether there is a next page */
	params_set(p, "take", val_int(page->take + 1));
	params_set(p, "skip", val_int(page->by_cursor ? 0 : (page->page - 1) * page->take));
	crud_list_begin(r, p);
}

/* The total of a counter row, which is absent until something was counted; never negative. */
static int64_t total_of(const struct rows *rows)
{
	int64_t total = rows_int(rows, 0, "total");
	if (total > 0)
		return total;
	return 0;
}

/* ---- lists that clients go on from ---- */

enum err crud_list_below_mark(struct req *r, struct params *p)
{
	struct uuid mark;

	if (!has_epochs(r))
		return OK;
	enum err err = epoch_mark(r->db, r->arena, p, r->route->of->list->epochs, &mark);
	if (!err)
		set_range(r, p, uuid_time(&mark) - 1);
	return err;
}

/* Whether all rows are below `mark`. */
static bool all_below(const struct req *r, const struct rows *rows, struct uuid mark)
{
	const char *by = r->route->of->list->epochs_by;
	bool below = true;

	for (size_t i = 0; i < rows->n && below; i++)
		if (by)
			below = rows_int(rows, i, by) < uuid_time(&mark);
		else
			below = memcmp(rows_get(rows, i, "id").id.b, mark.b, sizeof mark.b) < 0;
	return below;
}

/* Most pages contain nothing above the mark that this process knows, and need no other. */
enum err crud_list_read(
	struct req *r, const struct statement *page, struct params *p, struct rows *rows)
{
	enum err err = OK;
	bool try = params_get(p, "skip").i == 0;

	if (!try)
		err = crud_list_below_mark(r, p);
	if (!err)
		err = req_sql(r, page, p, rows);
	if (err || !has_epochs(r) || !try || all_below(r, rows, epoch_known(p)))
		return err;
	err = crud_list_below_mark(r, p);
	if (err)
		return err;
	return req_sql(r, page, p, rows);
}

/* The number of all rows, by a counter or, where filters apply, an exact count. */
static enum err read_total(
	struct req *r, const struct statement *st, const struct params *p, int64_t *total)
{
	struct rows totals;
	enum err err = req_sql(r, st, p, &totals);
	if (!err)
		*total = total_of(&totals);
	return err;
}

/* Reads the total and the page. A page that begins behind the last row is empty, and the database
 * is not asked for it: it would read all rows in order to skip them. A first page that is the whole
 * list needs no exact count; a counter is asked nevertheless, because it may lag behind. */
static enum err read_page(struct req *r, const struct list_variant *f, struct params *p,
	struct rows *rows, int64_t *total)
{
	const struct list_spec *l = r->route->of->list;
	const struct sort_order *order = f->sorts + (r->page.order - l->variants[0].sorts);
	const struct statement *page = r->page.down ? order->down : order->up,
			       *count = narrowed(r, f) ? f->count : f->total;
	int64_t skip = params_get(p, "skip").i;
	bool first = skip == 0 && !r->page.by_cursor && count == f->count && !has_epochs(r);
	enum err err = OK;
	*rows = (struct rows){.n = 0};
	*total = 0;
	if (l->total_max && skip >= l->total_max)
		return fail_field(r, "page",
			"page must not begin behind entry %lld: follow meta.nextCursor instead",
			(long long)l->total_max);
	if (!first)
		err = read_total(r, count, p, total);
	if (err || (skip > 0 && skip >= *total))
		return err;
	err = crud_list_read(r, page, p, rows);
	*total = first ? (int64_t)rows->n : *total;
	if (!err && first && rows->n > (size_t)r->page.take)
		err = read_total(r, count, p, total);
	if (err)
		return err;
	return resource_refresh(r, r->route->of, rows);
}

/* Sends the list as a CSV file. */
static enum err send_csv(
	struct req *r, const struct statement *page, const char *order, struct params *p)
{
	enum err err = crud_check_parent(r, r->route->of);
	if (!err)
		err = crud_list_below_mark(r, p);
	if (err)
		return err;
	return csv_export_send(r, page, order, p);
}

enum err crud_list(struct req *r)
{
	const struct resource *of = r->route->of;
	struct params p;
	const char *arg;
	struct rows rows;
	struct children inner;
	int64_t total;
	enum err err = crud_path(r, of, false, &p, &arg);
	if (err)
		return err;
	list_params(r, &p);
	const struct list_variant *f = choose(&p, of->list);
	assert(r->page.order >= of->list->variants[0].sorts); /* same order in every variant */
	const struct sort_order *order = f->sorts + (r->page.order - of->list->variants[0].sorts);
	const struct statement *page = r->page.down ? order->down : order->up;
	if (of->list->prepare)
		err = of->list->prepare(r, &p);
	if (!err && csv_export_wanted(r))
		return send_csv(r, page, order->name, &p);
	if (!err)
		err = read_page(r, f, &p, &rows, &total);
	if (!err && rows.n == 0)
		err = crud_check_parent(r, of);
	if (err)
		return err;
	bool more = rows.n > (size_t)r->page.take;
	size_t shown = more ? (size_t)r->page.take : rows.n;
	rows.n = shown;
	err = children_fetch(r, of, &rows, false, &inner);
	if (err)
		return err;
	struct json *j = response_begin(r, 200);
	write_array(j, NULL);
	for (size_t i = 0; i < shown; i++) {
		write_object(j, NULL);
		fields_print(j, of->fields, &rows, i, "");
		children_print(j, of, &rows, i, &inner);
		write_end_object(j);
	}
	write_end_array(j);
	char *cursor = more ? cursor_make(r->arena, &r->page, of->list->variants[0].sorts,
				      rows_get(&rows, shown - 1, order->name),
				      rows_get(&rows, shown - 1, "id").id)
			    : NULL;
	crud_list_end(r, j, total, cursor);
	return OK;
}
