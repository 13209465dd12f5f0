/* mismatch: what the checks of `ticketgate verify` share: the mismatches found, and the sums so
 * far. */
#ifndef TG_CLI_VERIFY_MISMATCH_H
#define TG_CLI_VERIFY_MISMATCH_H

#include "cli/core/cli.h"
#include "cli/verify/uuid_map.h"

enum check {
	TICKET_SOLD,
	TICKET_HELD,
	TICKET_QUANTITY,
	TICKET_CAPPED,
	TICKET_KEPT,
	LEDGER_SOLD,
	LEDGER_HELD,
	STOCK_ROW,
	STOCK_CAPACITY,
	STOCK_TAKEN,
	STOCK_WITHIN,
	EVENT_COUNTER,
	EVENT_WORDS,
	HOLD_ITEMS,
	HOLD_ENDED,
	ORDER_ITEMS,
	ORDER_SUBTOTAL,
	ORDER_FEES,
	ORDER_TOTAL,
	ORDER_REFUNDED,
	ORDER_STATUS,
	ORDER_REFUNDS,
	ORDER_TALLY,
	ITEM_SUBTOTAL,
	ITEM_RESTOCKED,
	ITEM_TICKET,
	ITEM_ORDER,
	OUTBOX_COMPLETED,
	OUTBOX_REFUNDED,
	OUTBOX_PENDING,
	ENDPOINT_COUNTER,
	WEBHOOK_TALLY,
	WEBHOOK_SECRET,
	DELIVERY_DUE,
	SALES_QUARTERS,
	CHECKS
};

/* A ticket type: what its row says, and what other rows say about it. */
struct type_sums {
	struct uuid event;
	int64_t sold, held;
	int64_t order_sold, hold_held, ledger_sold, ledger_held;
	bool there, kept, restocked; /* restocked: items of orders that came back */
};
/* An event: its ticket types together. */
struct event_sums {
	int64_t taken;
};
/* An organization: its events by status. */
struct org_sums {
	int64_t events[3], counters[3];
};
/* A row of order_tallies, under its event's id, or its organization's. */
struct tally_sums {
	struct uuid mark;
	int64_t stored[3], counted[3];
};

struct verify {
	struct cli *c;
	struct params p; /* org: NULL for all; after, upto: the part being read */
	struct uuid_map types, events, orgs, tallies;
	int64_t found[CHECKS];
	int64_t now, orders, items, ledger, holds; /* read so far */
	struct uuid counters_org;
};

#define LINES_PER_CHECK 100 /* printed; the rest is counted */

struct verify_check {
	const char *name, *doc;
};
extern const struct verify_check verify_checks[CHECKS];

/* A row that is checked: what it is ("order"), and its id. */
struct checked_row {
	const char *what;
	struct uuid id;
};
static inline struct checked_row row_of(const char *what, struct uuid id)
{
	return (struct checked_row){what, id};
}
/* One line of the report, and its count. Amounts are minor units. */
void mismatch(struct verify *v, enum check check, struct checked_row row, const char *stored,
	const char *computed);
void mismatch_int(struct verify *v, enum check check, struct checked_row row, int64_t stored,
	int64_t computed);
void mismatch_money(struct verify *v, enum check check, struct checked_row row, int64_t stored,
	int64_t computed);

/* Reads a table by the ids of `next`, which answers the last id of a part that begins after :after:
 * `part` is run for each. */
typedef enum err verify_part(struct verify *v);
NODISCARD enum err verify_walk(struct verify *v, const struct statement *next, verify_part *part);
NODISCARD enum err verify_each(struct verify *v, const struct statement *st, sql_each *each);

/* In this order: the rows that sales change all the time are read while the snapshot is young. */
NODISCARD enum err verify_stock(struct verify *v);
NODISCARD enum err verify_orders(struct verify *v);
NODISCARD enum err verify_ledger(struct verify *v);
NODISCARD enum err verify_outbox(struct verify *v);
NODISCARD enum err verify_webhooks(struct verify *v);
NODISCARD enum err verify_sales(struct verify *v);
void verify_sums(struct verify *v); /* everything added up against what the rows say */

#endif
