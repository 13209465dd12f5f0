/* issued_ticket_view: issued tickets as the API and webhooks show them. */
#ifndef TG_TICKETING_ISSUED_TICKET_VIEW_H
#define TG_TICKETING_ISSUED_TICKET_VIEW_H

#include "common/api/module.h"
#include "common/ticketing/issued_ticket.h"

/* The columns of orders o and events e that a ticket is shown with. */
#define ISSUED_ORDER_COLUMNS                                                              \
	"o.id, o.reference, o.event_id AS eventId, o.buyer_name AS buyerName, e.name AS " \
	"eventName,"                                                                      \
	" e.slug AS eventSlug"

extern const struct field issued_ticket_fields[];
extern const struct resource issued_ticket; /* what routes and webhook events name */

/* Writes the members of a ticket. `orders` has ISSUED_ORDER_COLUMNS in row i. */
void issued_ticket_print(struct req *r, struct json *j, const struct issued_ticket *t,
	const struct rows *orders, size_t i);

/* Orders show at most so many of their tickets; all are listed by a route of their own. */
#define ISSUED_IN_ORDER 100
extern const struct field issued_in_order_fields[];
/* Writes the member issuedTickets of an order. */
void issued_in_order_print(struct req *r, struct json *j, const struct issued_order *order);
/* resource_hooks.embed of orders, whose first children are the items: writes the same. */
NODISCARD enum err issued_in_order_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children);

/* Finds the order by the reference of a code, and the ticket by the rest of it. */
struct found_ticket {
	struct rows row; /* ISSUED_ORDER_COLUMNS, and status; one row */
	struct issued_order order;
	struct issued_ticket ticket; /* of the newest generation */
	bool reissued; /* the code is of an older one */
};
/* By a code of n bytes, of the caller's organization. With `lock` the order's row is locked, so
 * that what is decided by the ticket's state holds until COMMIT. Fails with 404. */
NODISCARD enum err issued_ticket_find(
	struct req *r, const char *code, bool lock, struct found_ticket *out);
/* The order alone, by its id or reference; out->ticket is not set. Fails with 404. */
NODISCARD enum err issued_order_find(
	struct req *r, const char *order, bool lock, struct found_ticket *out);
/* By number and unit, "2.15", of an order. The same otherwise. */
NODISCARD enum err issued_ticket_find_unit(
	struct req *r, const char *order, const char *unit, struct found_ticket *out);

/* Sends the ticket, with this version of its order as the ETag. */
void issued_ticket_send(
	struct req *r, int status, const struct found_ticket *found, int64_t version);

/* Marks the ticket's row, which is made when there is none; sets :orderId, :itemId, :unit,
 * :eventId, :ticketId. The order's version grows, which also lets two nodes of a cluster find out
 * about each other. Statements that change the row follow. */
NODISCARD enum err issued_ticket_touch(
	struct req *r, const struct found_ticket *found, struct params *p);

extern const struct module issued_ticket_find_module; /* of the functions that find */
extern const struct module issued_ticket_lock_module; /* with lock; needs UPDATE on orders */
extern const struct module issued_ticket_touch_module; /* of issued_ticket_touch */

#endif
