/* refund_units: which tickets of an order a refund takes. */
#ifndef TG_BOXOFFICE_REFUND_UNITS_H
#define TG_BOXOFFICE_REFUND_UNITS_H

#include "common/ticketing/issued_ticket_view.h"

#define REFUND_UNITS_MAX 1000 /* tickets that one refund names, or takes of an item in part */

extern const struct field refund_ticket_fields[]; /* {code} of request bodies */

/* The tickets of an order that is being refunded. */
struct refund_units {
	struct issued_order order;
	struct val named; /* of refund_ticket_fields; not a list: the refund chooses */
	struct issued_ticket *tickets; /* the named ones */
};

/* Reads the order's tickets, and checks the named ones: each of this order, not refunded, named
 * once. `reference` is the order's. Adds problems. */
NODISCARD enum err refund_units_read(struct req *r, const struct uuid *order, const char *reference,
	struct val named, struct refund_units *out);
/* How many of the named tickets are of the item. */
int64_t refund_units_named(const struct refund_units *u, const struct uuid *item);
/* Writes the rows of `quantity` refunded tickets of the item: the named ones, else those with the
 * highest units that are not checked in, else the highest. When nothing of the item is left, one
 * row and those that there are say so. `p` has :id (the order), :eventId and :now. */
struct refund_part {
	struct uuid item, ticket;
	int64_t quantity;
	bool whole; /* nothing of the item is left */
};
NODISCARD enum err refund_units_write(struct req *r, const struct refund_units *u,
	const struct refund_part *part, const struct params *p);

extern const struct module refund_units_module; /* the statements */

#endif
