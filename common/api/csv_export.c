/* csv_export: streams a whole list as a CSV file, in constant memory. */
#include "common/api/csv_export.h"

#include "common/base/clock.h"
#include "common/api/children.h"
#include "common/schema/field_types.h"
#include "common/base/log.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/text/csv_writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <strings.h>

#define CHUNK 500 /* rows fetched at a time */
#define CHUNK_MEMORY ((size_t)128 << 20) /* ceiling; not reached, as rows are limited */
#define PIECE 65536 /* bytes written at a time */
#define RETRY_S 10 /* Retry-After of an export that is one too many */

/* The quality value of a type in an Accept header, in thousandths; 0 when it is not listed (RFC
 * 9110 section 12.5.1). Wildcards do not count. */
static int liking(const char *accept, const char *type)
{
	size_t n = strlen(type);
	for (const char *s = accept; *(s += strspn(s, ", \t"));) {
		size_t length = strcspn(s, ",");
		bool named = length >= n && strncasecmp(s, type, n) == 0 &&
			(length == n || strchr("; \t", s[n]));
		const char *q = named ? memchr(s, ';', length) : NULL;
		while (q && q < s + length &&
			strncasecmp(q + 1 + strspn(q + 1, " \t"), "q=", 2) != 0)
			q = memchr(q + 1, ';', (size_t)(s + length - q - 1));
		if (named && !q)
			return 1000;
		if (named) {
			char digits[5] = "0000";
			q = strpbrk(q, "=") + 1;
			digits[0] = *q;
			for (size_t i = 1;
				i < 4 && q[1] == '.' && q[i + 1] >= '0' && q[i + 1] <= '9'; i++)
				digits[i] = q[i + 1];
			return (int)strtol(digits, NULL, 10);
		}
		s += length;
	}
	return 0;
}

bool csv_export_wanted(struct req *r)
{
	const char *accept = req_header(r, "HTTP_ACCEPT", NULL);
	int csv = accept && r->route->of->list->csv ? liking(accept, "text/csv") : 0;
	return csv > 0 && csv >= liking(accept, "application/json");
}

static const struct resource *exported(const struct req *r)
{
	const struct resource *of = r->route->of;
	return of->list->csv_of ? of->list->csv_of : of;
}

/* ---- header row ---- */

/* Writes the column names, nested objects as "buyer.name". */
static void put_names(
	struct csv_writer *s, struct arena *a, const struct field *fields, const char *prefix)
{
	for (const struct field *f = fields; f->name; f++) {
		const char *name = arena_printf(a, "%s%s", prefix, f->name);
		if (!(f->flags & FIELD_OUT) || (f->flags & FIELD_EMBEDDED))
			continue;
		if (f->type == FIELD_OBJECT)
			put_names(s, a, f->sub, arena_printf(a, "%s.", name));
		else
			csv_put_text(s, name, strlen(name));
	}
}

static void put_heading(struct csv_writer *s, struct arena *a, const struct resource *of)
{
	put_names(s, a, of->fields, "");
	for (const struct child *c = of->children; c && c->name; c++)
		if (c->of->sql.by_parents)
			csv_put_text(s, c->name, strlen(c->name));
	csv_end_row(s);
}

/* ---- rows ---- */

/* Writes one cell. Only texts can begin with a character that a spreadsheet would run as a formula;
 * csv_put_text guards against that. */
static void put_value(
	struct csv_writer *s, const struct field *f, struct val v, const char *currency)
{
	char text[UUID_TEXT + 1];
	struct json j;
	switch (v.type) {
	case VAL_TEXT:
		csv_put_text(s, v.s, v.n);
		return;
	case VAL_UUID:
		uuid_print(&v.id, text);
		csv_put_plain(s, text, UUID_TEXT);
		return;
	case VAL_TIME:
		time_print(v.i, text);
		csv_put_plain(s, text, TIME_TEXT);
		return;
	case VAL_BOOL:
	case VAL_INT: /* as in JSON */
		csv_put_plain(s, "", 0);
		write_start(&j, s->out);
		write_currency(&j, currency);
		field_kind_of(f)->print(&j, NULL, v);
		return;
	default:
		csv_put_plain(s, "", 0);
	}
}

/* One row of a result, and the arena for what is made of it. */
struct row_source {
	struct arena *arena;
	const struct rows *rows;
	size_t row;
};

static void put_fields(struct csv_writer *s, const struct row_source *from,
	const struct field *fields, const char *prefix)
{
	const char *currency = fields_currency(fields, from->rows, from->row, prefix);
	for (const struct field *f = fields; f->name; f++) {
		if (!(f->flags & FIELD_OUT) || (f->flags & FIELD_EMBEDDED))
			continue;
		if (f->type == FIELD_OBJECT)
			put_fields(s, from, f->sub,
				arena_printf(from->arena, "%s%s.", prefix, f->name));
		else
			put_value(s, f, field_value(f, from->rows, from->row, prefix), currency);
	}
}

/* Writes one cell for each kind of children: their summaries, separated by semicolons. */
static void put_children(struct csv_writer *s, struct arena *a, const struct resource *of,
	struct val parent, struct children *inner)
{
	for (size_t k = 0; of->children && of->children[k].name && k < CHILDREN_MAX; k++) {
		char *cell = arena_strdup(a, "");
		if (!inner->there[k])
			continue;
		for (size_t i; children_next(inner, k, parent, &i);)
			cell = arena_list(a, cell, "; ", rows_text(&inner->rows[k], i, "summary"));
		csv_put_text(s, cell, strlen(cell));
	}
}

/* ---- the export ---- */

/* Two arenas used in turn: the key of the last row, where the next chunk starts, is in the previous
 * chunk's arena. Kept for the life of the process. */
static struct arena *memory[2];

/* The state of an export. */
struct walk {
	struct req *r;
	const struct statement *page;
	const char *key; /* column of the sort key */
	struct params *p;
	struct rows rows;
	struct children inner;
	void *expanded; /* the state of list_spec.expand */
	int64_t count; /* rows sent */
};

/* Fetches a chunk and its children into the arena `a`. */
static enum err fetch_into(struct walk *w, struct arena *a)
{
	struct req *r = w->r;
	struct arena *own = r->arena;
	arena_reset(a);
	r->arena = a;
	enum err err = req_sql(r, w->page, w->p, &w->rows);
	if (!err)
		err = children_fetch(r, exported(r), &w->rows, false, &w->inner);
	if (!err && r->route->of->list->expand)
		err = r->route->of->list->expand->gather(r, &w->rows, &w->expanded);
	r->arena = own;
	return err;
}

/* Fetches the chunk after the last row, on a new connection if the old one was lost. */
static enum err fetch_next(struct walk *w)
{
	enum err err = ERR_LOST;
	if (w->rows.n) {
		params_set(w->p, "key", rows_get(&w->rows, w->rows.n - 1, w->key));
		params_set(w->p, "keyId", rows_get(&w->rows, w->rows.n - 1, "id"));
	}
	struct arena *swap = memory[0];
	memory[0] = memory[1];
	memory[1] = swap;
	/* killing a connection inside a statement gives ERR_UNAVAILABLE */
	for (int i = 0; i < 3 && (err == ERR_LOST || err == ERR_RETRY || err == ERR_UNAVAILABLE);
		i++)
		err = fetch_into(w, memory[0]);
	return err;
}

/* Writes the buffer when it has more than `least` bytes; false when the client has closed the
 * connection or a row did not fit. */
static bool send_piece(struct req *r, size_t least)
{
	struct buf *b = r->response.body;
	bool there = true;
	if (b->full)
		response_stream_abort(r);
	if (b->n > least || b->full) {
		there = !b->full && response_stream_write(r, b->p, b->n);
		buf_clear(b);
	}
	return there;
}

/* The same for a list whose rows become several. */
static bool send_expanded(struct walk *w)
{
	const struct expansion *expand = w->r->route->of->list->expand;
	struct csv_writer s = {.out = w->r->response.body};
	struct rows row;
	bool there = true;
	for (size_t i = 0; i < w->rows.n && there; i++)
		while (there && expand->next(w->r, w->expanded, i, &row)) {
			put_fields(&s, &(struct row_source){memory[0], &row, 0},
				exported(w->r)->fields, "");
			csv_end_row(&s);
			there = send_piece(w->r, PIECE);
			w->count++;
		}
	return there;
}

/* Formats and sends the rows of the current chunk. */
static bool send_rows(struct walk *w)
{
	const struct resource *of = exported(w->r);
	struct csv_writer s = {.out = w->r->response.body};
	bool there = true;
	if (w->r->route->of->list->expand)
		return send_expanded(w);
	for (size_t i = 0; i < w->rows.n && there; i++) {
		put_fields(&s, &(struct row_source){memory[0], &w->rows, i}, of->fields, "");
		put_children(&s, memory[0], of, rows_get(&w->rows, i, "id"), &w->inner);
		csv_end_row(&s);
		there = send_piece(w->r, PIECE);
	}
	w->count += (int64_t)w->rows.n;
	return there;
}

/* Marks the file as incomplete and aborts the response. */
static void end_badly(struct walk *w, enum err err)
{
	struct req *r = w->r;
	log_msg(LOG_WARN, "csv export %s: aborted after %lld rows: %s", r->route->of->list->csv,
		(long long)w->count, err_row(err)->message);
	buf_printf(r->response.body, "\"INCOMPLETE: the export was aborted; retry. %s", r->id);
	(void)send_piece(r, 0);
	response_stream_abort(r);
}

/* One organization's slow readers must not occupy all workers. */
static enum err slot_take(struct req *r, int *slot)
{
	uint64_t tag;
	int64_t most = r->app->conf->org_exports;
	if (r->app->workers > 1)
		most = MIN(most, r->app->workers - 1);
	memcpy(&tag, r->who->org.b + 8, sizeof tag); /* the random half */
	shm_slot_leave(slot); /* of an export that ended by longjmp */
	if (shm_slot_take(r->app->shm, tag, most, slot) != SHM_SLOT_FULL)
		return OK;
	r->failure.retry_after = RETRY_S;
	return fail(r, ERR_RATE, "Retry when another export has ended.",
		"Limit reached: at most %lld exports of an organization at once.", (long long)most);
}

static enum err send_all(
	struct req *r, const struct statement *page, const char *key, struct params *p)
{
	struct walk w = {.r = r, .page = page, .key = key, .p = p};
	struct csv_writer s = {.out = r->response.body};
	for (int i = 0; i < 2 && !memory[i]; i++)
		memory[i] = arena_new(CHUNK_MEMORY);
	params_set(p, "take", val_int(CHUNK));
	params_set(p, "skip", val_int(0));
	enum err err = fetch_next(&w);
	if (err)
		return err;
	response_header(
		r, "Content-Disposition", "attachment; filename=\"%s\"", r->route->of->list->csv);
	if (val_is_set(params_get(&r->filters, "bom")))
		csv_put_bom(&s);
	put_heading(&s, r->arena, exported(r));
	bool there = response_stream_begin(r, "text/csv; charset=utf-8; header=present") &&
		!r->http.head;
	while (there && !err) {
		assert(w.rows.n <= CHUNK);
		there = send_rows(&w);
		if (w.rows.n < CHUNK)
			break;
		err = there ? fetch_next(&w) : OK;
	}
	if (there && err)
		end_badly(&w, err);
	else if (there)
		(void)send_piece(r, 0);
	buf_clear(r->response.body);
	return OK;
}

enum err csv_export_send(
	struct req *r, const struct statement *page, const char *key, struct params *p)
{
	static int slot = -1;
	enum err err = slot_take(r, &slot);
	if (err)
		return err;
	err = send_all(r, page, key, p);
	shm_slot_leave(&slot);
	return err;
}
