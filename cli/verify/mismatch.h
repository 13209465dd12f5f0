/* mismatch: the checks of `ticketgate verify`, the report of mismatches, and the sums so far. */
#ifndef TG_CLI_VERIFY_MISMATCH_H
#define TG_CLI_VERIFY_MISMATCH_H

#include "cli/core/cli.h"
#include "common/base/map.h"

/* Index of verify_checks, which has the names and descriptions. */
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
	STOCK_FLOOR,
	EVENT_COUNTER,
	EVENT_WORDS,
	EVENT_PARTS,
	EVENT_POSITIONS,
	EVENT_FREE,
	EVENT_SOLD_OUT_TOLD,
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
	ISSUED_UNIT,
	ISSUED_REFUNDED_UNITS,
	ISSUED_INSIDE,
	CHECK_IN_TICKET,
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

/* A ticket type: the counters of its row, and the sums computed from other rows. */
struct type_sums {
	struct uuid event;
	int64_t sold, held;
	int64_t order_sold, hold_held, ledger_sold, ledger_held; /* tickets */
	/* there: the row exists; kept: its flag; restocked: an order item was refunded and
	 * restocked */
	bool there, kept, restocked;
};
/* An event: the tickets sold and held of all its ticket types. */
struct event_sums {
	int64_t taken;
};
/* An organization: its events by status, counted and as stored. */
struct org_sums {
	int64_t events[3], counters[3];
};
/* A row of order_tallies, by the id of its event or, for the total, of its organization; by status.
 */
struct tally_sums {
	struct uuid mark;
	int64_t stored[3], counted[3];
};

/* The state of one run. */
struct verify {
	struct cli *c;
	struct params p; /* org: NULL for all; after, upto: bounds of the part being read */
	/* of type_sums, event_sums, org_sums and tally_sums */
	struct map types, events, orgs, tallies;
	int64_t found[CHECKS]; /* mismatches */
	int64_t now; /* Unix ms of the start */
	int64_t orders, items, ledger, holds; /* rows read so far */
	struct uuid counters_org;
	int scale; /* decimals of the amounts being compared, see common/text/currency.h */
};

#define LINES_PER_CHECK 100 /* mismatches printed per check; the rest is only counted */

struct verify_check {
	const char *name, *doc;
};
extern const struct verify_check verify_checks[CHECKS];

/* The row that a mismatch is about: what it is ("order"), and its id. */
struct checked_row {
	const char *what;
	struct uuid id;
};
static inline struct checked_row row_of(const char *what, struct uuid id)
{
	return (struct checked_row){what, id};
}
/* Report and count a mismatch; mismatch_money() takes stored amounts with v->scale decimals. */
void mismatch(struct verify *v, enum check check, struct checked_row row, const char *stored,
	const char *computed);
void mismatch_int(struct verify *v, enum check check, struct checked_row row, int64_t stored,
	int64_t computed);
void mismatch_money(struct verify *v, enum check check, struct checked_row row, int64_t stored,
	int64_t computed);

/* Reads a table in parts: `next` selects the last id of the part that begins after :after, and
 * `part` runs for each with :after and :upto set. */
typedef enum err verify_part(struct verify *v);
NODISCARD enum err verify_walk(struct verify *v, const struct statement *next, verify_part *part);
/* Streams a statement's rows with v->p as parameters and v as the callback's context. */
NODISCARD enum err verify_each(struct verify *v, const struct statement *st, sql_each *each);

/* Run in this order: rows that sales change constantly are read first, while the snapshot is young
 * and the server keeps few old versions of them. */
NODISCARD enum err verify_stock(struct verify *v);
NODISCARD enum err verify_rules(struct verify *v);
NODISCARD enum err verify_orders(struct verify *v);
NODISCARD enum err verify_admissions(struct verify *v);
NODISCARD enum err verify_ledger(struct verify *v);
NODISCARD enum err verify_outbox(struct verify *v);
NODISCARD enum err verify_webhooks(struct verify *v);
NODISCARD enum err verify_sales(struct verify *v);
void verify_sums(struct verify *v); /* compares the sums with the stored counters */

#endif
