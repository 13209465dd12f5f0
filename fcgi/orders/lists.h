/* lists: every way to list orders, each an index range of ids. */
#ifndef TG_ORDERS_LISTS_H
#define TG_ORDERS_LISTS_H

#include "common/api/crud.h"

extern const char *const order_statuses[];
/* eventId comes first: below an event the others are left */
extern const struct field order_filters[];
extern const struct list_spec order_listing;

/* From orders o, as the API names them. */
#define ORDER_COLUMNS                                                      \
	"o.id, o.reference, o.event_id AS eventId, o.status,"              \
	" o.buyer_name AS `buyer.name`, o.buyer_email AS `buyer.email`,"   \
	" o.buyer_phone AS `buyer.phone`, o.currency,"                     \
	" o.subtotal, o.fees, o.total, o.refunded_total AS refundedTotal," \
	" o.payment_provider AS `payment.provider`,"                       \
	" o.payment_reference AS `payment.reference`,"                     \
	" o.created_at AS createdAt, o.completed_at AS completedAt,"       \
	" o.refunded_at AS refundedAt, o.version"

#endif
