/* admissions: verifies issued tickets that have a row, and check-ins. */
#include "cli/verify/mismatch.h"

#define ADMISSIONS_OF(table) " (:org IS NULL OR " table ".org_id = :org)"

static const struct statement strangers = {
	"verify_issued_items",
	"SELECT t.order_id AS id, t.unit, COALESCE(i.quantity, 0) AS quantity"
	" FROM issued_tickets t"
	" LEFT JOIN orders o ON o.id = t.order_id AND o.org_id = t.org_id"
	" AND o.event_id = t.event_id"
	" LEFT JOIN order_items i ON i.order_id = t.order_id AND i.id = t.item_id"
	" AND i.org_id = t.org_id AND i.ticket_id = t.ticket_id"
	" WHERE (o.id IS NULL OR i.id IS NULL OR t.unit < 1 OR t.unit > i.quantity) "
	"AND" ADMISSIONS_OF("t"),
	SQL_READ,
};
static const struct statement refunded_more = {
	"verify_issued_refunded",
	"SELECT t.order_id AS id, COUNT(*) AS n, i.refunded_quantity AS refunded"
	" FROM issued_tickets t"
	" JOIN order_items i ON i.order_id = t.order_id AND i.id = t.item_id"
	" WHERE t.refunded_at IS NOT NULL AND" ADMISSIONS_OF(
		"t") " GROUP BY t.order_id, t.item_id, i.refunded_quantity"
		     " HAVING n > refunded",
	SQL_READ,
};
static const struct statement without_check_in = {
	"verify_issued_inside",
	"SELECT t.order_id AS id"
	" FROM issued_tickets t"
	" LEFT JOIN check_ins c ON c.org_id = t.org_id AND c.id = t.check_in_id"
	" AND c.order_id = t.order_id AND c.item_id = t.item_id AND c.unit = t.unit"
	" AND c.status = 'ADMITTED' AND c.at = t.checked_in_at"
	" WHERE t.check_in_id IS NOT NULL AND c.id IS NULL AND" ADMISSIONS_OF("t"),
	SQL_READ,
};
static const struct statement without_ticket = {
	"verify_check_ins",
	"SELECT c.order_id AS id"
	" FROM check_ins c"
	" LEFT JOIN issued_tickets t ON t.order_id = c.order_id AND t.item_id = c.item_id"
	" AND t.unit = c.unit AND t.org_id = c.org_id AND t.check_in_id = c.id"
	" WHERE c.status = 'ADMITTED' AND t.order_id IS NULL AND" ADMISSIONS_OF("c"),
	SQL_READ,
};

static enum err read_stranger(void *ctx, const struct rows *row)
{
	mismatch_int(ctx, ISSUED_UNIT, row_of("order", rows_get(row, 0, "id").id),
		rows_int(row, 0, "unit"), rows_int(row, 0, "quantity"));
	return OK;
}

static enum err read_refunded(void *ctx, const struct rows *row)
{
	mismatch_int(ctx, ISSUED_REFUNDED_UNITS, row_of("order", rows_get(row, 0, "id").id),
		rows_int(row, 0, "n"), rows_int(row, 0, "refunded"));
	return OK;
}

static enum err read_inside(void *ctx, const struct rows *row)
{
	mismatch_int(ctx, ISSUED_INSIDE, row_of("order", rows_get(row, 0, "id").id), 1, 0);
	return OK;
}

static enum err read_check_in(void *ctx, const struct rows *row)
{
	mismatch_int(ctx, CHECK_IN_TICKET, row_of("order", rows_get(row, 0, "id").id), 1, 0);
	return OK;
}

enum err verify_admissions(struct verify *v)
{
	enum err err = verify_each(v, &strangers, read_stranger);
	if (!err)
		err = verify_each(v, &refunded_more, read_refunded);
	if (!err)
		err = verify_each(v, &without_check_in, read_inside);
	if (!err)
		err = verify_each(v, &without_ticket, read_check_in);
	return err;
}
