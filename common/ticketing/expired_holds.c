/* expired_holds: holds that are over and not yet given back: what is shown does not count them.
 * Giving back is the business of buyers and of the sweep (common/ticketing/inventory.c). */
#include "common/ticketing/expired_holds.h"

#include <string.h>

static const struct statement lapsed = {
	"ticket_lapsed",
	"SELECT i.ticket_id AS id, CAST(SUM(i.quantity) AS SIGNED) AS n"
	" FROM ticket_types t"
	" STRAIGHT_JOIN hold_items i FORCE INDEX (hold_item_ticket)"
	" ON i.ticket_id = t.id AND i.expires_at <= :now"
	" WHERE t.event_id = :eventId AND t.org_id = :org AND t.held > 0"
	" GROUP BY i.ticket_id",
	SQL_READ,
};

const struct statement *const expired_holds_statements[] = {
	&lapsed,
	NULL,
};

/* The row was read before the holds were: of those that were given back in between it counts some
 * that are over, never the other way round. */
static void uncount(struct rows *rows, size_t i, int64_t n)
{
	int64_t held = rows_int(rows, i, "held") - n,
		remaining = rows_int(rows, i, "remaining") + n;
	bool sold_out = rows_int(rows, i, "marked") || remaining <= 0;
	const char *status = rows_text(rows, i, "status");
	if (held < 0)
		return;
	rows_set(rows, i, "held", val_int(held));
	rows_set(rows, i, "remaining", val_int(remaining));
	rows_set(rows, i, "soldOut", val_bool(sold_out));
	if (status && strcmp(status, "SOLD_OUT") == 0 && !sold_out)
		rows_set(rows, i, "status", val_text("PUBLISHED"));
}

enum err expired_holds_subtract(
	struct req *r, struct rows *rows, const char *id, struct uuid event_id)
{
	struct params p;
	struct rows over;
	size_t held = 0;
	for (size_t i = 0; i < rows->n; i++)
		held += rows_int(rows, i, "held") > 0;
	if (held == 0)
		return OK;
	req_params(r, &p, NULL);
	params_set(&p, "eventId", val_uuid(event_id));
	enum err err = req_sql(r, &lapsed, &p, &over);
	for (size_t k = 0; !err && k < over.n; k++)
		for (size_t i = 0; i < rows->n; i++)
			if (val_equal(rows_get(rows, i, id), rows_get(&over, k, "id")))
				uncount(rows, i, rows_int(&over, k, "n"));
	return err;
}
