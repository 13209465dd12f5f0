/* mismatch: the checks of `ticketgate verify`, the report of mismatches, and reading in parts. */
#include "cli/verify/mismatch.h"

#include "common/text/currency.h"

#include <stdio.h>
#include <string.h>

/* The name is printed in every line for scripts; the doc says what is compared. */
const struct verify_check verify_checks[CHECKS] = {
	[TICKET_SOLD] = {"ticket.sold",
		"sold tickets match the order items that were not restocked"},
	[TICKET_HELD] = {"ticket.held", "held tickets match the items of holds"},
	[TICKET_QUANTITY] = {"ticket.quantity", "sold and held tickets are within the quantity"},
	[TICKET_CAPPED] = {"ticket.capped",
		"the capped flag matches whether the event has a capacity"},
	[TICKET_KEPT] = {"ticket.kept",
		"the kept flag is set when refunded items refer to the ticket type"},
	[LEDGER_SOLD] = {"ledger.sold", "sold tickets match the ledger"},
	[LEDGER_HELD] = {"ledger.held", "held tickets match the ledger"},
	[STOCK_ROW] = {"stock.row", "an event has a row in event_stock"},
	[STOCK_CAPACITY] = {"stock.capacity", "event_stock.capacity matches the event's capacity"},
	[STOCK_TAKEN] = {"stock.taken", "event_stock.taken matches the event's ticket types"},
	[STOCK_WITHIN] = {"stock.within", "event_stock.taken is within event_stock.capacity"},
	[STOCK_FLOOR] = {"stock.low_floor",
		"event_stock.low_floor of a published event is the highest threshold of its ticket "
		"types that are not low"},
	[EVENT_COUNTER] = {"event.counter", "the event counter matches the events"},
	[EVENT_WORDS] = {"event.words", "an event has search words"},
	[EVENT_PARTS] = {"event.parts",
		"the event's flags match whether it has performers, schedule entries and brands"},
	[EVENT_POSITIONS] = {"event.positions",
		"positions of an event's ticket types, performers, schedule entries and brands "
		"count from 0"},
	[EVENT_FREE] = {"event.free", "a ticket type of a free event has the price 0"},
	[EVENT_SOLD_OUT_TOLD] = {"event.sold_out",
		"event.sold_out was published when the last ticket was sold"},
	[HOLD_ITEMS] = {"hold.items", "an active hold has items"},
	[HOLD_ENDED] = {"hold.ended", "an ended hold has no items"},
	[ORDER_ITEMS] = {"order.items", "an order has items"},
	[ORDER_SUBTOTAL] = {"order.subtotal", "the subtotal matches the items"},
	[ORDER_FEES] = {"order.fees", "the fees match the items"},
	[ORDER_TOTAL] = {"order.total", "the total is the sum of subtotal and fees"},
	[ORDER_REFUNDED] = {"order.refunded", "the refunded total matches the refunded items"},
	[ORDER_STATUS] = {"order.status", "the status matches the refunded items"},
	[ORDER_REFUNDS] = {"order.refunds", "the refunded total matches the refunds"},
	[ORDER_TALLY] = {"order.tally", "the order counters match the orders up to the mark"},
	[ITEM_SUBTOTAL] = {"item.subtotal", "an item's subtotal is quantity times unit price"},
	[ITEM_RESTOCKED] = {"item.restocked",
		"the restocked quantity is within the refunded quantity"},
	[ITEM_TICKET] = {"item.ticket",
		"an item's ticket type exists and belongs to the order's event"},
	[ITEM_ORDER] = {"item.order", "an item belongs to an order of its organization"},
	[ISSUED_UNIT] = {"issued.unit",
		"an issued ticket is a unit of an order item of its event and ticket type"},
	[ISSUED_REFUNDED_UNITS] = {"issued.refunded",
		"no more tickets of an item are marked as refunded than were refunded"},
	[ISSUED_INSIDE] = {"issued.inside", "a checked-in ticket has its check-in"},
	[CHECK_IN_TICKET] = {"check_in.ticket",
		"a check-in that admitted is the one of its ticket"},
	[OUTBOX_COMPLETED] = {"outbox.completed", "the outbox has one order.completed per order"},
	[OUTBOX_REFUNDED] = {"outbox.refunded", "the outbox has one order.refunded per refund"},
	[OUTBOX_PENDING] = {"outbox.pending",
		"events older than an hour were fanned out to the webhooks"},
	[ENDPOINT_COUNTER] = {"endpoint.counter", "the webhook counter matches the webhooks"},
	[WEBHOOK_TALLY] = {"webhook.tally", "the delivery counters match the webhook's deliveries"},
	[WEBHOOK_SECRET] = {"webhook.secret",
		"an active webhook has one current secret, which the key file decrypts"},
	[SALES_QUARTERS] = {"sales.quarters",
		"sales per quarter of an hour match the orders and refunds they were aggregated "
		"from"},
	[DELIVERY_DUE] = {"delivery.due", "a pending delivery has a due time"},
};

void mismatch(struct verify *v, enum check check, struct checked_row row, const char *stored,
	const char *computed)
{
	struct cli *c = v->c;
	char text[UUID_TEXT + 1];
	if (++v->found[check] > LINES_PER_CHECK)
		return;
	uuid_print(&row.id, text);
	if (!c->as_json) {
		buf_printf(&c->out, "%s: %s %s: stored %s, computed %s\n",
			verify_checks[check].name, row.what, text, stored, computed);
		return;
	}
	write_object(&c->json, NULL);
	write_text(&c->json, "check", verify_checks[check].name);
	write_text(&c->json, "sentence", verify_checks[check].doc);
	write_text(&c->json, "what", row.what);
	write_text(&c->json, "id", text);
	write_text(&c->json, "stored", stored);
	write_text(&c->json, "computed", computed);
	write_end_object(&c->json);
}

void mismatch_int(struct verify *v, enum check check, struct checked_row row, int64_t stored,
	int64_t computed)
{
	char a[24], b[24];
	snprintf(a, sizeof a, "%lld", (long long)stored);
	snprintf(b, sizeof b, "%lld", (long long)computed);
	mismatch(v, check, row, a, b);
}

/* A stored amount with all its decimals. */
static void money_text(char out[40], int64_t stored, int scale)
{
	uint64_t n = stored < 0 ? 0 - (uint64_t)stored : (uint64_t)stored,
		 unit = (uint64_t)power_of_ten(scale);
	snprintf(out, 40, "%s%llu.%0*llu", stored < 0 ? "-" : "", (unsigned long long)(n / unit),
		scale, (unsigned long long)(n % unit));
}

void mismatch_money(struct verify *v, enum check check, struct checked_row row, int64_t stored,
	int64_t computed)
{
	char a[40], b[40];
	money_text(a, stored, v->scale);
	money_text(b, computed, v->scale);
	mismatch(v, check, row, a, b);
}

enum err verify_each(struct verify *v, const struct statement *st, sql_each *each)
{
	return sql_stream(v->c->db, st, &v->p, each, v);
}

/* The last part reaches to the largest id, for rows inserted after `next` was read. */
enum err verify_walk(struct verify *v, const struct statement *next, verify_part *part)
{
	struct uuid first = {{0}}, end;
	enum err err = OK;
	memset(&end, 0xff, sizeof end);
	params_set(&v->p, "after", val_uuid(first));
	for (bool more = true; more && !err;) {
		struct rows row;
		err = sql_run(v->c->db, v->c->arena, next, &v->p, &row);
		more = !err && row.n > 0;
		params_set(&v->p, "upto", more ? rows_get(&row, 0, "id") : val_uuid(end));
		if (!err)
			err = part(v);
		params_set(&v->p, "after", params_get(&v->p, "upto"));
		progress("Read %lld orders with %lld items, %lld movements ...",
			(long long)v->orders, (long long)v->items, (long long)v->ledger);
	}
	return err;
}
