/* orders: verifies orders, their items and refunds, and the order counters. */
#include "cli/verify/mismatch.h"
#include "common/text/currency.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define VERIFY_ORDER_OF(table) " (:org IS NULL OR " table ".org_id = :org)"
#define PART(id) " " id " > :after AND " id " <= :upto AND"

static const struct statement tallies_all = {
	"verify_tallies",
	"SELECT t.org_id AS org, t.event_id AS event, t.mark, t.completed,"
	" t.partially_refunded, t.refunded"
	" FROM order_tallies t"
	" WHERE" VERIFY_ORDER_OF("t"),
	SQL_READ,
};
static const struct statement orders_next = {"verify_orders_next",
	"SELECT id"
	" FROM orders FORCE INDEX (PRIMARY)"
	" WHERE id > :after"
	" ORDER BY id"
	" LIMIT 1 OFFSET 49999",
	SQL_READ | SQL_GLOBAL};

/* The columns of orders_part by position, since millions of rows are read. One row per item in the
 * order of both primary keys; an order without items gives one row. */
enum {
	O_ID,
	O_ORG,
	O_EVENT,
	O_STATUS,
	O_SUBTOTAL,
	O_FEES,
	O_TOTAL,
	O_REFUNDED,
	O_REFUNDED_AT,
	O_CURRENCY,
	O_NO_REFUND,
	I_ID,
	I_ORG,
	I_TICKET,
	I_QUANTITY,
	I_PRICE,
	I_FEE,
	I_SUBTOTAL,
	I_REFUNDED,
	I_RESTOCKED
};
static const struct statement orders_part = {
	"verify_orders_part",
	"SELECT"
	" STRAIGHT_JOIN o.id, o.org_id, o.event_id, o.status, o.subtotal, o.fees,"
	" o.total, o.refunded_total, o.refunded_at IS NOT NULL AS was_refunded,"
	" o.currency, o.refunded_total <> 0"
	" AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = o.id) AS no_refund,"
	" i.id AS item, i.org_id AS item_org, i.ticket_id, i.quantity, i.unit_price,"
	" i.unit_fee, i.subtotal AS item_subtotal, i.refunded_quantity,"
	" i.restocked_quantity"
	" FROM orders o FORCE INDEX (PRIMARY)"
	" LEFT"
	" JOIN order_items i FORCE INDEX (PRIMARY) ON i.order_id = o.id"
	" WHERE" PART("o.id") VERIFY_ORDER_OF("o") " ORDER BY o.id",
	SQL_READ,
};
static const struct statement items_count = {"verify_items_count",
	"SELECT COUNT(*) AS n"
	" FROM order_items i FORCE INDEX (PRIMARY)"
	" WHERE" PART("i.order_id") VERIFY_ORDER_OF("i"),
	SQL_READ};
static const struct statement items_lost = {
	"verify_items_lost",
	"SELECT i.id"
	" FROM order_items i FORCE INDEX (PRIMARY)"
	" LEFT"
	" JOIN orders o ON o.id = i.order_id"
	" WHERE" PART("i.order_id") VERIFY_ORDER_OF("i") " AND o.id IS NULL",
	SQL_READ,
};
static const struct statement refunds_next = {
	"verify_refunds_next",
	"SELECT order_id AS id"
	" FROM refunds FORCE INDEX (PRIMARY)"
	" WHERE order_id > :after"
	" ORDER BY order_id"
	" LIMIT 1 OFFSET 49999",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement refunds_part = {
	"verify_refunds_part",
	"SELECT r.order_id AS id, CAST(SUM(r.amount) AS SIGNED) AS amount,"
	" MAX(o.refunded_total) AS refunded_total, MAX(o.currency) AS currency"
	" FROM refunds r FORCE INDEX (PRIMARY)"
	" LEFT"
	" JOIN orders o ON o.id = r.order_id AND o.org_id = r.org_id"
	" WHERE" PART("r.order_id")
		VERIFY_ORDER_OF("r") " GROUP BY r.order_id HAVING NOT (amount <=> refunded_total)",
	SQL_READ,
};

/* The order whose items are being read. Amounts are stored ones. */
struct reading {
	struct verify *v;
	bool open; /* an order was begun and not compared yet */
	struct uuid id, org, event;
	char status; /* its first letter */
	int64_t stored_subtotal, stored_fees, total, stored_refunded;
	bool refunded_at, no_refund;
	int64_t items, quantity, refunded_quantity, subtotal, fees,
		refunded; /* sums of its items */
	int64_t read; /* items read in this part */
};

static const char *status_name(char letter)
{
	if (letter == 'C')
		return "COMPLETED";
	if (letter == 'P')
		return "PARTIALLY_REFUNDED";
	return "REFUNDED";
}

static int status_index(char letter)
{
	if (letter == 'C')
		return 0;
	if (letter == 'P')
		return 1;
	return 2;
}

/* Counts the order for a counter row, unless it lies behind the row's mark. */
static void count_for(struct verify *v, const struct uuid *key, const struct reading *o)
{
	struct tally_sums *t = map_find(&v->tallies, key);
	if (t && memcmp(o->id.b, t->mark.b, sizeof o->id.b) <= 0)
		t->counted[status_index(o->status)]++;
}

/* Compares the order with the sums of its items. */
static void order_end(struct reading *o)
{
	struct verify *v = o->v;
	if (!o->open)
		return;
	o->open = false;
	v->orders++;
	count_for(v, &o->org, o);
	count_for(v, &o->event, o);
	if (o->items == 0) {
		mismatch_int(v, ORDER_ITEMS, row_of("order", o->id), 0, 1);
		return;
	}
	char status = 'C';
	if (o->refunded_quantity)
		status = o->refunded_quantity < o->quantity ? 'P' : 'R';
	if (o->stored_subtotal != o->subtotal)
		mismatch_money(
			v, ORDER_SUBTOTAL, row_of("order", o->id), o->stored_subtotal, o->subtotal);
	if (o->stored_fees != o->fees)
		mismatch_money(v, ORDER_FEES, row_of("order", o->id), o->stored_fees, o->fees);
	if (o->total != o->stored_subtotal + o->stored_fees)
		mismatch_money(v, ORDER_TOTAL, row_of("order", o->id), o->total,
			o->stored_subtotal + o->stored_fees);
	if (o->stored_refunded != o->refunded)
		mismatch_money(
			v, ORDER_REFUNDED, row_of("order", o->id), o->stored_refunded, o->refunded);
	if (o->no_refund)
		mismatch_money(v, ORDER_REFUNDS, row_of("order", o->id), o->stored_refunded, 0);
	if (o->status != status)
		mismatch(v, ORDER_STATUS, row_of("order", o->id), status_name(o->status),
			status_name(status));
	else if (o->refunded_at != (status != 'C'))
		mismatch(v, ORDER_STATUS, row_of("order", o->id),
			o->refunded_at ? "refundedAt" : "no refundedAt", status_name(status));
}

static void order_begin(struct reading *o, const struct val *c)
{
	assert(!o->open);
	*o = (struct reading){.v = o->v,
		.read = o->read,
		.open = true,
		.id = c[O_ID].id,
		.org = c[O_ORG].id,
		.event = c[O_EVENT].id,
		.status = c[O_STATUS].s[0]};
	o->v->scale = currency_scale(c[O_CURRENCY].s);
	o->stored_subtotal = c[O_SUBTOTAL].i;
	o->stored_fees = c[O_FEES].i;
	o->total = c[O_TOTAL].i;
	o->stored_refunded = c[O_REFUNDED].i;
	o->refunded_at = c[O_REFUNDED_AT].i;
	o->no_refund = c[O_NO_REFUND].i;
}

static void item_sums(struct reading *o, const struct val *c)
{
	int64_t quantity = c[I_QUANTITY].i, refunded = c[I_REFUNDED].i, price = c[I_PRICE].i,
		fee = c[I_FEE].i;
	o->items++;
	o->read++;
	o->quantity += quantity;
	o->refunded_quantity += refunded;
	o->subtotal += c[I_SUBTOTAL].i;
	o->fees += quantity * fee;
	o->refunded += refunded * (price + fee);
}

static enum err read_item(void *ctx, const struct rows *row)
{
	struct reading *o = ctx;
	struct verify *v = o->v;
	const struct val *c = row->cells;
	if (!o->open || !uuid_equal(&o->id, &c[O_ID].id)) {
		order_end(o);
		order_begin(o, c);
	}
	if (c[I_ID].type != VAL_UUID)
		return OK;
	item_sums(o, c);
	struct type_sums *t = map_at(&v->types, &c[I_TICKET].id);
	t->order_sold += c[I_QUANTITY].i - c[I_RESTOCKED].i;
	t->restocked = t->restocked || c[I_RESTOCKED].i;
	if (c[I_SUBTOTAL].i != c[I_QUANTITY].i * c[I_PRICE].i)
		mismatch_money(v, ITEM_SUBTOTAL, row_of("item", c[I_ID].id), c[I_SUBTOTAL].i,
			c[I_QUANTITY].i * c[I_PRICE].i);
	if (c[I_RESTOCKED].i > c[I_REFUNDED].i)
		mismatch_int(v, ITEM_RESTOCKED, row_of("item", c[I_ID].id), c[I_RESTOCKED].i,
			c[I_REFUNDED].i);
	if (!uuid_equal(&c[I_ORG].id, &o->org))
		mismatch(v, ITEM_ORDER, row_of("item", c[I_ID].id), "an organization",
			"not the order's organization");
	if (!t->there || !uuid_equal(&t->event, &o->event))
		mismatch(v, ITEM_TICKET, row_of("item", c[I_ID].id), "a ticket type",
			t->there ? "a ticket type of another event" : "no such ticket type");
	return OK;
}

static enum err read_lost(void *ctx, const struct rows *row)
{
	mismatch(ctx, ITEM_ORDER, row_of("item", rows_get(row, 0, "id").id), "an order",
		"no such order");
	return OK;
}

/* Reads a part of the orders. When it has more items than were reached through their orders, looks
 * for the items without an order. */
static enum err orders_parts(struct verify *v)
{
	struct reading o = {.v = v};
	struct rows n;
	enum err err = sql_stream(v->c->db, &orders_part, &v->p, read_item, &o);
	if (err)
		return err;
	order_end(&o);
	v->items += o.read;
	err = sql_run(v->c->db, v->c->arena, &items_count, &v->p, &n);
	if (err || rows_int(&n, 0, "n") == o.read)
		return err;
	return verify_each(v, &items_lost, read_lost);
}

static enum err read_refunds(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	v->scale = currency_scale(rows_text(row, 0, "currency"));
	mismatch_money(v, ORDER_REFUNDS, row_of("order", rows_get(row, 0, "id").id),
		rows_int(row, 0, "refunded_total"), rows_int(row, 0, "amount"));
	return OK;
}

static enum err refunds_parts(struct verify *v)
{
	return verify_each(v, &refunds_part, read_refunds);
}

static enum err read_tally(void *ctx, const struct rows *row)
{
	static const struct uuid whole;
	struct verify *v = ctx;
	struct uuid event = rows_get(row, 0, "event").id, org = rows_get(row, 0, "org").id;
	struct tally_sums *t = map_at(&v->tallies, uuid_equal(&event, &whole) ? &org : &event);
	t->mark = rows_get(row, 0, "mark").id;
	t->stored[0] = rows_int(row, 0, "completed");
	t->stored[1] = rows_int(row, 0, "partially_refunded");
	t->stored[2] = rows_int(row, 0, "refunded");
	return OK;
}

enum err verify_orders(struct verify *v)
{
	enum err err = verify_each(v, &tallies_all, read_tally);
	if (!err)
		err = verify_walk(v, &orders_next, orders_parts);
	if (err)
		return err;
	return verify_walk(v, &refunds_next, refunds_parts);
}
