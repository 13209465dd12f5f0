/* ticket: a ticket type: what an event sells. */
#ifndef TG_TICKETING_TICKET_H
#define TG_TICKETING_TICKET_H

#include "common/ticketing/event.h"

#define TICKETS_PER_EVENT 100

#define TICKET_SOLD_OUT "(t.marked_sold_out OR t.sold + t.held >= t.quantity)"

/* The event's currency and type by subquery, not by join: locking a ticket type must not lock its
 * event's row. */
#define TICKET_COLUMNS_OF(currency)                                                     \
	"t.id, t.event_id AS eventId, t.name, t.description, t.price, t.quantity,"      \
	" t.published, t.min_per_order AS minPerOrder, t.max_per_order AS maxPerOrder," \
	" t.sales_start_at AS salesStartAt, t.sales_end_at AS salesEndAt,"              \
	" COALESCE(t.low_inventory_threshold,"                                          \
	" (t.quantity + 9) DIV 10) AS lowInventoryThreshold,"                           \
	" t.position,"                                                                  \
	" " currency " AS currency, t.sold, t.held, t.quantity - t.sold - t.held AS "   \
	"remaining, " TICKET_SOLD_OUT " AS soldOut,"                                    \
	" CASE WHEN NOT t.published THEN 'DRAFT' WHEN " TICKET_SOLD_OUT                 \
	" THEN 'SOLD_OUT' ELSE 'PUBLISHED' END AS status,"                              \
	" t.marked_sold_out AS marked, t.version, t.created_at AS createdAt,"           \
	" t.updated_at AS updatedAt"
#define TICKET_COLUMNS \
	TICKET_COLUMNS_OF("(SELECT e.currency FROM events e WHERE e.id = t.event_id)")

extern const struct field ticket_fields[];
/* Ticket types as they are embedded and announced. tickets.fcgi serves them with more. */
extern const struct resource ticket;

/* One ticket type: :id, :org, and :eventId, which may be null. */
extern const struct statement ticket_get;
/* Every ticket type of :eventId, in order. */
extern const struct statement ticket_by_parent;
/* Takes every field with FIELD_CREATE, :id, :org, :eventId, :now. */
extern const struct statement ticket_insert;
/* :eventId's, in their order, behind or before :id by :bias. */
extern const struct statement ticket_renumber;

/* Rules between the fields of one ticket type. `prefix` stands before the field names in problems
 * ("tickets.0."); `free_event`: the event is FREE. */
void ticket_rules(struct req *r, const struct params *t, const char *prefix, bool free_event);

/* resource_hooks.refresh: tickets of expired holds are not counted as held. */
NODISCARD enum err ticket_refresh(struct req *r, struct rows *rows);

#endif
