/* availability: may this be sold to this buyer right now, and if not, why. */
#ifndef TG_TICKETING_AVAILABILITY_H
#define TG_TICKETING_AVAILABILITY_H

#include "common/ticketing/inventory.h"

/* One item that a buyer asks for, with what is known of its ticket type. */
struct line_item {
	struct uuid ticket;
	int64_t quantity;
	size_t row; /* of `offer` */
};

/* What a buyer asks for. */
struct line_items {
	struct line_item list[ITEMS_MAX];
	size_t n;
};

/* What the event and the wished ticket types look like right now, read without locks. The wishes
   get their rows. Refusals as contract section 10: 404, field problems, 409 with the reason.
   Expired holds that stand in the way are ended in this transaction, and what they held is added to
   `stock`. */
struct availability {
	struct rows rows;
	const char *currency;
	bool absorb_fees;
	int64_t basis_points, fixed; /* the organization's fee */
};
NODISCARD enum err availability_read(struct req *r, struct uuid event_id, struct line_items *items,
	struct availability *offer, struct inventory_moves *moves);

/* Marks a movement as taken off the offer, with what the offer said of its ticket type. */
void availability_reserve(struct inventory_moves *stock, const struct availability *offer,
	const struct line_item *wish);

/* The fee on one ticket, in minor units, half a centavo and more rounded up. Free tickets have
 * none. */
int64_t availability_unit_fee(int64_t price, const struct availability *offer);

extern const struct module availability_module; /* its statements */

#endif
