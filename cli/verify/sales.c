/* sales: verifies the sales aggregates against the orders and refunds up to the marks. */
#include "cli/verify/mismatch.h"

#include "common/ticketing/sales_rollup.h"

#include <string.h>

#define VERIFY_SALES_COUNTED \
	"orders o"           \
	" STRAIGHT_JOIN sales_marks m ON m.org_id = o.org_id AND o.id <= m.orders_mark"
#define GIVEN                                                                            \
	"refunds r"                                                                      \
	" STRAIGHT_JOIN sales_marks m ON m.org_id = r.org_id AND r.id <= m.refunds_mark" \
	" STRAIGHT_JOIN orders o ON o.id = r.order_id"
/* A derived table: MariaDB 10.11.18 refuses SUM() of a subquery about the outer row (error 1055).
 */
#define COUNTED_ORDERS                                                                    \
	"(SELECT o.org_id, o.event_id, o.currency, o.total,"                              \
	" (SELECT SUM(i.quantity) FROM order_items i WHERE i.order_id = o.id) AS tickets" \
	" FROM " VERIFY_SALES_COUNTED ") o"
/* Sums the aggregates, and with the opposite sign what they were computed from: the result is zero
 * where they match. */
static const struct statement wrong = {
	"verify_sales",
	"SELECT x.org_id AS org, x.event_id AS event, x.ticket_id AS ticket,"
	" CAST(SUM(x.orders) AS SIGNED) AS orders,"
	" CAST(SUM(x.tickets) AS SIGNED) AS tickets,"
	" CAST(SUM(x.revenue) AS SIGNED) AS revenue,"
	" CAST(SUM(x.refunded) AS SIGNED) AS refunded FROM ("
	"SELECT org_id, event_id, ticket_id, currency, SUM(orders) AS orders,"
	" SUM(tickets) AS tickets, SUM(revenue) AS revenue, SUM(refunded) AS refunded"
	" FROM sales_quarters"
	" GROUP BY org_id, event_id, ticket_id, currency"
	" UNION ALL"
	" SELECT o.org_id, o.event_id, i.ticket_id, o.currency, 0, -SUM(i.quantity),"
	" -SUM(i.subtotal), 0"
	" FROM " VERIFY_SALES_COUNTED " STRAIGHT_JOIN order_items i ON i.order_id = o.id"
	" GROUP BY o.org_id, o.event_id, i.ticket_id, o.currency"
	" UNION ALL SELECT o.org_id, o.event_id, " STATS_ALL ", o.currency, -COUNT(*),"
	" -SUM(o.tickets), -SUM(o.total), 0 FROM " COUNTED_ORDERS
	" GROUP BY o.org_id, o.event_id, o.currency"
	" UNION ALL SELECT o.org_id, " STATS_ALL ", " STATS_ALL ", o.currency, -COUNT(*),"
	" -SUM(o.tickets), -SUM(o.total), 0 FROM " COUNTED_ORDERS " GROUP BY o.org_id, o.currency"
	" UNION ALL SELECT o.org_id, o.event_id, " STATS_ALL
	", o.currency, 0, 0, 0, -SUM(r.amount) FROM " GIVEN
	" GROUP BY o.org_id, o.event_id, o.currency"
	" UNION ALL SELECT o.org_id, " STATS_ALL ", " STATS_ALL
	", o.currency, 0, 0, 0, -SUM(r.amount) FROM " GIVEN " GROUP BY o.org_id, o.currency"
	") x"
	" WHERE (:org IS NULL OR x.org_id = :org)"
	" GROUP BY x.org_id, x.event_id, x.ticket_id, x.currency"
	" HAVING SUM(x.orders) <> 0 OR SUM(x.tickets) <> 0 OR SUM(x.revenue) <> 0 OR "
	"SUM(x.refunded) <> 0",
	SQL_READ,
};

/* Reports each column that does not cancel out. Zero ids stand for all events or all ticket types.
 */
static enum err read_wrong(void *ctx, const struct rows *row)
{
	static const struct uuid none;
	struct verify *v = ctx;
	struct uuid org = rows_get(row, 0, "org").id, event = rows_get(row, 0, "event").id,
		    ticket = rows_get(row, 0, "ticket").id;
	bool whole = uuid_equal(&event, &none), own = uuid_equal(&ticket, &none);
	const char *what = "ticket type";
	const struct uuid *id = &ticket;
	if (whole) {
		what = "organization";
		id = &org;
	} else if (own) {
		what = "event";
		id = &event;
	}
	static const char *const columns[] = {"orders", "tickets", "revenue", "refunded"};
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		if (rows_int(row, 0, columns[i]))
			mismatch_int(v, SALES_QUARTERS,
				row_of(arena_printf(v->c->arena, "%s of %s", columns[i], what),
					*id),
				rows_int(row, 0, columns[i]), 0);
	return OK;
}

enum err verify_sales(struct verify *v)
{
	return verify_each(v, &wrong, read_wrong);
}
