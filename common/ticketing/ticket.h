/* ticket: the fields, statements and the resource of ticket types that all programs share. */
#ifndef TG_TICKETING_TICKET_H
#define TG_TICKETING_TICKET_H

#include "common/ticketing/event.h"

#define TICKETS_PER_EVENT 100 /* most ticket types of one event */

/* What can be bought of a type has one definition, for lists, pages, guards and webhooks: remaining
 * is quantity minus sold and held, and no more than the event's own capacity leaves; a type is sold
 * out when it is marked so, or when less than the minimum of one order remains. Expired holds do
 * not count as held: here they do, see ticket_refresh. */

/* What the event's own capacity leaves for a type; NULL: any number. */
#define TICKET_PLACES                                                               \
	"IF(t.capped, (SELECT CAST(s.capacity AS SIGNED) - CAST(s.taken AS SIGNED)" \
	" FROM event_stock s"                                                       \
	" WHERE s.event_id = t.event_id), NULL)"
/* The same with the event's stock joined, which reads it once. */
#define TICKET_STOCK_JOIN " LEFT JOIN event_stock s ON s.event_id = t.event_id AND t.capped"
#define TICKET_PLACES_JOINED "(CAST(s.capacity AS SIGNED) - CAST(s.taken AS SIGNED))"
#define TICKET_OWN "(CAST(t.quantity AS SIGNED) - CAST(t.sold + t.held AS SIGNED))"
#define TICKET_REMAINING(places) \
	"GREATEST(LEAST(" TICKET_OWN ", COALESCE(" places ", 10000000)), 0)"
#define TICKET_SOLD_OUT(places) \
	"(t.marked_sold_out OR " TICKET_REMAINING(places) " < t.min_per_order)"

#define TICKET_STATUS(places)                                           \
	"CASE WHEN NOT t.published THEN 'DRAFT' WHEN " TICKET_SOLD_OUT( \
		places) " THEN 'SOLD_OUT' ELSE 'PUBLISHED' END"

#define TICKET_COLUMNS_OF(currency, places)                                             \
	"t.id, t.event_id AS eventId, t.name, t.description, t.price, t.quantity,"      \
	" t.published, t.min_per_order AS minPerOrder, t.max_per_order AS maxPerOrder," \
	" t.sales_start_at AS salesStartAt, t.sales_end_at AS salesEndAt,"              \
	" COALESCE(t.low_inventory_threshold,"                                          \
	" (t.quantity + 9) DIV 10) AS lowInventoryThreshold,"                           \
	" t.position, t.marked_sold_out AS marked, t.version,"                          \
	" t.created_at AS createdAt, t.updated_at AS updatedAt,"                        \
	" " currency " AS currency, t.sold, t.held,"                                    \
	" " places " AS places,"                                                        \
	" " TICKET_REMAINING(places) " AS remaining,"                                   \
				     " " TICKET_SOLD_OUT(places) " AS soldOut,"         \
								 " " TICKET_STATUS(     \
									 places) " AS status"
/* With subqueries instead of joins, because FOR UPDATE on a ticket type must not lock the rows of
 * its event. */
#define TICKET_COLUMNS     \
	TICKET_COLUMNS_OF( \
		"(SELECT e.currency FROM events e WHERE e.id = t.event_id)", TICKET_PLACES)
/* places and remaining, with TICKET_STOCK_JOIN. */
#define TICKET_LEFT_JOINED \
	TICKET_PLACES_JOINED " AS places, " TICKET_REMAINING(TICKET_PLACES_JOINED) " AS remaining"
/* With the event joined as e, and TICKET_STOCK_JOIN. */
#define TICKET_COLUMNS_JOINED TICKET_COLUMNS_OF("e.currency", TICKET_PLACES_JOINED)

extern const struct field ticket_fields[];
/* Ticket types as nested rows of an event and in webhook events. The program tickets has a resource
 * of its own with all statements. */
extern const struct resource ticket;

/* One ticket type: :id, :org, and :eventId, which is null on paths without the event. */
extern const struct statement ticket_get;
/* All ticket types of :eventId, in order. */
extern const struct statement ticket_by_parent;
/* Takes all fields with FIELD_CREATE, :id, :org, :eventId, :now. */
extern const struct statement ticket_insert;
/* Renumbers the positions of :eventId's ticket types, see resource_sql.renumber. */
extern const struct statement ticket_renumber;

/* What the rules of a ticket type depend on: the type and the currency of its event; NULL while
 * they are invalid themselves. */
struct ticket_terms {
	const char *type, *currency;
};
/* Checks the rules between the fields of one ticket type and adds problems. `prefix` precedes the
 * field names ("tickets.0."). */
void ticket_rules(struct req *r, const struct params *t, const char *prefix,
	const struct ticket_terms *terms);

/* resource_hooks.refresh: subtracts the tickets of expired holds from the held counts. */
NODISCARD enum err ticket_refresh(struct req *r, struct rows *rows);

#endif
