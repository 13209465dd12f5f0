/* availability: decides whether line items can be sold now, and gives the reason if not. */
#ifndef TG_TICKETING_AVAILABILITY_H
#define TG_TICKETING_AVAILABILITY_H

#include "common/ticketing/inventory.h"

/* One requested ticket type. */
struct line_item {
	struct uuid ticket;
	int64_t quantity;
	size_t row; /* its row in availability.rows */
};

/* The requested items of a hold or an order. */
struct line_items {
	struct line_item list[ITEMS_MAX];
	size_t n;
};

/* The sum of the quantities. */
int64_t line_items_tickets(const struct line_items *items);

/* The current state of the event and the requested ticket types, read without locks. */
struct availability {
	struct rows rows;
	const char *currency;
	bool absorb_fees;
	/* the organization's fee: hundredths of a percent, and a stored amount */
	int64_t basis_points, fixed;
};
/* Reads the state, sets the row of each item, and checks that all of them can be sold. Fails as in
 * contract section 10: ERR_NOT_FOUND, ERR_VALIDATION, or ERR_CONFLICT with the reason. If tickets
 * are missing, expired holds are ended in this transaction, and their tickets are added to `moves`.
 * The result is a snapshot: the guards of inventory_apply decide. */
NODISCARD enum err availability_read(struct req *r, struct uuid event_id, struct line_items *items,
	struct availability *offer, struct inventory_moves *moves);

/* Marks the movement of an item's ticket type as newly sold or held, with the state that its guards
 * must find unchanged. */
void availability_reserve(struct inventory_moves *stock, const struct availability *offer,
	const struct line_item *wish);

/* The fixed fee of organization o for event e: an amount in the organization's fee currency, so
 * events in other currencies have none. */
#define FEE_FIXED "IF(o.fee_currency = e.currency, o.fee_fixed, 0)"
/* The buyer's fee on one ticket, a stored amount, rounded half up to the minor unit of the
 * currency; 0 for free tickets and when the organizer absorbs fees. */
int64_t availability_unit_fee(int64_t price, const struct availability *offer);

/* The columns of an offer: of event e, organization o, event_stock s, and ticket type t. With fewer
 * places than placesFloor, ticket.inventory_low of a type of the event is due. */
#define OFFER_COLUMNS                                                                     \
	"SELECT e.status AS eventStatus, e.currency, e.absorb_fees AS absorbFees,"        \
	" e.event_capacity AS capacity, s.taken,"                                         \
	" COALESCE(s.sold_out, FALSE) AS toldSoldOut, o.fee_basis_points AS basisPoints," \
	" " FEE_FIXED " AS feeFixed, t.id, t.name, t.price, t.quantity, t.sold, t.held,"  \
	" t.published, t.marked_sold_out AS markedSoldOut,"                               \
	" t.min_per_order AS minPerOrder,"                                                \
	" t.max_per_order AS maxPerOrder, t.sales_start_at AS salesStartAt,"              \
	" t.sales_end_at AS salesEndAt,"                                                  \
	" COALESCE(t.low_inventory_threshold, (t.quantity + 9) DIV 10) AS threshold,"     \
	" t.capped, t.low_notified AS lowNotified,"                                       \
	" CAST(IF(t.capped, COALESCE(s.low_floor, 0), 0) AS SIGNED) AS placesFloor"

extern const struct module availability_module; /* the statements */

#endif
