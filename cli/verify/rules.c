/* rules: verifies what holds among the rows of one event: positions, free tickets, sold out. */
#include "cli/verify/mismatch.h"

#include "common/ticketing/event_columns.h"

#define RULES_OF(table) " (:org IS NULL OR " table ".org_id = :org)"

/* Positions count from 0, without gaps. */
#define POSITIONS_OF(table, what)                                                \
	"SELECT c.event_id AS event, '" what "' AS kind, COUNT(*) AS n,"         \
	" COUNT(DISTINCT c.position) AS different, MAX(c.position) + 1 AS last"  \
	" FROM " table " c WHERE" RULES_OF("c") " GROUP BY c.org_id, c.event_id" \
						" HAVING n <> different OR n <> last"
static const struct statement positions_wrong = {
	"verify_positions",
	POSITIONS_OF("ticket_types", "ticket types") " UNION ALL " POSITIONS_OF(
		"performers", "performers") " UNION ALL " POSITIONS_OF("schedules",
		"schedule entries") " UNION ALL " POSITIONS_OF("brands", "brands"),
	SQL_READ,
};
static const struct statement free_priced = {
	"verify_free",
	"SELECT t.id, t.price"
	" FROM events e"
	" JOIN ticket_types t ON t.event_id = e.id AND t.org_id = e.org_id"
	" WHERE e.type = 'FREE' AND t.price <> 0 AND" RULES_OF("e"),
	SQL_READ,
};
/* Without holds, whose end nobody may have noticed yet. */
static const struct statement sold_out_untold = {
	"verify_sold_out",
	"SELECT e.id, COALESCE((SELECT " EVENT_SOLD_OUT(EVENT_LEAST,
		EVENT_TAKEN) " FROM ticket_types t WHERE t.event_id = e.id), 0) AS soldOut"
			     " FROM events e"
			     " JOIN event_stock s ON s.event_id = e.id AND s.org_id = e.org_id"
			     " WHERE e.status = 'PUBLISHED' AND NOT s.sold_out"
			     " AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id "
			     "AND t.sold > 0)"
			     " AND NOT EXISTS (SELECT 1 FROM ticket_types t"
			     " WHERE t.event_id = e.id AND t.held > 0) AND" RULES_OF(
				     "e") " HAVING soldOut",
	SQL_READ,
};

static enum err read_positions(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	int64_t n = rows_int(row, 0, "n"), different = rows_int(row, 0, "different");
	mismatch(v, EVENT_POSITIONS, row_of("event", rows_get(row, 0, "event").id),
		arena_printf(v->c->arena, "%lld %s, last position %lld", (long long)n,
			rows_text(row, 0, "kind"), (long long)rows_int(row, 0, "last") - 1),
		arena_printf(v->c->arena, "%lld different positions", (long long)different));
	return OK;
}

static enum err read_priced(void *ctx, const struct rows *row)
{
	mismatch_int(ctx, EVENT_FREE, row_of("ticket type", rows_get(row, 0, "id").id),
		rows_int(row, 0, "price"), 0);
	return OK;
}

static enum err read_untold(void *ctx, const struct rows *row)
{
	mismatch(ctx, EVENT_SOLD_OUT_TOLD, row_of("event", rows_get(row, 0, "id").id), "not told",
		"sold out");
	return OK;
}

enum err verify_rules(struct verify *v)
{
	enum err err = verify_each(v, &sold_out_untold, read_untold);
	if (!err)
		err = verify_each(v, &positions_wrong, read_positions);
	if (!err)
		err = verify_each(v, &free_priced, read_priced);
	return err;
}
