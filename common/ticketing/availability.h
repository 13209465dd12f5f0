/* availability: may this be sold to this buyer right now, and if not, why. */
#ifndef TG_TICKETING_AVAILABILITY_H
#define TG_TICKETING_AVAILABILITY_H

#include "common/ticketing/inventory.h"

/* One item that a buyer asks for, with what is known of its ticket type. */
struct wish {
	struct uuid ticket;
	int64_t quantity;
	size_t row; /* of `offer` */
};

/* What the event and the wished ticket types look like right now, read without locks. The wishes
   get their rows. Refusals as contract section 10: 404, field problems, 409 with the reason.
   Expired holds that stand in the way are ended in this transaction, and what they held is added to
   `stock`. */
struct offer {
	struct rows rows;
	const char *currency;
	bool absorb_fees;
	int64_t basis_points, fixed; /* the organization's fee */
};
MUST enum err offer_read(struct req *r, struct uuid event_id, struct wish *wishes, size_t n,
	struct offer *offer, struct stock *stock);

/* Marks a movement as taken off the offer, with what the offer said of its ticket type. */
void offer_take(struct stock *stock, const struct offer *offer, const struct wish *wish);

/* The fee on one ticket, in minor units, half a centavo and more rounded up. Free tickets have
 * none. */
int64_t unit_fee(int64_t price, const struct offer *offer);

extern const struct module offer_module; /* its statements */

#endif
