/* expired_holds: holds that are over and not yet given back: what is shown does not count them. */
#ifndef TG_TICKETING_EXPIRED_HOLDS_H
#define TG_TICKETING_EXPIRED_HOLDS_H

#include "common/http/request.h"

/* Ticket types of one event as they were read to be shown, `id` their column with the id: held,
   remaining and, where there are such columns, soldOut and status become what they are at r->now.
   Asks the database only when something is held. */
NODISCARD enum err expired_holds_subtract(
	struct req *r, struct rows *rows, const char *id, struct uuid event_id);

extern const struct statement *const expired_holds_statements[]; /* ends with NULL */

#endif
