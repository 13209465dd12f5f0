/* inventory: moving capacity: what is sold and held of each ticket type, never more than there is.
 */
#ifndef TG_TICKETING_INVENTORY_H
#define TG_TICKETING_INVENTORY_H

#include "common/api/module.h"

#define ITEMS_MAX 50 /* ticket types in one hold or order */

enum movement { MOVE_SALE, MOVE_HOLD, MOVE_RELEASE, MOVE_EXPIRE, MOVE_SETTLE, MOVE_REFUND };

/* What one transaction does to one ticket type, everything summed. */
struct ticket_move {
	struct uuid ticket, event;
	int64_t sold, held; /* to be added */
	int64_t wanted; /* of these, taken off what is on sale: the type must be on offer */
	int64_t floor; /* as many may remain without anybody having to be told */
	bool capped, low_published;
};

/* The movements of one transaction, in the order of ticket ids: the one order in which everybody
 * locks them. */
struct inventory_moves {
	struct ticket_move list[ITEMS_MAX * 2];
	size_t n;
	bool sold_out_published; /* event.sold_out was told: of the event that is sold */
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

/* The guarded updates, last before COMMIT: the hot rows are locked for one round trip. ERR_RETRY
   when somebody was faster: the transaction runs again and sees why. Writes the outbox rows of
   event.sold_out and ticket.inventory_low, and re-arms them when capacity returns. */
NODISCARD enum err inventory_apply(struct req *r, struct inventory_moves *stock);

/* How many the movements give back so far, of that type or of all (NULL). */
int64_t inventory_freed(const struct inventory_moves *stock, const struct uuid *ticket_id);
extern const struct module inventory_module; /* its statements */

#endif
