/* holds: tickets put aside for a buyer who is checking out. */
#ifndef TG_HOLDS_H
#define TG_HOLDS_H

#include "fcgi/offer.h"
#include "serve.h"

extern const struct resource hold;
extern const struct field wish_fields[]; /* {ticketId, quantity} as a client sends it */
extern const struct module holds_module;

/* The wishes of a body's `items`. */
size_t wishes_read(struct req *r, struct val items, struct wish *wishes);

/* What a buyer pays for wishes, in minor units. */
struct bill {
	int64_t subtotal, fees;
};
struct bill bill_of(const struct wish *wishes, size_t n, const struct offer *offer);

/* stock_apply as the transaction's last step. */
void stock_last(struct req *r, struct stock *stock);

/* The hold's row, locked, when it can still be used; 404, or 409 saying why not. `items` are its hold_items. */
MUST enum err hold_claim(struct req *r, const char *id, struct rows *row, struct rows *items);
/* It has become an order. */
MUST enum err hold_used(struct req *r, struct uuid id, struct uuid order_id);

#endif
