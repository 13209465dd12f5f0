/* expired_holds: ends expired holds, and leaves them out of shown counts until they are ended. */
#ifndef TG_TICKETING_EXPIRED_HOLDS_H
#define TG_TICKETING_EXPIRED_HOLDS_H

#include "common/ticketing/inventory.h"

/* Corrects rows of ticket types of one event, read for a response: held, remaining and, where they
 * exist, soldOut and status become those at r->now. `id` is the name of the id column. Queries the
 * database only when a row has held tickets. */
NODISCARD enum err expired_holds_subtract(
	struct req *r, struct rows *rows, const char *id, struct uuid event_id);

/* Ends expired holds of the event in this transaction, until they give back `wanted` more tickets
 * of one type, or of any (NULL), or none is left. The tickets are added to `moves`. */
NODISCARD enum err expired_holds_reclaim(struct req *r, struct uuid event_id,
	const struct uuid *ticket_id, int64_t wanted, struct inventory_moves *moves);
/* Ends at most `most` expired holds of all organizations, each in a transaction of its own, for
 * `ticketgate sweep`. `count` gets the number of ended holds, also after an error. */
NODISCARD enum err expired_holds_end(
	struct db *db, struct arena *arena, int64_t now, int64_t most, int64_t *count);

/* The statements of expired_holds_subtract; ends with NULL. */
extern const struct statement *const expired_holds_statements[];
/* The statements of expired_holds_reclaim and expired_holds_end. */
extern const struct module expired_holds_module;

#endif
