/* order: the fields, statements and the resource of orders that all programs share. */
#ifndef TG_TICKETING_ORDER_H
#define TG_TICKETING_ORDER_H

#include "common/ticketing/event.h"

/* The columns of orders o under the names of the API. */
#define ORDER_COLUMNS                                                      \
	"o.id, o.reference, o.event_id AS eventId, o.status,"              \
	" o.buyer_name AS `buyer.name`, o.buyer_email AS `buyer.email`,"   \
	" o.buyer_phone AS `buyer.phone`, o.currency,"                     \
	" o.subtotal, o.fees, o.total, o.refunded_total AS refundedTotal," \
	" o.payment_provider AS `payment.provider`,"                       \
	" o.payment_reference AS `payment.reference`,"                     \
	" o.created_at AS createdAt, o.completed_at AS completedAt,"       \
	" o.refunded_at AS refundedAt, o.version"

#define ORDER_ITEM_COLUMNS                                                         \
	"i.order_id AS parent, i.id, i.ticket_id AS ticketId, i.name, i.quantity," \
	" i.unit_price AS unitPrice, i.subtotal, i.refunded_quantity AS refundedQuantity"
/* The items of :parents, with more columns. JSON_TABLE drives the join, so that they come in the
 * order of the parents. */
#define ORDER_ITEMS(more)                                              \
	"SELECT " ORDER_ITEM_COLUMNS more " FROM JSON_TABLE(:parents," \
	" '$[*]' COLUMNS (n FOR ORDINALITY, id CHAR(32) PATH '$')) p"  \
	" STRAIGHT_JOIN order_items i ON i.order_id = UNHEX(p.id)"     \
	" WHERE i.org_id = :org"                                       \
	" ORDER BY p.n, i.id"

extern const char *const order_statuses[]; /* ends with NULL */
extern const struct field order_fields[], order_item_fields[];
extern const struct resource order_item;
extern const struct child order_children[]; /* the items; ends with a NULL name */
/* An order with its items, found by id or reference. The program orders has a resource of its own
 * with lists. */
extern const struct resource order;

extern const struct statement order_get; /* :id, :org */
extern const struct statement order_get_by_reference; /* the same by :name */
extern const struct statement order_by_reference; /* column "id" by :name; :org */
extern const struct statement order_items_of_one; /* by :orderId, see resource_sql.by_parent */
extern const struct statement order_items; /* by :parents, see resource_sql.by_parents */

#endif
