/* inventory: moves the sold and held counts of ticket types, and prevents overselling. */
#ifndef TG_TICKETING_INVENTORY_H
#define TG_TICKETING_INVENTORY_H

#include "common/api/module.h"

#define ITEMS_MAX 50 /* ticket types in one hold or order */
/* With less remaining of a type, ticket.inventory_low is due: by default, a tenth. */
#define TICKET_THRESHOLD "COALESCE(low_inventory_threshold, (quantity + 9) DIV 10)"
/* event_stock.low_floor: with fewer places one of the event's types is low that was not; 0: none.
 */
#define STOCK_LOW_FLOOR(event)                                           \
	"(SELECT CAST(COALESCE(MAX(" TICKET_THRESHOLD "), 0) AS SIGNED)" \
	" FROM ticket_types x"                                           \
	" WHERE x.event_id = " event " AND x.published AND NOT x.low_notified)"

/* The kinds of movements, as in ledger.kind. MOVE_SETTLE turns held tickets into sold ones. */
enum movement { MOVE_SALE, MOVE_HOLD, MOVE_RELEASE, MOVE_EXPIRE, MOVE_SETTLE, MOVE_REFUND };

/* The sum of one transaction's movements of one ticket type. `wanted`, the floors, `capped`
 * and `low_published` are set by availability_reserve. */
struct ticket_move {
	struct uuid ticket, event;
	int64_t sold, held; /* signed changes of the two counts */
	int64_t wanted; /* newly sold or held tickets: nonzero requires that the type is on sale */
	int64_t least; /* minPerOrder: with fewer remaining, the type is sold out */
	int64_t floor; /* with at least so many remaining, no webhook event is due */
	int64_t places_floor; /* the same for the places of its event */
	bool few_left; /* fewer than `floor` remained; set by inventory_apply */
	bool capped; /* the event has a capacity of its own */
	bool low_published; /* ticket.inventory_low was published and is not re-armed yet */
};

/* The movements of one transaction, sorted by ticket id: all transactions lock ticket types in this
 * order, so they cannot deadlock. */
struct inventory_moves {
	struct ticket_move *list; /* in the arena, grown as needed */
	size_t n, room;
	bool sold_out_published; /* event.sold_out was published for the event */
};

/* One movement of tickets of one type. */
struct inventory_change {
	struct uuid ticket, event;
	enum movement kind;
	int64_t quantity; /* at least 1 */
	struct uuid source; /* the hold or order */
};
/* Adds a movement to `moves`, and defers its ledger row. ERR_INTERNAL when `moves` is full. */
NODISCARD enum err inventory_move(
	struct req *r, struct inventory_moves *moves, const struct inventory_change *change);

/* The same outside a request, or for another organization than the request's: `params` names :org
 * and :now; the ledger rows go to `batch`. */
struct inventory_writer {
	struct db *db;
	struct arena *arena;
	struct statement_batch *batch;
	struct params *params;
	struct inventory_moves *moves;
};
NODISCARD enum err inventory_record(
	const struct inventory_writer *w, const struct inventory_change *change);
/* Runs the updates of moves that only give tickets back. */
NODISCARD enum err inventory_give_back(const struct inventory_writer *w);

/* Runs the guarded updates: sold + held never exceeds the quantity, and never falls below zero.
 * Must be the last step before COMMIT, because the rows are contended. ERR_RETRY when a guard
 * fails: the transaction must run again, and then finds the reason. Publishes event.sold_out and
 * ticket.inventory_low, and re-arms them when capacity returns. */
NODISCARD enum err inventory_apply(struct req *r, struct inventory_moves *stock);

/* Publishes event.sold_out if it is due after an organizer's change, and re-arms it: the notices
 * follow the state, whoever changed it. Must come after the transaction's changes of ticket types,
 * since event_stock is locked last. */
NODISCARD enum err inventory_announce(struct req *r, struct uuid event_id);
/* The same of ticket.inventory_low: of one type (or none: NULL), and of all types when the event
 * has a capacity, which limits what remains of each. */
NODISCARD enum err inventory_announce_low(
	struct req *r, struct uuid event_id, const struct uuid *ticket_id);

/* The number of tickets that the movements give back so far, of one type or of all (NULL). */
int64_t inventory_freed(const struct inventory_moves *stock, const struct uuid *ticket_id);

/* For shared transactions (joint_sale.h). The guarded movement of one ticket type by the sums of
 * all members; :takes tells whether any of them needs the offer. The places of one event's
 * capacity. */
extern const struct statement inventory_move_summed;
/* Sets what the statements name of a movement: its ids, counts and guards. */
void inventory_move_params(struct params *p, const struct ticket_move *m);
extern const struct statement inventory_take_places, inventory_return_places;
/* Re-arms ticket.inventory_low of the types of :eventId, whose places were returned. */
NODISCARD enum err inventory_rearm(struct db *db, struct arena *a, const struct params *moved);

extern const struct module inventory_module; /* the statements */
extern const struct module inventory_announce_module; /* those of inventory_announce alone */

#endif
