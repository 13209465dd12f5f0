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

/* Remembers a movement, and writes its ledger row at once. `source` is the hold or order. */
NODISCARD enum err inventory_move(struct req *r, struct inventory_moves *stock,
	struct uuid ticket_id, struct uuid event_id, enum movement kind, int64_t quantity,
	struct uuid source);
/* The guarded updates, last before COMMIT: the hot rows are locked for one round trip. ERR_RETRY
   when somebody was faster: the transaction runs again and sees why. Writes the outbox rows of
   event.sold_out and ticket.inventory_low, and re-arms them when capacity returns. */
NODISCARD enum err inventory_apply(struct req *r, struct inventory_moves *stock);

/* Ends over-due holds, in this transaction, until `wanted` more tickets of that type, or of any
 * type of the event (NULL), are given back, or no such hold is left. */
NODISCARD enum err inventory_reclaim(struct req *r, struct uuid event_id,
	const struct uuid *ticket_id, int64_t wanted, struct inventory_moves *stock);
/* How many the movements give back so far, of that type or of all (NULL). */
int64_t inventory_freed(const struct inventory_moves *stock, const struct uuid *ticket_id);
/* Ends holds that are over, at most `most`; how many were ended. In a transaction of its own; for
 * `ticketgate sweep`. */
NODISCARD enum err inventory_expire_holds(
	struct db *db, struct arena *arena, int64_t now, int64_t most, int64_t *count);

extern const struct module inventory_module; /* its statements */

#endif
