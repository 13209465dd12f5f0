/* outbox: verifies that the outbox has exactly one event per order and per refund. */
#include "cli/verify/mismatch.h"
#include "common/ticketing/webhook_event.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* Both sides, outbox and orders, are hashed into slices of about a minute; only the ids of slices
 * that differ are collected and compared, so that memory stays small. */
#define HOUR INT64_C(3600000)
#define KEPT (30 * 24 * HOUR - HOUR) /* older outbox rows may have been purged */
#define VERIFY_OUTBOX_OF(table) " (:org IS NULL OR " table ".org_id = :org)"
/* Orders of `ticketgate demo orders` have no outbox rows. */
#define SOLD_HERE " AND NOT (o.payment_provider <=> 'demo')"

enum kind { COMPLETED, REFUNDED };

static const struct statement orders_young = {
	"verify_orders_young",
	"SELECT o.id"
	" FROM orders o FORCE INDEX (PRIMARY)"
	" WHERE o.id >= :from AND o.id < :until" SOLD_HERE " AND" VERIFY_OUTBOX_OF("o"),
	SQL_READ,
};
static const struct statement refunds_next = {
	"verify_refunds_told_next",
	"SELECT order_id AS id"
	" FROM refunds FORCE INDEX (PRIMARY)"
	" WHERE order_id > :after"
	" ORDER BY order_id"
	" LIMIT 1 OFFSET 199999",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement refunds_young = {
	"verify_refunds_young",
	"SELECT r.order_id AS id"
	" FROM refunds r FORCE INDEX (PRIMARY)"
	" LEFT"
	" JOIN orders o ON o.id = r.order_id"
	" WHERE r.order_id > :after AND r.order_id <= :upto AND r.at >= :since" SOLD_HERE
	" AND" VERIFY_OUTBOX_OF("r"),
	SQL_READ,
};
enum { X_SUBJECT, X_TYPE };
static const struct statement outbox_young = {
	"verify_outbox_young",
	"SELECT x.subject_id AS id, x.type"
	" FROM outbox x FORCE INDEX (PRIMARY)"
	" LEFT"
	" JOIN orders o ON o.id = x.subject_id"
	" WHERE x.id >= :from AND x.id < :until"
	" AND (x.type = 'order.completed' AND x.subject_id >= :first"
	" OR x.type = 'order.refunded' AND x.created_at >= :since)" SOLD_HERE
	" AND" VERIFY_OUTBOX_OF("x"),
	SQL_READ,
};

struct slice {
	int64_t n[2]; /* events in the outbox, events expected */
	uint64_t hash[2]; /* sums of hashes of their ids: independent of the order read */
};
/* An event of a slice that differs. */
struct found {
	struct uuid id;
	enum kind kind;
};
struct list {
	struct found *list;
	size_t n, room;
};
struct outbox {
	struct verify *v;
	struct map slices;
	struct list ids[2]; /* of the slices that differ, by side */
	int side; /* 0: the outbox, 1: what it should contain */
	enum kind kind; /* of the rows being read on side 1 */
	bool collect; /* second pass: collect ids of the slices that differ */
};

/* The slice of an order: the first 32 bits of its UUIDv7, which are 65.5 seconds of its time. */
static struct uuid slice_of(const struct uuid *id, enum kind kind)
{
	struct uuid key = {{0}};
	memcpy(key.b, id->b, 4);
	key.b[15] = (unsigned char)kind;
	return key;
}

static uint64_t hash_of(const struct uuid *id)
{
	uint64_t a, b;
	memcpy(&a, id->b, sizeof a);
	memcpy(&b, id->b + 8, sizeof b);
	a = (a ^ (a >> 29)) * UINT64_C(0xBF58476D1CE4E5B9) + b;
	return (a ^ (a >> 32)) * UINT64_C(0x94D049BB133111EB);
}

/* Appends to a list that the caller of verify_outbox() frees. */
static void list_append(struct list *l, const struct uuid *id, enum kind kind)
{
	if (l->n == l->room) {
		l->room = MAX(l->room * 2, 1024);
		l->list = oom_check(realloc(l->list, l->room * sizeof *l->list));
	}
	assert(l->n < l->room);
	l->list[l->n++] = (struct found){*id, kind};
}

static bool slices_equal(const struct slice *s)
{
	return s->n[0] == s->n[1] && s->hash[0] == s->hash[1];
}

static void verify_outbox_add(struct outbox *x, const struct uuid *id, enum kind kind)
{
	struct uuid key = slice_of(id, kind);
	if (x->collect) {
		const struct slice *s = map_find(&x->slices, &key);
		if (s && !slices_equal(s))
			list_append(&x->ids[x->side], id, kind);
		return;
	}
	struct slice *s = map_at(&x->slices, &key);
	s->n[x->side]++;
	s->hash[x->side] += hash_of(id);
}

static enum err read_told(void *ctx, const struct rows *row)
{
	struct outbox *x = ctx;
	verify_outbox_add(x, &row->cells[X_SUBJECT].id,
		strcmp(row->cells[X_TYPE].s, webhook_event_names[WEBHOOK_ORDER_COMPLETED]) == 0
			? COMPLETED
			: REFUNDED);
	return OK;
}

static enum err read_due(void *ctx, const struct rows *row)
{
	struct outbox *x = ctx;
	verify_outbox_add(x, &row->cells[0].id, x->kind);
	return OK;
}

/* Streams the rows of the retention period in parts of six hours. */
static enum err by_time(struct outbox *x, const struct statement *st, sql_each *each)
{
	struct verify *v = x->v;
	enum err err = OK;
	struct uuid last;
	memset(&last, 0xff, sizeof last);
	for (int64_t t = v->now - KEPT; !err && t < v->now + 2 * HOUR; t += 6 * HOUR) {
		params_set(&v->p, "from", val_uuid(uuid_of_time(t, false)));
		params_set(&v->p, "until",
			val_uuid(t + 6 * HOUR < v->now + 2 * HOUR
					? uuid_of_time(t + 6 * HOUR, false)
					: last));
		err = sql_stream(v->c->db, st, &v->p, each, x);
		progress("Reading the outbox: %d %% ...", (int)((t - v->now + KEPT) * 100 / KEPT));
	}
	return err;
}

static enum err refunds_due(struct outbox *x)
{
	struct verify *v = x->v;
	struct uuid first = {{0}}, end;
	enum err err = OK;
	memset(&end, 0xff, sizeof end);
	params_set(&v->p, "after", val_uuid(first));
	for (bool more = true; more && !err;) {
		struct rows row;
		err = sql_run(v->c->db, v->c->arena, &refunds_next, &v->p, &row);
		more = !err && row.n > 0;
		params_set(&v->p, "upto", more ? rows_get(&row, 0, "id") : val_uuid(end));
		if (!err)
			err = sql_stream(v->c->db, &refunds_young, &v->p, read_due, x);
		params_set(&v->p, "after", params_get(&v->p, "upto"));
	}
	return err;
}

static enum err read_both_sides(struct outbox *x)
{
	x->side = 0;
	enum err err = by_time(x, &outbox_young, read_told);
	x->side = 1;
	x->kind = COMPLETED;
	if (!err)
		err = by_time(x, &orders_young, read_due);
	x->kind = REFUNDED;
	if (err)
		return err;
	return refunds_due(x);
}

static int by_id(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int by = memcmp(x->id.b, y->id.b, sizeof x->id.b);
	if (by)
		return by;
	return (int)x->kind - (int)y->kind;
}

/* How many entries from `at` on equal `of`. */
static int64_t run_of(const struct list *l, size_t at, const struct found *of)
{
	size_t end = at;
	while (end < l->n && by_id(&l->list[end], of) == 0)
		end++;
	return (int64_t)(end - at);
}

/* Merges the two sorted lists and reports each id whose number of occurrences differs. */
static void compare(struct outbox *x)
{
	struct list *told = &x->ids[0], *due = &x->ids[1];
	for (int i = 0; i < 2; i++)
		if (x->ids[i].n)
			qsort(x->ids[i].list, x->ids[i].n, sizeof(struct found), by_id);
	for (size_t a = 0, b = 0; a < told->n || b < due->n;) {
		const struct found *f =
			b == due->n || (a < told->n && by_id(&told->list[a], &due->list[b]) < 0)
			? &told->list[a]
			: &due->list[b];
		int64_t have = run_of(told, a, f), want = run_of(due, b, f);
		if (have != want)
			mismatch_int(x->v,
				f->kind == COMPLETED ? OUTBOX_COMPLETED : OUTBOX_REFUNDED,
				row_of("order", f->id), have, want);
		a += (size_t)have;
		b += (size_t)want;
	}
}

static bool all_slices_equal(const struct outbox *x)
{
	struct uuid key;
	const struct slice *s;
	for (size_t at = 0; (s = map_next(&x->slices, &at, &key));)
		if (!slices_equal(s))
			return false;
	return true;
}

enum err verify_outbox(struct verify *v)
{
	struct outbox x = {.v = v};
	map_init(&x.slices, NULL, sizeof(struct uuid), sizeof(struct slice));
	params_set(&v->p, "since", val_time(v->now - KEPT));
	params_set(&v->p, "first", val_uuid(uuid_of_time(v->now - KEPT, false)));
	enum err err = read_both_sides(&x);
	if (!err && !all_slices_equal(&x)) {
		x.collect = true;
		err = read_both_sides(&x);
		if (!err)
			compare(&x);
	}
	map_free(&x.slices);
	free(x.ids[0].list);
	free(x.ids[1].list);
	return err;
}
