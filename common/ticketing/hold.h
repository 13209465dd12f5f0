/* hold: tickets reserved for a buyer during checkout. */
#ifndef TG_TICKETING_HOLD_H
#define TG_TICKETING_HOLD_H

#include "common/ticketing/availability.h"
#include "common/api/module.h"

extern const struct field line_item_fields[]; /* {ticketId, quantity} of request bodies */
extern const struct field hold_item_fields[];
extern const char *const hold_statuses[];

/* The fields that the box office and the public page show of a hold: HOLD_HEAD comes before the
 * fields of each one's own, HOLD_SHOWN after them. */
#define HOLD_HEAD                                                                            \
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Hold id."},                                    \
		{"eventId", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED | FIELD_OUT,           \
			.doc = "Event id."},                                                 \
		{"status", FIELD_CHOICE, FIELD_OUT, .choices = hold_statuses,                \
			.doc = "ACTIVE until it becomes an order, is released or expires."}, \
	{                                                                                    \
		"items", FIELD_LIST, FIELD_CREATE | FIELD_REQUIRED,                          \
			.max = ITEMS_MAX, .sub = line_item_fields,                           \
			.doc = "Items to hold, all or nothing."                              \
	}
#define HOLD_SHOWN                                                                           \
	{"expiresAt", FIELD_TIME, FIELD_OUT,                                                 \
		.doc = "Time at which the hold expires and its tickets are released."},      \
		{"extended", FIELD_BOOL, FIELD_OUT,                                          \
			.doc = "Whether the hold was extended; it can be extended once."},   \
		{"items", FIELD_LIST, FIELD_OUT, .max = ITEMS_MAX, .sub = hold_item_fields,  \
			.doc = "Held items."},                                               \
		{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Currency of all amounts."},  \
		{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "Sum of the items."},            \
		{"fees", FIELD_MONEY, FIELD_OUT,                                             \
			.doc = "Fees charged to the buyer; 0 when the event absorbs fees."}, \
		{"total", FIELD_MONEY, FIELD_OUT, .doc = "Total: subtotal plus fees."},      \
	{                                                                                    \
		"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."                  \
	}
/* The columns of holds and hold_items that orders are made from. */
#define HOLD_LOCK_COLUMNS                                                            \
	"SELECT id, event_id AS eventId, status, expires_at AS expiresAt, extended," \
	" ttl_seconds AS ttlSeconds, currency, subtotal, fees, total, version"
#define HOLD_ITEM_COLUMNS                                                        \
	"SELECT ticket_id AS ticketId, name, quantity, unit_price AS unitPrice," \
	" unit_fee AS unitFee"

/* The statements that create, read and end holds. */
extern const struct module hold_statements_module;
extern const struct statement hold_get; /* one hold: :id, :org, :now */

/* Reads the member `items` of a request body; adds a problem when it is empty. */
void line_items_read(struct req *r, struct val items, struct line_items *out);

/* Stored amounts (common/text/currency.h); the buyer pays their sum. */
struct totals {
	int64_t subtotal, fees;
};
/* The amounts of items at current prices; items need the rows that availability_read sets. */
struct totals totals_of(const struct line_items *items, const struct availability *offer);

/* A hold that this request creates. */
struct created_hold {
	struct totals bill;
	struct params shown; /* named like the columns of hold_get */
};
/* Creates a hold with this id for the event and items of r->input, which expires after `seconds`.
 * Does not write a response. Fails like availability_read. */
NODISCARD enum err hold_create(
	struct req *r, struct uuid id, int64_t seconds, struct created_hold *out);
/* Writes a hold that hold_create has just created, as the resource shows it, without reading it
 * back; status 201. */
NODISCARD enum err hold_send_created(
	struct req *r, const struct resource *as, const struct created_hold *hold);
#define HOLD_TAG "held" /* the kind of the tags that say whose a hold is */
/* Sets :visitor and :site, which tell whose hold it is (sql/012_public_holds.sql), for the
 * principal of a public route. */
void hold_visitor_params(const struct req *r, struct params *p);
/* Handler: releases the hold that the path names. */
NODISCARD enum err hold_release(struct req *r);

/* Registers inventory_apply as the transaction's last step (before_commit); `stock` must outlive
 * the transaction. */
void inventory_apply_before_commit(struct req *r, struct inventory_moves *stock);

/* Reads and locks a hold that can still be used, and its items. ERR_NOT_FOUND, or ERR_CONFLICT with
 * the reason. */
NODISCARD enum err hold_claim(struct req *r, const char *id, struct rows *row, struct rows *items);
/* Marks a locked hold as used by an order. */
NODISCARD enum err hold_consume(struct req *r, struct uuid id, struct uuid order_id);

#endif
