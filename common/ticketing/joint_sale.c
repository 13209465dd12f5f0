/* joint_sale: sells to several buyers in one transaction. */
#include "common/ticketing/joint_sale.h"

#include "common/http/principal.h"
#include "common/ticketing/hold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* ---- reading for all ---- */

#define IDS_MAX 16 /* ids in one statement; unused ones repeat the first */
#define OFFERS_MAX 128 /* ticket types of one shared transaction */

_Static_assert(IDS_MAX >= KEPT_MAX, "one statement reads the holds of all members");

#define IDS "(:i0, :i1, :i2, :i3, :i4, :i5, :i6, :i7, :i8, :i9, :i10, :i11, :i12, :i13, :i14, :i15)"

static const struct statement offers_of_many = {
	"stock_offers_of_many",
	OFFER_COLUMNS ", e.id AS eventId, e.org_id AS org"
		      " FROM ticket_types t FORCE INDEX (PRIMARY)"
		      " STRAIGHT_JOIN events e ON e.id = t.event_id"
		      " STRAIGHT_JOIN organizations o ON o.id = e.org_id"
		      " LEFT JOIN event_stock s ON s.event_id = e.id"
		      " WHERE t.id IN " IDS " ORDER BY t.id",
	SQL_READ | SQL_GLOBAL,
};
/* SKIP LOCKED: nobody waits for the hold of another. */
static const struct statement holds_lock_many = {
	"holds_lock_many",
	HOLD_LOCK_COLUMNS ", org_id AS org"
			  " FROM holds FORCE INDEX (PRIMARY)"
			  " WHERE id IN " IDS " FOR UPDATE SKIP LOCKED",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement hold_items_of_many = {
	"hold_items_of_many",
	HOLD_ITEM_COLUMNS ", hold_id AS hold"
			  " FROM hold_items FORCE INDEX (PRIMARY)"
			  " WHERE hold_id IN " IDS " ORDER BY hold_id, ticket_id",
	SQL_READ | SQL_GLOBAL,
};

/* A ticket type that is on offer to the members. */
struct offer {
	struct uuid ticket, event, org;
	struct rows row; /* of offers_of_many, less what was sold to members */
	bool closed; /* tickets were missing for a member */
};

/* What was read, as r->joint. */
struct found {
	struct rows holds, items;
	bool *given; /* which of the holds were given out */
	struct offer offers[OFFERS_MAX];
	size_t n_offers;
};

struct ids {
	struct uuid list[OFFERS_MAX];
	size_t n;
};

/* Adds an id, unless it is there or the list is full. */
static void ids_add(struct ids *ids, const struct uuid *id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (uuid_equal(&ids->list[i], id))
			return;
	if (ids->n < OFFERS_MAX)
		ids->list[ids->n++] = *id;
}

/* Sets :i0 to :i15 to the ids from `first` on. */
static void ids_params(struct params *p, struct arena *a, const struct ids *ids, size_t first)
{
	params_init(p, a);
	for (size_t i = 0; i < IDS_MAX; i++) {
		size_t at = first + i < ids->n ? first + i : first;
		params_set(p, arena_printf(a, "i%zu", i), val_uuid(ids->list[at]));
	}
}

/* The hold that a request names. */
static bool hold_wanted(const struct req *r, struct uuid *id)
{
	struct val named = params_get(&r->input, "holdId");
	if (named.type == VAL_UUID)
		*id = named.id;
	return named.type == VAL_UUID ||
		(r->args[0] && uuid_parse(r->args[0], strlen(r->args[0]), id));
}

static void collect_ids(struct req *const *list, size_t n, struct ids *holds, struct ids *tickets)
{
	for (size_t i = 0; i < n; i++) {
		struct uuid id;
		struct val items = params_get(&list[i]->input, "items");
		if (hold_wanted(list[i], &id))
			ids_add(holds, &id);
		for (size_t k = 0; items.type == VAL_LIST && k < items.count; k++) {
			id = params_get(&items.items[k], "ticketId").id;
			ids_add(tickets, &id);
		}
	}
}

/* One row of a result as a result. */
static struct rows row_of(const struct rows *rows, size_t i, size_t n)
{
	struct rows one = *rows;
	one.n = one.affected = n;
	one.cells = rows->cells + i * rows->columns;
	return one;
}

static enum err read_offers(
	struct db *db, struct arena *a, const struct ids *tickets, struct found *f)
{
	struct params p;
	struct rows rows;
	enum err err = OK;
	for (size_t first = 0; first < tickets->n && !err; first += IDS_MAX) {
		ids_params(&p, a, tickets, first);
		err = sql_run(db, a, &offers_of_many, &p, &rows);
		for (size_t i = 0; i < rows.n && !err; i++)
			f->offers[f->n_offers++] = (struct offer){
				.ticket = rows_get(&rows, i, "id").id,
				.event = rows_get(&rows, i, "eventId").id,
				.org = rows_get(&rows, i, "org").id,
				.row = row_of(&rows, i, 1),
			};
	}
	return err;
}

static enum err read_holds(struct db *db, struct arena *a, const struct ids *holds, struct found *f)
{
	struct params p;
	if (holds->n == 0)
		return OK;
	ids_params(&p, a, holds, 0);
	enum err err = sql_run(db, a, &holds_lock_many, &p, &f->holds);
	if (!err)
		err = sql_run(db, a, &hold_items_of_many, &p, &f->items);
	f->given = arena_array(a, f->holds.n + 1, sizeof *f->given);
	return err;
}

static enum err read_for_all(struct req *const *list, size_t n, struct arena *a, void **found)
{
	struct ids *holds = arena_alloc(a, sizeof *holds),
		   *tickets = arena_alloc(a, sizeof *tickets);
	struct found *f = arena_alloc(a, sizeof *f);
	*found = f;
	if (n == 0)
		return OK;
	collect_ids(list, n, holds, tickets);
	enum err err = read_holds(list[0]->db, a, holds, f);
	if (err)
		return err;
	return read_offers(list[0]->db, a, tickets, f);
}

/* ---- in place of statements ---- */

enum err joint_sale_hold(struct req *r, struct uuid id, struct rows *row)
{
	struct found *f = r->joint;
	size_t i = 0;
	while (i < f->holds.n && !val_equal(rows_get(&f->holds, i, "id"), val_uuid(id)))
		i++;
	if (i == f->holds.n || f->given[i] ||
		!val_equal(rows_get(&f->holds, i, "org"), val_uuid(r->who->org)))
		return ERR_RETRY;
	f->given[i] = true;
	*row = row_of(&f->holds, i, 1);
	return OK;
}

void joint_sale_hold_items(const struct req *r, struct uuid id, struct rows *items)
{
	const struct rows *all = &((const struct found *)r->joint)->items;
	size_t from = 0, n = 0;
	while (from < all->n && !val_equal(rows_get(all, from, "hold"), val_uuid(id)))
		from++;
	while (from + n < all->n && val_equal(rows_get(all, from + n, "hold"), val_uuid(id)))
		n++;
	*items = row_of(all, from, n);
}

static struct offer *offer_of(struct found *f, const struct uuid *ticket)
{
	for (size_t i = 0; i < f->n_offers; i++)
		if (uuid_equal(&f->offers[i].ticket, ticket))
			return &f->offers[i];
	return NULL;
}

/* A type of another event, or none, gives ERR_RETRY: the refusal is found alone. */
enum err joint_sale_offers(
	struct req *r, struct uuid event_id, const struct line_items *items, struct rows *offers)
{
	struct found *f = r->joint;
	*offers = (struct rows){.n = 0};
	for (size_t i = 0; i < items->n; i++) {
		struct offer *o = offer_of(f, &items->list[i].ticket);
		if (!o || o->closed || !uuid_equal(&o->event, &event_id) ||
			!uuid_equal(&o->org, &r->who->org))
			return ERR_RETRY;
		if (offers->n == 0) {
			*offers = row_of(&o->row, 0, 0);
			offers->cells = arena_array(
				r->arena, items->n * offers->columns, sizeof *offers->cells);
		}
		memcpy(offers->cells + offers->n++ * offers->columns, o->row.cells,
			offers->columns * sizeof *offers->cells);
	}
	return OK;
}

/* Closes the offer of a ticket type, and with `event` (may be NULL) all of that event. */
static void close_offers(struct found *f, const struct uuid *ticket, const struct uuid *event)
{
	for (size_t i = 0; i < f->n_offers; i++) {
		struct offer *o = &f->offers[i];
		if (uuid_equal(&o->ticket, ticket) || (event && uuid_equal(&o->event, event)))
			o->closed = true;
	}
}

enum err joint_sale_short(struct req *r, const struct line_items *items, const struct uuid *event)
{
	for (size_t i = 0; i < items->n; i++)
		close_offers(r->joint, &items->list[i].ticket, event);
	return ERR_RETRY;
}

/* ---- what members take ---- */

/* Whether the member's movement of a type needs no notice: with fewer tickets or places remaining a
 * webhook event is due, or the type is sold out. */
static bool is_plain(const struct offer *o, const struct ticket_move *m, int64_t by)
{
	const struct rows *row = &o->row;
	int64_t left = rows_int(row, 0, "quantity") - rows_int(row, 0, "sold") -
		rows_int(row, 0, "held") - m->sold - m->held,
		places = rows_int(row, 0, "capacity") - rows_int(row, 0, "taken") - by;
	if (left < m->floor)
		return false;
	return rows_get(row, 0, "capacity").type != VAL_INT ||
		(m->capped && places >= MAX(m->least, m->places_floor));
}

static void add_to(struct rows *row, const char *column, int64_t by)
{
	rows_set(row, 0, column, val_int(rows_int(row, 0, column) + by));
}

/* The member is run alone: closes what it asked for, and its event if that has a capacity. */
static bool refuse(struct found *f, const struct inventory_moves *moves)
{
	for (size_t i = 0; i < moves->n; i++) {
		const struct ticket_move *m = &moves->list[i];
		close_offers(f, &m->ticket, m->capped ? &m->event : NULL);
	}
	return false;
}

static void subtract(struct found *f, const struct ticket_move *m)
{
	for (size_t k = 0; k < f->n_offers; k++) {
		struct offer *o = &f->offers[k];
		if (uuid_equal(&o->ticket, &m->ticket)) {
			add_to(&o->row, "sold", m->sold);
			add_to(&o->row, "held", m->held);
		}
		if (uuid_equal(&o->event, &m->event) &&
			rows_get(&o->row, 0, "capacity").type == VAL_INT)
			add_to(&o->row, "taken", m->sold + m->held);
	}
}

static bool admit(struct req *r)
{
	struct found *f = r->joint;
	const struct inventory_moves *moves = r->before_commit_ctx;
	int64_t by = -inventory_freed(moves, NULL);
	for (size_t i = 0; i < moves->n; i++) {
		const struct ticket_move *m = &moves->list[i];
		const struct offer *o = m->wanted ? offer_of(f, &m->ticket) : NULL;
		assert(!m->wanted || o);
		if (o && (moves->sold_out_published || !is_plain(o, m, by)))
			return refuse(f, moves);
	}
	for (size_t i = 0; i < moves->n; i++)
		subtract(f, &moves->list[i]);
	return true;
}

/* ---- the contended rows ---- */

/* The sum of all members' movements of one ticket type, or of one event. */
struct sum {
	struct ticket_move move;
	struct uuid org;
};

static int by_ticket(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;
	return memcmp(x->move.ticket.b, y->move.ticket.b, sizeof x->move.ticket.b);
}

static int by_event(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;
	return memcmp(x->move.event.b, y->move.event.b, sizeof x->move.event.b);
}

static void add_move(struct ticket_move *sum, const struct ticket_move *m)
{
	sum->sold += m->sold;
	sum->held += m->held;
	sum->wanted += m->wanted;
	sum->floor = MAX(sum->floor, m->floor);
	sum->least = MAX(sum->least, m->least);
	sum->places_floor = MAX(sum->places_floor, m->places_floor);
	sum->capped = sum->capped || m->capped;
	sum->low_published = sum->low_published || m->low_published;
}

/* Sorts the sums and adds up those that are equal by `order`; returns their number. */
static size_t add_up(struct sum *sums, size_t n, int (*order)(const void *, const void *))
{
	size_t kept = 0;
	qsort(sums, n, sizeof *sums, order);
	for (size_t i = 0; i < n; i++) {
		if (kept && order(&sums[kept - 1], &sums[i]) == 0)
			add_move(&sums[kept - 1].move, &sums[i].move);
		else
			sums[kept++] = sums[i];
	}
	return kept;
}

static const struct params *sum_params(struct arena *a, const struct sum *s)
{
	struct params *p = arena_alloc(a, sizeof *p);
	const struct ticket_move *m = &s->move;
	params_init(p, a);
	params_set(p, "org", val_uuid(s->org));
	inventory_move_params(p, m);
	params_set(p, "takes", val_bool(m->wanted > 0));
	params_set(p, "by", val_int(m->sold + m->held));
	params_set(p, "least", val_int(MAX(m->least, m->places_floor)));
	return p;
}

static void many_init(struct params_many *many, struct arena *a, size_t room)
{
	*many = (struct params_many){arena_array(a, room + 1, sizeof *many->list), 0};
}

static enum err move_tickets(struct db *db, struct arena *a, const struct sum *sums, size_t n)
{
	struct params_many moves;
	uint64_t affected;
	many_init(&moves, a, n);
	for (size_t i = 0; i < n; i++)
		moves.list[moves.n++] = sum_params(a, &sums[i]);
	enum err err = sql_run_many(db, a, &inventory_move_summed, &moves, &affected);
	if (!err && affected != n)
		return ERR_RETRY;
	return err;
}

/* Places are given back to every event, and taken from those with a capacity of their own. */
static enum err move_places(struct db *db, struct arena *a, const struct sum *sums, size_t n)
{
	struct params_many gives, takes;
	uint64_t affected;
	many_init(&gives, a, n);
	many_init(&takes, a, n);
	for (size_t i = 0; i < n; i++) {
		int64_t by = sums[i].move.sold + sums[i].move.held;
		if (by < 0)
			gives.list[gives.n++] = sum_params(a, &sums[i]);
		else if (by > 0 && sums[i].move.capped)
			takes.list[takes.n++] = sum_params(a, &sums[i]);
	}
	enum err err = sql_run_many(db, a, &inventory_return_places, &gives, &affected);
	for (size_t i = 0; !err && affected && i < gives.n; i++)
		err = inventory_rearm(db, a, gives.list[i]);
	if (!err)
		err = sql_run_many(db, a, &inventory_take_places, &takes, &affected);
	if (!err && affected != takes.n)
		return ERR_RETRY;
	return err;
}

static enum err write_for_all(struct req *const *list, size_t n, struct arena *a)
{
	size_t all = 0;
	for (size_t i = 0; i < n; i++)
		all += ((const struct inventory_moves *)list[i]->before_commit_ctx)->n;
	struct sum *sums = arena_array(a, all + 1, sizeof *sums);
	all = 0;
	for (size_t i = 0; i < n; i++) {
		const struct inventory_moves *moves = list[i]->before_commit_ctx;
		for (size_t k = 0; k < moves->n; k++)
			sums[all++] = (struct sum){moves->list[k], list[i]->who->org};
	}
	size_t types = add_up(sums, all, by_ticket);
	enum err err = move_tickets(list[0]->db, a, sums, types);
	if (err)
		return err;
	return move_places(list[0]->db, a, sums, add_up(sums, types, by_event));
}

const struct joint joint_sale = {read_for_all, admit, write_for_all};

const struct module joint_sale_module = {.statements = (const struct statement *const[]){
						 &hold_items_of_many,
						 &holds_lock_many,
						 &offers_of_many,
						 NULL,
					 }};
