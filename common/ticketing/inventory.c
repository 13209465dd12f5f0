/* inventory: moves the sold and held counts of ticket types, and prevents overselling. */
#include "common/ticketing/inventory.h"

#include "common/ticketing/event.h"
#include "common/ticketing/outbox.h"
#include "common/ticketing/ticket.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

static const struct statement ledger_insert = {
	"ledger_insert",
	"INSERT INTO ledger (id, org_id, event_id, ticket_id, kind, sold, held,"
	" source_id, at)"
	" VALUES (:ledgerId, :org, :eventId, :ticketId, :kind, :sold, :held, :source,"
	" :now)",
	SQL_WRITE,
};

/* The guard of every movement: no count below zero, and sold + held not above the quantity. */
#ifndef TG_TEST_NO_GUARD
#define WITHIN                                         \
	" AND sold + :sold >= 0 AND held + :held >= 0" \
	" AND sold + held + :sold + :held + :floor <= quantity"
#else /* without the guard: only tests/race/test_boxoffice.py builds it, to detect oversells */
#define WITHIN " AND :floor IS NOT NULL"
#endif
#define ON_OFFER " AND published AND NOT marked_sold_out AND capped = :capped"

/* The common case: enough tickets remain that no webhook event is due. */
static const struct statement take_plenty = {
	"stock_take_plenty",
	"UPDATE ticket_types"
	" SET sold = sold + :sold, held = held + :held"
	" WHERE id = :ticketId AND org_id = :org AND low_notified = :low" WITHIN ON_OFFER,
	SQL_WRITE,
};
/* Assignments are evaluated from left to right: low_notified is cleared if the new remaining count
 * is not below the threshold; see inventory_rearm for events with a capacity. Only refunds decrease
 * the sold count. */
#define MOVE_AND_REARM                                                                    \
	"UPDATE ticket_types"                                                             \
	" SET low_notified = low_notified"                                                \
	" AND (capped OR quantity < sold + held + :sold + :held + " TICKET_THRESHOLD ")," \
	" kept = kept OR :sold < 0, sold = sold + :sold, held = held + :held"             \
	" WHERE id = :ticketId AND org_id = :org" WITHIN
static const struct statement take_last = {"stock_take_last", MOVE_AND_REARM ON_OFFER, SQL_WRITE};
const struct statement inventory_move_summed = {"stock_move_summed",
	MOVE_AND_REARM " AND (NOT :takes OR (low_notified = :low" ON_OFFER "))", SQL_WRITE};
static const struct statement give_back = {"stock_give_back", MOVE_AND_REARM, SQL_WRITE};
/* The types whose low_notified disagrees with what remains of them (ticket_left). Whatever moves
 * one type concerns all types of an event that has a capacity. */
static const struct statement low_changes = {
	"stock_low_changes",
	"SELECT t.id, t.published, t.low_notified AS lowNotified"
	" FROM ticket_types t"
	" LEFT JOIN event_stock s ON s.event_id = t.event_id AND t.capped"
	" WHERE t.event_id = :eventId AND t.org_id = :org AND (t.capped OR t.id = :ticketId)"
	" AND t.low_notified <> (t.quantity < t.sold + t.held + " TICKET_THRESHOLD
	" OR COALESCE(s.capacity < s.taken + " TICKET_THRESHOLD ", FALSE))"
	" ORDER BY t.id",
	SQL_READ,
};
static const struct statement low_floor = {
	"stock_low_floor",
	"UPDATE event_stock"
	" SET low_floor = " STOCK_LOW_FLOOR(
		":eventId") " WHERE event_id = :eventId AND org_id = :org AND capacity IS NOT NULL",
	SQL_WRITE,
};
static const struct statement low_set = {"stock_low_set",
	"UPDATE ticket_types"
	" SET low_notified = :low"
	" WHERE id = :ticketId AND org_id = :org",
	SQL_WRITE};

const struct statement inventory_take_places = {
	"stock_cap_plenty",
	"UPDATE event_stock"
	" SET taken = taken + :by"
	" WHERE event_id = :eventId AND org_id = :org AND capacity IS NOT NULL"
	" AND taken + :by + :least <= capacity AND taken + :by >= 0",
	SQL_WRITE,
};
static const struct statement cap_last = {
	"stock_cap_last",
	"UPDATE event_stock"
	" SET taken = taken + :by"
	" WHERE event_id = :eventId AND org_id = :org AND capacity IS NOT NULL"
	" AND taken + :by <= capacity AND taken + :by >= 0",
	SQL_WRITE,
};
/* `taken` is maintained only while the event has a capacity; setting a capacity recounts it. */
const struct statement inventory_return_places = {
	"stock_cap_return",
	"UPDATE event_stock"
	" SET taken = IF(capacity IS NULL, taken, taken + :by), sold_out = FALSE"
	" WHERE event_id = :eventId AND org_id = :org"
	" AND (capacity IS NOT NULL OR sold_out)",
	SQL_WRITE,
};
/* Locked before the ticket types are read: if two buyers take the last tickets of two types at
 * once, the second one sees the first one's change. Changed first: see sql/020_turns.sql. */
static const struct statement sold_out_turn = {"stock_sold_out_turn",
	"UPDATE event_stock"
	" SET turn = turn + 1"
	" WHERE event_id = :eventId AND org_id = :org",
	SQL_WRITE};
static const struct statement sold_out_lock = {"stock_sold_out_lock",
	"SELECT sold_out AS soldOut"
	" FROM event_stock"
	" WHERE event_id = :eventId AND org_id = :org"
	" FOR UPDATE",
	SQL_READ};
/* A sale of an event that was sold out, although no ticket was given back: the organizer raised a
 * quantity or the capacity. */
static const struct statement on_sale_again = {"stock_on_sale_again",
	"UPDATE event_stock"
	" SET sold_out = FALSE"
	" WHERE event_id = :eventId AND org_id = :org",
	SQL_WRITE};
static const struct statement sold_out_set = {"stock_sold_out_set",
	"UPDATE event_stock"
	" SET sold_out = TRUE"
	" WHERE event_id = :eventId AND org_id = :org AND NOT sold_out",
	SQL_WRITE};

/* The ledger's name of each movement, and its effect on the counts. */
static const struct {
	const char *name;
	int sold, held; /* the sign of the quantity in each column */
} kinds[] = {
	[MOVE_SALE] = {"SALE", 1, 0},
	[MOVE_HOLD] = {"HOLD", 0, 1},
	[MOVE_RELEASE] = {"RELEASE", 0, -1},
	[MOVE_EXPIRE] = {"EXPIRE", 0, -1},
	[MOVE_SETTLE] = {"SETTLE", 1, -1},
	[MOVE_REFUND] = {"REFUND", -1, 0},
};

#define MOVES_MAX (ITEMS_MAX * 2) /* ticket types that one transaction moves */

static void grow(struct inventory_moves *s, struct arena *a)
{
	struct ticket_move *more;
	s->room = MAX(4 * s->room, 4);
	more = arena_array(a, s->room, sizeof *more);
	if (s->n)
		memcpy(more, s->list, s->n * sizeof *more);
	s->list = more;
}

/* The entry of a ticket type, inserted in order if it is new. NULL when there are too many. */
static struct ticket_move *inventory_slot(
	struct inventory_moves *s, struct arena *a, struct uuid ticket_id, struct uuid event_id)
{
	size_t at = 0;
	while (at < s->n && memcmp(s->list[at].ticket.b, ticket_id.b, sizeof ticket_id.b) < 0)
		at++;
	if (at < s->n && uuid_equal(&s->list[at].ticket, &ticket_id))
		return &s->list[at];
	if (s->n == MOVES_MAX)
		return NULL;
	if (s->n == s->room)
		grow(s, a);
	memmove(&s->list[at + 1], &s->list[at], (s->n - at) * sizeof *s->list);
	s->n++;
	s->list[at] = (struct ticket_move){.ticket = ticket_id, .event = event_id};
	return &s->list[at];
}

enum err inventory_record(const struct inventory_writer *w, const struct inventory_change *c)
{
	struct ticket_move *m = inventory_slot(w->moves, w->arena, c->ticket, c->event);
	if (!m)
		return ERR_INTERNAL;
	assert(c->quantity > 0);
	m->sold += kinds[c->kind].sold * c->quantity;
	m->held += kinds[c->kind].held * c->quantity;
	params_set(w->params, "ledgerId", val_uuid(uuid_make()));
	params_set(w->params, "eventId", val_uuid(c->event));
	params_set(w->params, "ticketId", val_uuid(c->ticket));
	params_set(w->params, "kind", val_text(kinds[c->kind].name));
	params_set(w->params, "sold", val_int(kinds[c->kind].sold * c->quantity));
	params_set(w->params, "held", val_int(kinds[c->kind].held * c->quantity));
	params_set(w->params, "source", val_uuid(c->source));
	return batch_add(w->db, w->arena, w->batch, &ledger_insert, w->params);
}

enum err inventory_move(
	struct req *r, struct inventory_moves *moves, const struct inventory_change *change)
{
	struct params p;
	const struct inventory_writer w = {r->db, r->arena, &r->batch, &p, moves};
	req_params(r, &p, NULL);
	req_event(r, change->event);
	return inventory_record(&w, change);
}

int64_t inventory_freed(const struct inventory_moves *stock, const struct uuid *ticket_id)
{
	int64_t n = 0;
	for (size_t i = 0; i < stock->n; i++)
		if (!ticket_id || uuid_equal(&stock->list[i].ticket, ticket_id))
			n -= stock->list[i].sold + stock->list[i].held;
	return n;
}

void inventory_move_params(struct params *p, const struct ticket_move *m)
{
	params_set(p, "ticketId", val_uuid(m->ticket));
	params_set(p, "eventId", val_uuid(m->event));
	params_set(p, "sold", val_int(m->sold));
	params_set(p, "held", val_int(m->held));
	params_set(p, "floor", val_int(m->floor));
	params_set(p, "capped", val_bool(m->capped));
	params_set(p, "low", val_bool(m->low_published));
}

/* Publishes a resource as a GET shows it, without nested rows. */
static enum err publish_state(struct req *r, const struct resource *of,
	const struct statement *shown, struct outbox_event *published)
{
	static struct buf data = {.max = RESPONSE_MAX};
	struct params p;
	struct rows rows;
	struct json j;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(published->subject));
	enum err err = req_sql(r, shown, &p, &rows);
	if (err || rows.n == 0)
		return err;
	buf_clear(&data);
	write_start(&j, &data);
	write_object(&j, NULL);
	fields_print(&j, of->fields, &rows, 0, "");
	write_end_object(&j);
	published->data = data.p;
	published->data_n = data.n;
	return outbox_publish(r, published);
}

/* Publishes event.sold_out if the published event is now sold out; once, until capacity returns,
 * which is noted here, too. */
static enum err maybe_sold_out(struct req *r, struct params *p, struct uuid event_id)
{
	struct rows lock, shown, done;
	params_set(p, "id", val_uuid(event_id));
	params_set(p, "eventId", val_uuid(event_id));
	enum err err = req_sql(r, &sold_out_turn, p, NULL);
	if (!err)
		err = req_sql(r, &sold_out_lock, p, &lock);
	if (!err && lock.n)
		err = req_sql(r, &event_shown, p, &shown);
	if (err || lock.n == 0 || shown.n == 0)
		return err;
	bool told = rows_int(&lock, 0, "soldOut"), is = rows_int(&shown, 0, "soldOut");
	if (told && !is)
		return req_sql(r, &on_sale_again, p, NULL);
	if (told || !is || strcmp(rows_text(&shown, 0, "status"), "PUBLISHED") != 0)
		return OK;
	err = req_sql(r, &sold_out_set, p, &done);
	if (err || done.affected == 0)
		return err;
	struct outbox_event sold_out = {
		.event = WEBHOOK_EVENT_SOLD_OUT, .event_id = event_id, .subject = event_id};
	return publish_state(r, &event, &event_shown, &sold_out);
}

/* Makes low_notified of :ticketId, or of all types of :eventId if that has a capacity, agree with
 * what remains. With `r`, publishes ticket.inventory_low where less than the threshold does;
 * without it those stay as they are. */
static enum err follow_low(struct req *r, struct db *db, struct arena *a, struct params *p)
{
	struct rows rows;
	bool any = false;
	enum err err = sql_run(db, a, &low_changes, p, &rows);
	for (size_t i = 0; !err && i < rows.n; i++) {
		struct outbox_event low = {.event = WEBHOOK_INVENTORY_LOW,
			.event_id = params_get(p, "eventId").id,
			.subject = rows_get(&rows, i, "id").id};
		bool is_low = !rows_int(&rows, i, "lowNotified");
		if (is_low && (!r || !rows_int(&rows, i, "published")))
			continue;
		any = true;
		params_set(p, "ticketId", val_uuid(low.subject));
		params_set(p, "low", val_bool(is_low));
		err = sql_run(db, a, &low_set, p, NULL);
		if (!err && is_low)
			err = publish_state(r, &ticket, &ticket_get, &low);
	}
	if (err || !any)
		return err;
	return sql_run(db, a, &low_floor, p, NULL);
}

enum err inventory_rearm(struct db *db, struct arena *a, const struct params *moved)
{
	static const char *const names[] = {"org", "eventId", "ticketId"};
	struct params p;
	params_init(&p, a);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		params_set(&p, names[i], params_get(moved, names[i]));
	return follow_low(NULL, db, a, &p);
}

static enum err maybe_low(struct req *r, struct params *p)
{
	return follow_low(r, r->db, r->arena, p);
}

enum err inventory_announce(struct req *r, struct uuid event_id)
{
	struct params p;
	assert(r->who && db_in_transaction(r->db));
	req_params(r, &p, NULL);
	params_set(&p, "eventId", val_uuid(event_id));
	enum err err = req_sql(r, &low_floor, &p, NULL);
	if (err)
		return err;
	return maybe_sold_out(r, &p, event_id);
}

enum err inventory_announce_low(struct req *r, struct uuid event_id, const struct uuid *ticket_id)
{
	struct params p;
	assert(r->who && db_in_transaction(r->db));
	req_params(r, &p, NULL);
	params_set(&p, "eventId", val_uuid(event_id));
	params_set(&p, "ticketId", ticket_id ? val_uuid(*ticket_id) : val_null());
	return maybe_low(r, &p);
}

/* Takes tickets when few remain: after all types were moved, the caller looks for webhook events
 * that are due. */
static enum err take_near_the_end(struct req *r, struct ticket_move *m, struct params *p)
{
	struct rows rows;
	params_set(p, "floor", val_int(0));
	m->few_left = true;
	enum err err = req_sql(r, &take_last, p, &rows);
	if (!err && rows.affected == 0)
		return ERR_RETRY;
	return err;
}

/* Gives tickets back, which needs no offer and no floor. */
static enum err give(struct db *db, struct arena *a, struct params *p, const struct ticket_move *m)
{
	struct rows rows;
	inventory_move_params(p, m);
	params_set(p, "floor", val_int(0));
	enum err err = sql_run(db, a, &give_back, p, &rows);
	if (!err && rows.affected == 0)
		return ERR_RETRY;
	return err;
}

/* Takes tickets: in one statement in the common case, else by take_near_the_end. */
static enum err inventory_take(struct req *r, struct params *p, struct ticket_move *m)
{
	struct rows rows;
	inventory_move_params(p, m);
	/* expired holds gave tickets back: the count may no longer be low */
	bool lifted = m->low_published && m->sold + m->held < m->wanted;
	enum err err = lifted ? OK : req_sql(r, &take_plenty, p, &rows);
	if (err || (!lifted && rows.affected == 1))
		return err;
	return take_near_the_end(r, m, p);
}

/* Takes places of an event that has a capacity of its own. */
static enum err take_capacity(struct req *r, struct params *p, bool *few_left)
{
	struct rows rows;
	enum err err = req_sql(r, &inventory_take_places, p, &rows);
	if (err || rows.affected == 1)
		return err;
	*few_left = true;
	err = req_sql(r, &cap_last, p, &rows);
	if (!err && rows.affected == 0)
		return ERR_RETRY;
	return err;
}

/* Returns places of an event, if it has a capacity of its own. */
static enum err return_capacity(struct db *db, struct arena *a, struct params *p)
{
	struct rows rows;
	enum err err = sql_run(db, a, &inventory_return_places, p, &rows);
	if (err || rows.affected == 0)
		return err;
	return inventory_rearm(db, a, p);
}

/* Publishes the webhook events that may be due after tickets were taken. */
static enum err announce_few_left(
	struct req *r, struct params *p, const struct inventory_moves *stock, bool capped)
{
	enum err err = OK;
	params_set(p, "eventId", val_uuid(stock->list[0].event));
	for (size_t i = 0; i < stock->n && !err; i++) {
		if (!capped && !stock->list[i].few_left)
			continue;
		params_set(p, "ticketId", val_uuid(stock->list[i].ticket));
		err = maybe_low(r, p);
		if (capped) /* that was for all types */
			break;
	}
	if (err)
		return err;
	return maybe_sold_out(r, p, stock->list[0].event);
}

enum err inventory_apply(struct req *r, struct inventory_moves *stock)
{
	struct params p;
	enum err err = OK;
	int64_t by = 0, least = INT32_MAX, places_floor = 0;
	bool few_left = false, capped = false;
	assert(r->who && db_in_transaction(r->db));
	req_params(r, &p, NULL);
	for (size_t i = 0; i < stock->n && !err; i++) {
		struct ticket_move *m = &stock->list[i];
		/* the lock order */
		assert(i == 0 ||
			memcmp(stock->list[i - 1].ticket.b, m->ticket.b, sizeof m->ticket.b) < 0);
		assert(m->wanted >= 0 && m->floor >= 0);
		by += m->sold + m->held;
		capped = capped || (m->wanted && m->capped);
		if (m->wanted)
			least = MIN(least, m->least);
		places_floor = MAX(places_floor, m->places_floor);
		err = m->wanted ? inventory_take(r, &p, m) : give(r->db, r->arena, &p, m);
		few_left = few_left || m->few_left;
	}
	params_set(&p, "by", val_int(by));
	params_set(&p, "least", val_int(MAX(least, places_floor)));
	if (!err && by < 0)
		err = return_capacity(r->db, r->arena, &p);
	else if (!err && by > 0 && capped)
		err = take_capacity(r, &p, &few_left);
	if (!err && by > 0 && stock->sold_out_published)
		err = req_sql(r, &on_sale_again, &p, NULL);
	if (err || !few_left)
		return err;
	return announce_few_left(r, &p, stock, capped);
}

enum err inventory_give_back(const struct inventory_writer *w)
{
	int64_t by = 0;
	enum err err = OK;
	for (size_t i = 0; i < w->moves->n && !err; i++) {
		assert(w->moves->list[i].wanted == 0);
		by += w->moves->list[i].held;
		err = give(w->db, w->arena, w->params, &w->moves->list[i]);
	}
	params_set(w->params, "by", val_int(by));
	if (err || by == 0)
		return err;
	return return_capacity(w->db, w->arena, w->params);
}

const struct module inventory_module = {.statements = (const struct statement *const[]){
						&ledger_insert,
						&take_plenty,
						&take_last,
						&inventory_move_summed,
						&give_back,
						&low_changes,
						&low_floor,
						&low_set,
						&inventory_take_places,
						&cap_last,
						&sold_out_lock,
						&sold_out_set,
						&sold_out_turn,
						&on_sale_again,
						&inventory_return_places,
						&event_shown,
						NULL,
					}};

const struct module inventory_announce_module = {.statements = (const struct statement *const[]){
							 &low_changes,
							 &low_floor,
							 &low_set,
							 &sold_out_lock,
							 &sold_out_set,
							 &sold_out_turn,
							 &on_sale_again,
							 &event_shown,
							 NULL,
						 }};
