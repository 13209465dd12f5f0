/* expired_holds: holds that are over and not yet given back: what is shown does not count them. */
#ifndef TG_TICKETING_EXPIRED_HOLDS_H
#define TG_TICKETING_EXPIRED_HOLDS_H

#include "common/ticketing/inventory.h"

/* Ticket types of one event as they were read to be shown, `id` their column with the id: held,
   remaining and, where there are such columns, soldOut and status become what they are at r->now.
   Asks the database only when something is held. */
NODISCARD enum err expired_holds_subtract(
	struct req *r, struct rows *rows, const char *id, struct uuid event_id);

/* Ends expired holds of the event, in this transaction, until `wanted` more tickets of that type,
 * or of any type (NULL), are given back, or no such hold is left. What they held is added to
 * `moves`. */
NODISCARD enum err expired_holds_reclaim(struct req *r, struct uuid event_id,
	const struct uuid *ticket_id, int64_t wanted, struct inventory_moves *moves);
/* Ends expired holds of all organizations, at most `most`, each in a transaction of its own; for
 * `ticketgate sweep`. `count` gets how many were ended. */
NODISCARD enum err expired_holds_end(
	struct db *db, struct arena *arena, int64_t now, int64_t most, int64_t *count);

/* The statements of expired_holds_subtract; ends with NULL. */
extern const struct statement *const expired_holds_statements[];
/* The statements of ending them. */
extern const struct module expired_holds_module;

#endif
