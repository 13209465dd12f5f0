/* checkout: a hold, or items of an event, become an order. */
#ifndef TG_TICKETING_CHECKOUT_H
#define TG_TICKETING_CHECKOUT_H

#include "common/api/module.h"

/* The statements of any sale. */
extern const struct module checkout_statements_module;
extern const struct field buyer_input_fields[]; /* as a client sends them */

/* Each completes an order of r->in's buyer and payment in this transaction, and answers 201 with
 * what the route's resource shows of an order, with what its `embed` adds. */
NODISCARD enum err checkout_from_hold(struct req *r, struct uuid hold_id);
/* Of r->in's items. */
NODISCARD enum err checkout_from_items(struct req *r, struct uuid event_id);
/* Of r->in's holdId, when it costs nothing, else 409. */
NODISCARD enum err checkout_free(struct req *r);

#endif
