/* mismatch: what the checks of `ticketgate verify` share: the mismatches found, and the sums so
 * far. */
#include "cli/verify/mismatch.h"

#include <stdio.h>
#include <string.h>

/* Named in every line, so that a script can tell them apart. */
const struct verify_check verify_checks[CHECKS] = {
	[TICKET_SOLD] = {"ticket.sold",
		"sold, against the items of orders that are not on sale again"},
	[TICKET_HELD] = {"ticket.held", "held, against the items of holds"},
	[TICKET_QUANTITY] = {"ticket.quantity", "quantity, against sold and held"},
	[TICKET_CAPPED] = {"ticket.capped",
		"whether the event has a capacity, as its ticket type knows it"},
	[TICKET_KEPT] = {"ticket.kept", "whether refunded items keep it from being deleted"},
	[LEDGER_SOLD] = {"ledger.sold", "sold, against the ledger"},
	[LEDGER_HELD] = {"ledger.held", "held, against the ledger"},
	[STOCK_ROW] = {"stock.row", "an event's row in event_stock"},
	[STOCK_CAPACITY] = {"stock.capacity", "event_stock.capacity, against the event's"},
	[STOCK_TAKEN] = {"stock.taken", "event_stock.taken, against its ticket types"},
	[STOCK_WITHIN] = {"stock.within", "event_stock.capacity, against what is taken"},
	[EVENT_COUNTER] = {"event.counter", "how many events there are"},
	[EVENT_WORDS] = {"event.words", "the words that search finds an event by"},
	[HOLD_ITEMS] = {"hold.items", "a hold in force has items"},
	[HOLD_ENDED] = {"hold.ended", "a hold that ended has none"},
	[ORDER_ITEMS] = {"order.items", "an order has items"},
	[ORDER_SUBTOTAL] = {"order.subtotal", "subtotal, against its items"},
	[ORDER_FEES] = {"order.fees", "fees, against its items"},
	[ORDER_TOTAL] = {"order.total", "total, against subtotal and fees"},
	[ORDER_REFUNDED] = {"order.refunded", "what was refunded, against the items refunded"},
	[ORDER_STATUS] = {"order.status", "status, against the items refunded"},
	[ORDER_REFUNDS] = {"order.refunds", "what was refunded, against the refunds"},
	[ORDER_TALLY] = {"order.tally", "how many orders there are up to the mark"},
	[ITEM_SUBTOTAL] = {"item.subtotal", "an item's subtotal, against quantity and price"},
	[ITEM_RESTOCKED] = {"item.restocked", "what is on sale again, against what was refunded"},
	[ITEM_TICKET] = {"item.ticket",
		"an item's ticket type is there, and one of its order's event"},
	[ITEM_ORDER] = {"item.order", "an item has an order of its organization"},
	[OUTBOX_COMPLETED] = {"outbox.completed", "order.completed was told, once an order"},
	[OUTBOX_REFUNDED] = {"outbox.refunded", "order.refunded was told, once a refund"},
	[OUTBOX_PENDING] = {"outbox.pending",
		"what happened over an hour ago was handed to the webhooks"},
	[ENDPOINT_COUNTER] = {"endpoint.counter", "how many webhooks there are"},
	[WEBHOOK_TALLY] = {"webhook.tally", "how many deliveries a webhook has"},
	[WEBHOOK_SECRET] = {"webhook.secret",
		"an active webhook has one current secret, and the key file opens it"},
	[SALES_QUARTERS] = {"sales.quarters",
		"sales by the quarter of an hour, less the orders and refunds they were counted "
		"from"},
	[DELIVERY_DUE] = {"delivery.due", "a delivery on its way is due some time"},
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

static void money_text(char out[32], int64_t minor)
{
	uint64_t n = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
	snprintf(out, 32, "%s%llu.%02llu", minor < 0 ? "-" : "", (unsigned long long)(n / 100),
		(unsigned long long)(n % 100));
}

void mismatch_money(struct verify *v, enum check check, struct checked_row row, int64_t stored,
	int64_t computed)
{
	char a[32], b[32];
	money_text(a, stored);
	money_text(b, computed);
	mismatch(v, check, row, a, b);
}

enum err verify_each(struct verify *v, const struct statement *st, sql_each *each)
{
	return sql_stream(v->c->db, st, &v->p, each, v);
}

/* The last part goes on to the end of all ids. */
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
