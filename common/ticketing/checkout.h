/* checkout: creates orders from holds or from items of an event. */
#ifndef TG_TICKETING_CHECKOUT_H
#define TG_TICKETING_CHECKOUT_H

#include "common/api/module.h"

/* The statements that create orders. */
extern const struct module checkout_statements_module;
extern const struct field buyer_input_fields[]; /* for request bodies */

/* Each creates a completed order in this transaction, with the buyer and payment of r->input,
 * publishes order.completed, and responds 201 with the order as the route's resource shows it.
 * ERR_NOT_FOUND, ERR_VALIDATION or ERR_CONFLICT as in contract section 10. */
NODISCARD enum err checkout_from_hold(struct req *r, struct uuid hold_id);
/* From the items of r->input. */
NODISCARD enum err checkout_from_items(struct req *r, struct uuid event_id);
/* From the holdId of r->input, if its total is 0; else ERR_CONFLICT. */
NODISCARD enum err checkout_free(struct req *r);

#endif
