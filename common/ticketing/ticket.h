/* ticket: the fields, statements and the resource of ticket types that all programs share. */
#ifndef TG_TICKETING_TICKET_H
#define TG_TICKETING_TICKET_H

#include "common/ticketing/event.h"

#define TICKETS_PER_EVENT 100 /* most ticket types of one event */

/* The places that the event's own capacity leaves for a type; NULL: any number. */
#define TICKET_PLACES "(CAST(s.capacity AS SIGNED) - CAST(s.taken AS SIGNED))"
/* Columns of ticket types t; those behind the fields are what ticket_left and others need. */
#define TICKET_COLUMNS_OF(currency, places)                                             \
	"t.id, t.event_id AS eventId, t.name, t.description, t.price, t.quantity,"      \
	" t.published, t.min_per_order AS minPerOrder, t.max_per_order AS maxPerOrder," \
	" t.sales_start_at AS salesStartAt, t.sales_end_at AS salesEndAt,"              \
	" COALESCE(t.low_inventory_threshold,"                                          \
	" (t.quantity + 9) DIV 10) AS lowInventoryThreshold,"                           \
	" t.position, " currency " AS currency, t.sold, t.held,"                        \
	" t.created_at AS createdAt, t.updated_at AS updatedAt,"                        \
	" t.version, t.marked_sold_out AS marked, " places " AS places"
/* With subqueries instead of joins, because FOR UPDATE on a ticket type must not lock the rows of
 * its event. */
#define TICKET_COLUMNS                                                                 \
	TICKET_COLUMNS_OF("(SELECT e.currency FROM events e WHERE e.id = t.event_id)", \
		"IF(t.capped, (SELECT " TICKET_PLACES " FROM event_stock s"            \
		" WHERE s.event_id = t.event_id), NULL)")
/* The same from TICKET_JOINED, which is cheaper. */
#define TICKET_COLUMNS_JOINED TICKET_COLUMNS_OF("e.currency", TICKET_PLACES)
#define TICKET_JOINED "ticket_types t JOIN events e ON e.id = t.event_id" TICKET_STOCK_JOIN
#define TICKET_STOCK_JOIN " LEFT JOIN event_stock s ON s.event_id = t.event_id AND t.capped"

extern const struct field ticket_fields[];
/* Ticket types as nested rows of an event and in webhook events. The program tickets has a resource
 * of its own with all statements. */
extern const struct resource ticket;

/* What can be bought of a type has one definition, for lists, pages and webhooks: what is left is
 * quantity minus sold and held, and no more than places, if they are set; a type is sold out when
 * it is marked so, or when less than the minimum of one order is left. From the columns quantity,
 * sold, held and places; ticket_sold_out needs minPerOrder and marked, too. Expired holds do not
 * count as held: in the database they do, see ticket_refresh. EVENT_SOLD_OUT (event_columns.h) is
 * for an event what SQL needs of it. */
int64_t ticket_left(const struct rows *rows, size_t row);
bool ticket_sold_out(const struct rows *rows, size_t row);
/* field.compute of `remaining`: ticket_left. */
struct val ticket_remaining(const struct rows *rows, size_t row);

/* One ticket type: :id, :org, and :eventId, which is null on paths without the event. */
extern const struct statement ticket_get;
/* All ticket types of :eventId, in order; currency and places are set by ticket_inherit. */
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

/* resource_hooks.inherit: sets currency and places from those columns of the event. */
void ticket_inherit(struct rows *rows, const struct rows *events, size_t row);
/* resource_hooks.refresh: subtracts the tickets of expired holds from the held counts, and adds
 * them to the places. */
NODISCARD enum err ticket_refresh(struct req *r, struct rows *rows);

#endif
