/* expired_holds: ends expired holds, and leaves them out of shown counts until they are ended. */
#ifndef TG_TICKETING_EXPIRED_HOLDS_H
#define TG_TICKETING_EXPIRED_HOLDS_H

#include "common/ticketing/inventory.h"

/* Corrects rows of ticket types of one event, read for a response with quantity, sold, held and
 * places (see TICKET_COLUMNS_OF): held and places become those at r->now. `id` is the name of the
 * id column. Queries the database only when a row has held tickets, or is limited by the event's
 * places. */
NODISCARD enum err expired_holds_subtract(
	struct req *r, struct rows *rows, const char *id, struct uuid event_id);

/* Ends expired holds of the event in this transaction, until they give back `wanted` more tickets
 * of one type, or of any (NULL), or none is left. The tickets are added to `moves`. */
NODISCARD enum err expired_holds_reclaim(struct req *r, struct uuid event_id,
	const struct uuid *ticket_id, int64_t wanted, struct inventory_moves *moves);
/* A run through the expired holds of all organizations, for `ticketgate sweep`. */
struct expired_run {
	int64_t now; /* Unix ms */
	int64_t after; /* the end of the hold that was looked at last; 0 at first */
	struct uuid last; /* its id */
	int64_t seen, ended, failed; /* holds; `failed` ones stay as they are */
	int64_t items; /* of the holds seen: a hold has one for each of its ticket types */
	char why[200]; /* the database's message for the first that failed */
};
/* Ends the next `most` expired holds, each in a transaction of its own, but begins no further one
 * after `most` items; run->seen stops growing when there are no more. The failure of one stops no
 * other. An error when the holds cannot be read or the database is not available. */
NODISCARD enum err expired_holds_end(
	struct db *db, struct arena *arena, int64_t most, struct expired_run *run);

/* The statements of expired_holds_subtract; ends with NULL. */
extern const struct statement *const expired_holds_statements[];
/* The statements of expired_holds_reclaim and expired_holds_end. */
extern const struct module expired_holds_module;

#endif
