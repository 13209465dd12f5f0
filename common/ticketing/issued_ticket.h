/* issued_ticket: the codes of issued tickets, and the state of each unit of an order. */
#ifndef TG_TICKETING_ISSUED_TICKET_H
#define TG_TICKETING_ISSUED_TICKET_H

#include "common/db/statement.h"
#include "common/ticketing/order_reference.h"

/* A ticket is one unit of an order item. Its code is derived, not stored:
 *
 *     TN-7K3M9QXW-2.15-4T0ZV6Q9KD     reference, number of the item, unit, check
 *
 * Items are numbered from 1 in the order of their ids. The check is the first 50 bits of a
 * HMAC-SHA-256 by config.ticket_key of order id, item id, unit and generation, in Crockford's
 * base32. A ticket that is issued again gets the next generation, so its old code is known to be
 * old. A row of issued_tickets exists only for tickets that something happened to. */
#define ISSUED_CHECK 10
#define ISSUED_CODE_MAX 48 /* bytes of a code, without the NUL */
#define ISSUED_NUMBER_MAX 1000
#define ISSUED_UNIT_MAX 10000000
#define ISSUED_GENERATIONS 100 /* how often one ticket may be issued, the first time included */

struct issued_code {
	char reference[ORDER_REFERENCE_TEXT + 1];
	uint32_t number, unit;
	char check[ISSUED_CHECK + 1]; /* in upper case, without look-alikes */
};
/* Parses a code as it is printed, typed (spaces, no hyphens, lower case, O for 0, I or L for 1) or
 * scanned as the URL of its page. Says nothing about whether the check is right. */
bool issued_code_parse(const char *s, size_t n, struct issued_code *out);

/* A number without leading zeros, of n characters; 0: it is none, or above `max`. */
uint32_t issued_number_parse(const char *s, size_t n, uint32_t max);

/* What the check of a code is made of. */
struct issued_unit {
	struct uuid order, item;
	uint32_t unit, generation; /* from 1 */
};
void issued_check_print(
	const uint8_t key[32], const struct issued_unit *of, char out[ISSUED_CHECK + 1]);
/* The whole code of a ticket. */
void issued_code_print(const uint8_t key[32], const char *reference, uint32_t number,
	const struct issued_unit *of, char out[ISSUED_CODE_MAX + 1]);
/* The generation up to of->generation, the newest one, that the check belongs to; 0: none. */
uint32_t issued_check_generation(
	const uint8_t key[32], const struct issued_unit *of, const char *check);

/* The last part of an order's URL, /o/{token}: the order's id and 80 bits of a MAC, in base64url.
 * It is a credential: it is derived by config.ticket_key, and cannot be guessed from a reference.
 */
#define ORDER_TOKEN_TEXT 35
void order_token_print(
	const uint8_t key[32], const struct uuid *order, char out[ORDER_TOKEN_TEXT + 1]);
bool order_token_parse(const uint8_t key[32], const char *s, struct uuid *order);

/* ---- the units of an order ---- */

enum issued_status { ISSUED_VALID, ISSUED_CHECKED_IN, ISSUED_REFUNDED };
extern const char *const issued_statuses[]; /* ISSUED, CHECKED_IN, REFUNDED; ends with NULL */

/* The items of one order and what happened to their units; rows live in the arena. */
struct issued_order {
	struct uuid id;
	const char *reference;
	struct rows items; /* id, ticketId, name, quantity, refundedQuantity; in order of ids */
	struct rows states; /* of units with a row; in order of itemId, then unit */
};

/* One ticket. Texts are NULL and times 0 where there is nothing. */
struct issued_ticket {
	char code[ISSUED_CODE_MAX + 1];
	size_t item; /* row of issued_order.items */
	struct uuid item_id, ticket_id, check_in_id;
	uint32_t number, unit, generation;
	enum issued_status status;
	const char *name; /* of the ticket type */
	const char *holder, *gate;
	int64_t checked_in_at;
};

/* Reads the rows of :orderId. The items of an order that has just been made need no statement: set
 * issued_order.items, and leave states empty. */
NODISCARD enum err issued_order_read(struct db *db, struct arena *a, const struct uuid *org,
	const struct uuid *id, struct issued_order *out);

/* The states alone: order->id is set. */
NODISCARD enum err issued_states_read(
	struct db *db, struct arena *a, const struct uuid *org, struct issued_order *order);
/* The same for the rows of `orders` (columns id, reference), into out[orders->n]; by two statements
 * for all of them. */
NODISCARD enum err issued_orders_read(struct db *db, struct arena *a, const struct uuid *org,
	const struct rows *orders, struct issued_order *out);

/* Walks the units of an order from (number, unit) on. */
struct issued_walk {
	const struct issued_order *order;
	const uint8_t *key;
	size_t item, state; /* the next row of each */
	uint32_t unit; /* the next one */
	uint32_t cut; /* from here on units are refunded, but for those that a row marks */
	bool all; /* refunded: those that a row marks, too */
};
void issued_walk_begin(
	struct issued_walk *w, const struct issued_order *order, const uint8_t key[32]);
/* The next ticket; false: there is none. */
bool issued_walk_next(struct issued_walk *w, struct issued_ticket *out);
/* Goes on at this unit, or at the next one when the order has no such unit. */
void issued_walk_seek(struct issued_walk *w, uint32_t number, uint32_t unit);
/* The ticket of that number and unit; false: the order has none. */
bool issued_ticket_at(const struct issued_order *order, const uint8_t key[32], uint32_t number,
	uint32_t unit, struct issued_ticket *out);

/* The ticket that the code names; returns the generation of the code, 0: the order has no such
 * ticket, or the check is wrong. The reference is not looked at. */
uint32_t issued_ticket_by_code(const struct issued_order *order, const uint8_t key[32],
	const struct issued_code *code, struct issued_ticket *out);

extern const struct statement *const issued_ticket_statements[]; /* of the above; ends with NULL */

#endif
