/* hold: tickets that are reserved for a buyer who is checking out. */
#ifndef TG_TICKETING_HOLD_H
#define TG_TICKETING_HOLD_H

#include "common/ticketing/availability.h"
#include "common/api/module.h"

extern const struct field line_item_fields[]; /* {ticketId, quantity} as a client sends it */
extern const struct field hold_item_fields[];
extern const char *const hold_statuses[];

/* Of the fields of a hold, whoever looks at it: those before the ones that a client sends, and
 * those behind. */
#define HOLD_HEAD                                                                            \
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the hold."},                        \
		{"eventId", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED | FIELD_OUT,           \
			.doc = "The event."},                                                \
		{"status", FIELD_CHOICE, FIELD_OUT, .choices = hold_statuses,                \
			.doc = "ACTIVE until it becomes an order, is released or expires."}, \
	{                                                                                    \
		"items", FIELD_LIST, FIELD_CREATE | FIELD_REQUIRED,                          \
			.max = ITEMS_MAX, .sub = line_item_fields,                           \
			.doc = "What to hold: all of it or nothing."                         \
	}
#define HOLD_SHOWN                                                                                \
	{"expiresAt", FIELD_TIME, FIELD_OUT, .doc = "When the tickets go back."},                 \
		{"extended", FIELD_BOOL, FIELD_OUT,                                               \
			.doc = "Whether it was extended; that can be done once."},                \
		{"items", FIELD_LIST, FIELD_OUT, .max = ITEMS_MAX, .sub = hold_item_fields,       \
			.doc = "What is held."},                                                  \
		{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Of all amounts."},                \
		{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "The sum of the items."},             \
		{"fees", FIELD_MONEY, FIELD_OUT,                                                  \
			.doc = "What the buyer pays on top; 0 when the event absorbs the fees."}, \
		{"total", FIELD_MONEY, FIELD_OUT, .doc = "subtotal plus fees."},                  \
	{                                                                                         \
		"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."                    \
	}
/* The statements of making, showing and ending a hold. */
extern const struct module hold_statements_module;
extern const struct statement hold_get;

/* The line items of a body's `items`; problems are added. */
void line_items_read(struct req *r, struct val items, struct line_items *out);

/* What a buyer pays for wishes, in minor units. */
struct totals {
	int64_t subtotal, fees;
};
struct totals totals_of(const struct line_items *items, const struct availability *offer);

/* A new hold for what r->in asks, with this id; r->subject names it, and what it costs comes back.
 */
NODISCARD enum err hold_create(struct req *r, struct uuid id, int64_t seconds, struct totals *bill);
/* The handler that gives back what the hold in the path holds. */
NODISCARD enum err hold_release(struct req *r);

/* inventory_apply as the transaction's last step. */
void inventory_apply_before_commit(struct req *r, struct inventory_moves *stock);

/* The hold's row, locked, when it can still be used; 404, or 409 saying why not. `items` are its
 * hold_items. */
NODISCARD enum err hold_claim(struct req *r, const char *id, struct rows *row, struct rows *items);
/* It has become an order. */
NODISCARD enum err hold_consume(struct req *r, struct uuid id, struct uuid order_id);

#endif
