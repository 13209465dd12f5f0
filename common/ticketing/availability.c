/* availability: decides whether line items can be sold now, and gives the reason if not. */
#include "common/ticketing/availability.h"

#include "common/ticketing/expired_holds.h"
#include "common/base/clock.h"
#include "common/text/currency.h"
#include "common/ticketing/event.h"
#include "common/ticketing/joint_sale.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

/* An event that has none of the requested types gives one row with a NULL id; no row means that
 * there is no such event. */
#define OFFER(filter)                                                         \
	OFFER_COLUMNS " FROM events e"                                        \
		      " JOIN organizations o ON o.id = e.org_id"              \
		      " LEFT"                                                 \
		      " JOIN event_stock s ON s.event_id = e.id"              \
		      " LEFT JOIN ticket_types t ON t.event_id = e.id" filter \
		      " WHERE e.id = :eventId AND e.org_id = :org ORDER BY t.id"

/* Most orders have few types: these are looked up by id, and unused parameters repeat the first.
 * Larger ones read all types of the event. */
static const struct statement availability_few = {
	"stock_offer_few", OFFER(" AND t.id IN (:t1, :t2, :t3, :t4)"), SQL_READ};
static const struct statement availability_all = {"stock_offer_all", OFFER(""), SQL_READ};

int64_t availability_unit_fee(int64_t price, const struct availability *offer)
{
	if (price == 0 || offer->absorb_fees)
		return 0;
	/* 10000 basis points are 100 %; the prices that ticket types can have do not overflow */
	assert(price >= 0 && price <= INT64_MAX / 20000 && offer->basis_points <= 10000);
	int64_t step = currency_step(offer->currency), divisor = 10000 * step,
		fee = price * offer->basis_points + offer->fixed * 10000;
	return (fee + divisor / 2) / divisor * step;
}

static enum err read_rows(struct req *r, struct uuid event_id, const struct line_items *items,
	struct availability *offer)
{
	static const char *const names[] = {"t1", "t2", "t3", "t4"};
	struct params p;
	char text[UUID_TEXT + 1];
	req_params(r, &p, NULL);
	params_set(&p, "eventId", val_uuid(event_id));
	for (size_t i = 0; i < 4 && items->n <= 4; i++)
		params_set(&p, names[i], val_uuid(items->list[i < items->n ? i : 0].ticket));
	enum err err;
	if (r->joint)
		err = joint_sale_offers(r, event_id, items, &offer->rows);
	else
		err = req_sql(
			r, items->n <= 4 ? &availability_few : &availability_all, &p, &offer->rows);
	if (err)
		return err;
	uuid_print(&event_id, text);
	if (offer->rows.n == 0)
		return resource_not_found(r, &event, text);
	offer->currency = rows_text(&offer->rows, 0, "currency");
	offer->absorb_fees = rows_int(&offer->rows, 0, "absorbFees");
	offer->basis_points = rows_int(&offer->rows, 0, "basisPoints");
	offer->fixed = rows_int(&offer->rows, 0, "feeFixed");
	return OK;
}

/* Sets the row of each item; adds a problem for a type of another event and for a duplicate. */
static void find_rows(struct req *r, struct line_items *items, const struct availability *offer)
{
	for (size_t i = 0; i < items->n; i++) {
		const char *field = arena_printf(r->arena, "items.%zu.ticketId", i);
		bool found = false;
		for (size_t k = 0; k < offer->rows.n && !found; k++) {
			struct val id = rows_get(&offer->rows, k, "id");
			found = id.type == VAL_UUID && uuid_equal(&id.id, &items->list[i].ticket);
			items->list[i].row = k;
		}
		if (!found)
			problem_add(&r->problems, field,
				"%s must be the id of a ticket of this event", field);
		for (size_t k = 0; k < i; k++)
			if (uuid_equal(&items->list[k].ticket, &items->list[i].ticket))
				problem_add(
					&r->problems, field, "%s must not be named twice", field);
	}
}

/* Checks the organizer's conditions for one item: published, sales period, limits per order. */
static enum err on_offer(struct req *r, const struct line_item *w, const struct rows *rows)
{
	const char *name = rows_text(rows, w->row, "name");
	char text[TIME_TEXT + 1];
	struct val start = rows_get(rows, w->row, "salesStartAt"),
		   end = rows_get(rows, w->row, "salesEndAt");
	int64_t least = rows_int(rows, w->row, "minPerOrder"),
		most = rows_int(rows, w->row, "maxPerOrder");
	if (!rows_int(rows, w->row, "published"))
		return fail(r, ERR_CONFLICT,
			"Choose another ticket type, or ask the organizer to publish it.",
			"'%s' is not on sale: it is not published.", name);
	if (start.type == VAL_TIME && start.i > r->now) {
		time_print(start.i, text);
		return fail(r, ERR_CONFLICT, "Retry when sales have started.",
			"'%s' is not on sale yet: sales start at %s.", name, text);
	}
	if (end.type == VAL_TIME && end.i <= r->now) {
		time_print(end.i, text);
		return fail(r, ERR_CONFLICT, "Choose another ticket type.",
			"'%s' is no longer on sale: sales ended at %s.", name, text);
	}
	if (w->quantity < least)
		return fail(r, ERR_CONFLICT,
			arena_printf(r->arena, "Request at least %lld.", (long long)least),
			"An order must have at least %lld of '%s'.", (long long)least, name);
	if (w->quantity > most)
		return fail(r, ERR_CONFLICT,
			arena_printf(r->arena, "Request at most %lld.", (long long)most),
			"An order can have at most %lld of '%s'.", (long long)most, name);
	if (rows_int(rows, w->row, "markedSoldOut"))
		return fail(
			r, ERR_CONFLICT, "Choose another ticket type.", "'%s' is sold out.", name);
	return OK;
}

static int64_t left_of(const struct rows *rows, size_t row)
{
	return rows_int(rows, row, "quantity") - rows_int(rows, row, "sold") -
		rows_int(rows, row, "held");
}

/* Places left in the event's own capacity; INT64_MAX when it has none. */
static int64_t left_of_event(const struct rows *rows)
{
	if (rows_get(rows, 0, "capacity").type == VAL_INT)
		return rows_int(rows, 0, "capacity") - rows_int(rows, 0, "taken");
	return INT64_MAX;
}

int64_t line_items_tickets(const struct line_items *items)
{
	int64_t sum = 0;
	for (size_t i = 0; i < items->n; i++)
		sum += items->list[i].quantity;
	return sum;
}

/* Ends expired holds if tickets are missing: first those of the requested types, then, for the
 * event's capacity, those of any type. */
static enum err reclaim(struct req *r, struct uuid event_id, const struct line_items *items,
	const struct rows *rows, struct inventory_moves *moves)
{
	enum err err = OK;
	for (size_t i = 0; i < items->n && !err; i++) {
		int64_t lacking = items->list[i].quantity - left_of(rows, items->list[i].row);
		if (r->joint && lacking > 0)
			return joint_sale_short(r, items, NULL);
		if (lacking > inventory_freed(moves, &items->list[i].ticket))
			err = expired_holds_reclaim(r, event_id, &items->list[i].ticket,
				lacking - inventory_freed(moves, &items->list[i].ticket), moves);
	}
	int64_t places = left_of_event(rows),
		lacking = places == INT64_MAX
		? 0
		: line_items_tickets(items) - places - inventory_freed(moves, NULL);
	if (err || lacking <= 0)
		return err;
	if (r->joint)
		return joint_sale_short(r, items, &event_id);
	return expired_holds_reclaim(r, event_id, NULL, lacking, moves);
}

/* The smallest minimum per order among the items: with fewer places, all of them are sold out. */
static int64_t least_of(const struct line_items *items, const struct rows *rows)
{
	int64_t least = INT64_MAX;
	for (size_t i = 0; i < items->n; i++)
		least = MIN(least, rows_int(rows, items->list[i].row, "minPerOrder"));
	return least;
}

/* Checks that enough tickets and places are left, counting those that were given back. */
static enum err enough(struct req *r, const struct line_items *items, const struct rows *rows,
	const struct inventory_moves *moves)
{
	for (size_t i = 0; i < items->n; i++) {
		int64_t left = left_of(rows, items->list[i].row) +
			inventory_freed(moves, &items->list[i].ticket);
		const char *name = rows_text(rows, items->list[i].row, "name");
		if (left < rows_int(rows, items->list[i].row, "minPerOrder"))
			return fail(r, ERR_CONFLICT,
				"Choose another ticket type, or retry later: tickets on hold may "
				"be released.",
				"'%s' is sold out.", name);
		if (left < items->list[i].quantity)
			return fail(r, ERR_CONFLICT,
				arena_printf(r->arena, "Request at most %lld.", (long long)left),
				"Only %lld of '%s' are left.", (long long)left, name);
	}
	int64_t places = left_of_event(rows);
	if (places != INT64_MAX)
		places += inventory_freed(moves, NULL);
	if (places >= line_items_tickets(items))
		return OK;
	if (places < least_of(items, rows))
		return fail(r, ERR_CONFLICT, "Retry later: tickets on hold may be released.",
			"The event is sold out.");
	return fail(r, ERR_CONFLICT,
		"Request fewer tickets, or retry later: tickets on hold may be released.",
		"Only %lld place%s left at the event.", (long long)places,
		places == 1 ? " is" : "s are");
}

enum err availability_read(struct req *r, struct uuid event_id, struct line_items *items,
	struct availability *offer, struct inventory_moves *moves)
{
	assert(items->n <= ITEMS_MAX && db_in_transaction(r->db));
	enum err err = read_rows(r, event_id, items, offer);
	if (err)
		return err;
	find_rows(r, items, offer);
	if (r->problems.n)
		return ERR_VALIDATION;
	moves->sold_out_published = rows_int(&offer->rows, 0, "toldSoldOut");
	if (strcmp(rows_text(&offer->rows, 0, "eventStatus"), "PUBLISHED") != 0)
		return fail(r, ERR_CONFLICT, "Ask the organizer to publish the event.",
			"The event is not published.");
	for (size_t i = 0; i < items->n && !err; i++)
		err = on_offer(r, &items->list[i], &offer->rows);
	if (!err)
		err = reclaim(r, event_id, items, &offer->rows, moves);
	if (err)
		return err;
	return enough(r, items, &offer->rows, moves);
}

void availability_reserve(struct inventory_moves *moves, const struct availability *offer,
	const struct line_item *wish)
{
	const struct rows *rows = &offer->rows;
	for (size_t i = 0; i < moves->n; i++) {
		struct ticket_move *m = &moves->list[i];
		if (!uuid_equal(&m->ticket, &wish->ticket))
			continue;
		int64_t threshold = rows_int(rows, wish->row, "threshold");
		m->wanted += wish->quantity;
		m->capped = rows_int(rows, wish->row, "capped");
		m->low_published = rows_int(rows, wish->row, "lowNotified");
		m->least = rows_int(rows, wish->row, "minPerOrder");
		m->floor = m->least;
		if (!m->low_published)
			m->floor = MAX(threshold, m->least);
		m->places_floor = rows_int(rows, wish->row, "placesFloor");
	}
}

const struct module availability_module = {.statements = (const struct statement *const[]){
						   &availability_few,
						   &availability_all,
						   NULL,
					   }};
