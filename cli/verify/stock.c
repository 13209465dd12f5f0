/* stock: verifies ticket types, events, holds, counters and the ledger. */
#include "cli/verify/mismatch.h"

#include "common/ticketing/inventory.h"
#include "common/ticketing/slug.h"

#include <assert.h>
#include <string.h>

#define VERIFY_STOCK_OF(table) " (:org IS NULL OR " table ".org_id = :org)"

/* The columns by position, since millions of rows are read. */
enum { T_ID, T_EVENT, T_QUANTITY, T_SOLD, T_HELD, T_CAPPED, T_CAPACITY, T_KEPT };
static const struct statement verify_stock_types_all = {
	"verify_types",
	"SELECT t.id, t.event_id, t.quantity, t.sold, t.held, t.capped,"
	" e.event_capacity IS NOT NULL AS has_capacity, t.kept"
	" FROM ticket_types t"
	" JOIN events e ON e.id = t.event_id"
	" WHERE" VERIFY_STOCK_OF("t"),
	SQL_READ,
};
static const struct statement events_all = {
	"verify_events",
	"SELECT e.id, e.org_id AS org, e.status, e.event_capacity AS event_capacity,"
	" s.event_id AS stock, s.capacity, s.taken, CAST(s.low_floor AS SIGNED) AS lowFloor,"
	" IF(s.capacity IS NULL OR e.status <> 'PUBLISHED', NULL, " STOCK_LOW_FLOOR(
		"e.id") ") AS highest,"
			" CONCAT_WS(' ', IF(e.has_performers, 'performers', NULL),"
			" IF(e.has_schedules, 'schedules', NULL), IF(e.has_brands, 'brands', "
			"NULL)) AS flags,"
			" CONCAT_WS(' ',"
			" IF(EXISTS (SELECT 1 FROM performers c WHERE c.event_id = e.id), "
			"'performers', NULL),"
			" IF(EXISTS (SELECT 1 FROM schedules c WHERE c.event_id = e.id), "
			"'schedules', NULL),"
			" IF(EXISTS (SELECT 1 FROM brands c WHERE c.event_id = e.id), 'brands', "
			"NULL)) AS parts"
			" FROM events e"
			" LEFT"
			" JOIN event_stock s ON s.event_id = e.id AND s.org_id = e.org_id"
			" WHERE" VERIFY_STOCK_OF("e"),
	SQL_READ,
};
static const struct statement events_unfound = {
	"verify_events_unfound",
	"SELECT e.id, e.name FROM events e WHERE" VERIFY_STOCK_OF(
		"e") " AND NOT EXISTS (SELECT 1 FROM event_words w"
		     " WHERE w.event_id = e.id AND w.org_id = e.org_id)",
	SQL_READ,
};
static const struct statement counters_all = {"verify_counters",
	"SELECT c.org_id AS org, c.name, c.n"
	" FROM counters c"
	" WHERE c.name LIKE 'events:%' AND" VERIFY_STOCK_OF("c"),
	SQL_READ};
static const struct statement held_all = {
	"verify_held",
	"SELECT i.ticket_id AS id, i.quantity"
	" FROM hold_items i"
	" WHERE" VERIFY_STOCK_OF("i"),
	SQL_READ,
};
static const struct statement holds_active = {
	"verify_holds_active",
	"SELECT h.id, (SELECT COUNT(*) FROM hold_items i WHERE i.hold_id = h.id) AS n,"
	" (SELECT COUNT(*) FROM hold_items i"
	" WHERE i.hold_id = h.id AND i.org_id = h.org_id"
	" AND i.event_id = h.event_id AND i.expires_at = h.expires_at) AS fit"
	" FROM holds h FORCE INDEX (hold_due)"
	" WHERE h.status = 'ACTIVE' AND" VERIFY_STOCK_OF("h"),
	SQL_READ,
};
static const struct statement holds_ended = {
	"verify_holds_ended",
	"SELECT i.hold_id AS id, COALESCE(h.status, 'no hold') AS status"
	" FROM hold_items i"
	" LEFT"
	" JOIN holds h ON h.id = i.hold_id"
	" WHERE NOT (h.status <=> 'ACTIVE') AND" VERIFY_STOCK_OF("i"),
	SQL_READ,
};
static const struct statement ledger_next = {"verify_ledger_next",
	"SELECT id"
	" FROM ledger FORCE INDEX (PRIMARY)"
	" WHERE id > :after"
	" ORDER BY id"
	" LIMIT 1 OFFSET 199999",
	SQL_READ | SQL_GLOBAL};
static const struct statement ledger_part = {
	"verify_ledger_part",
	"SELECT l.ticket_id AS id, CAST(SUM(l.sold) AS SIGNED) AS sold,"
	" CAST(SUM(l.held) AS SIGNED) AS held, COUNT(*) AS n"
	" FROM ledger l FORCE INDEX (PRIMARY)"
	" WHERE l.id > :after AND l.id <= :upto AND" VERIFY_STOCK_OF("l") " GROUP BY l.ticket_id",
	SQL_READ,
};

static const char *const verify_stock_statuses[] = {"DRAFT", "PUBLISHED", "ARCHIVED"};

static int status_of(const char *s)
{
	for (int i = 0; i < 3; i++)
		if (s && strcmp(s, verify_stock_statuses[i]) == 0)
			return i;
	return -1;
}

static enum err read_type(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	const struct val *c = row->cells;
	struct type_sums *t = map_at(&v->types, &c[T_ID].id);
	*t = (struct type_sums){.event = c[T_EVENT].id,
		.sold = c[T_SOLD].i,
		.held = c[T_HELD].i,
		.there = true,
		.kept = c[T_KEPT].i};
	((struct event_sums *)map_at(&v->events, &c[T_EVENT].id))->taken += t->sold + t->held;
	if (t->sold + t->held > c[T_QUANTITY].i)
		mismatch_int(v, TICKET_QUANTITY, row_of("ticket type", c[T_ID].id), c[T_QUANTITY].i,
			t->sold + t->held);
	if (!c[T_CAPPED].i != !c[T_CAPACITY].i)
		mismatch(v, TICKET_CAPPED, row_of("ticket type", c[T_ID].id),
			c[T_CAPPED].i ? "true" : "false", c[T_CAPACITY].i ? "true" : "false");
	return OK;
}

static const char *verify_stock_number(struct verify *v, struct val n)
{
	if (n.type == VAL_INT)
		return arena_printf(v->c->arena, "%lld", (long long)n.i);
	return "none";
}

static enum err read_event(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	struct uuid id = rows_get(row, 0, "id").id, org = rows_get(row, 0, "org").id;
	struct val own = rows_get(row, 0, "event_capacity"),
		   capacity = rows_get(row, 0, "capacity");
	const struct event_sums *e = map_find(&v->events, &id);
	int64_t computed = e ? e->taken : 0, taken = rows_int(row, 0, "taken");
	int status = status_of(rows_text(row, 0, "status"));
	struct org_sums *o = map_at(&v->orgs, &org);
	if (status >= 0)
		o->events[status]++;
	if (strcmp(rows_text(row, 0, "flags"), rows_text(row, 0, "parts")) != 0)
		mismatch(v, EVENT_PARTS, row_of("event", id), rows_text(row, 0, "flags"),
			rows_text(row, 0, "parts"));
	if (rows_get(row, 0, "stock").type != VAL_UUID) {
		mismatch(v, STOCK_ROW, row_of("event", id), "none", "one");
		return OK;
	}
	if (!val_equal(own, capacity))
		mismatch(v, STOCK_CAPACITY, row_of("event", id), verify_stock_number(v, capacity),
			verify_stock_number(v, own));
	if (capacity.type == VAL_INT && taken != computed)
		mismatch_int(v, STOCK_TAKEN, row_of("event", id), taken, computed);
	if (capacity.type == VAL_INT && taken > capacity.i)
		mismatch_int(v, STOCK_WITHIN, row_of("event", id), capacity.i, taken);
	struct val highest = rows_get(row, 0, "highest");
	if (highest.type == VAL_INT && rows_int(row, 0, "lowFloor") != highest.i)
		mismatch_int(v, STOCK_FLOOR, row_of("event", id), rows_int(row, 0, "lowFloor"),
			highest.i);
	return OK;
}

/* Reports an event without search words, unless its name has none (only punctuation). */
static enum err read_unfound(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	const char *words[1];
	size_t n = search_words(v->c->arena, rows_text(row, 0, "name"), words, 1);
	if (n > 0)
		mismatch_int(
			v, EVENT_WORDS, row_of("event", rows_get(row, 0, "id").id), 0, (int64_t)n);
	return OK;
}

static enum err read_counter(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	struct uuid org = rows_get(row, 0, "org").id;
	int status = status_of(rows_text(row, 0, "name") + strlen("events:"));
	if (status >= 0)
		((struct org_sums *)map_at(&v->orgs, &org))->counters[status] =
			rows_int(row, 0, "n");
	return OK;
}

static enum err read_held(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	struct uuid id = rows_get(row, 0, "id").id;
	((struct type_sums *)map_at(&v->types, &id))->hold_held += rows_int(row, 0, "quantity");
	return OK;
}

static enum err read_active(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	v->holds++;
	int64_t n = rows_int(row, 0, "n"), fit = rows_int(row, 0, "fit");
	assert(fit >= 0 && fit <= n);
	if (n == 0)
		mismatch(v, HOLD_ITEMS, row_of("hold", rows_get(row, 0, "id").id), "ACTIVE",
			"no items");
	else if (n != fit)
		mismatch(v, HOLD_ITEMS, row_of("hold", rows_get(row, 0, "id").id),
			"its organization, event and expiry", "others in its items");
	return OK;
}

static enum err read_ended(void *ctx, const struct rows *row)
{
	mismatch(ctx, HOLD_ENDED, row_of("hold", rows_get(row, 0, "id").id),
		rows_text(row, 0, "status"), "with items");
	return OK;
}

enum err verify_stock(struct verify *v)
{
	static const struct {
		const struct statement *st;
		sql_each *each;
	} steps[] = {
		{&verify_stock_types_all, read_type},
		{&held_all, read_held},
		{&events_all, read_event},
		{&events_unfound, read_unfound},
		{&counters_all, read_counter},
		{&holds_active, read_active},
		{&holds_ended, read_ended},
	};
	enum err err = OK;
	progress("Reading events, ticket types and holds ...");
	for (size_t i = 0; i < sizeof steps / sizeof *steps && !err; i++)
		err = verify_each(v, steps[i].st, steps[i].each);
	return err;
}

static enum err read_movements(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	struct uuid id = rows_get(row, 0, "id").id;
	struct type_sums *t = map_at(&v->types, &id);
	t->ledger_sold += rows_int(row, 0, "sold");
	t->ledger_held += rows_int(row, 0, "held");
	v->ledger += rows_int(row, 0, "n");
	return OK;
}

static enum err ledger_parts(struct verify *v)
{
	return verify_each(v, &ledger_part, read_movements);
}

enum err verify_ledger(struct verify *v)
{
	return verify_walk(v, &ledger_next, ledger_parts);
}

static void compare_type(struct verify *v, struct uuid id, const struct type_sums *t)
{
	if (t->there && t->restocked && !t->kept)
		mismatch(v, TICKET_KEPT, row_of("ticket type", id), "false", "true");
	if (t->sold != t->order_sold)
		mismatch_int(v, TICKET_SOLD, row_of("ticket type", id), t->sold, t->order_sold);
	if (t->held != t->hold_held)
		mismatch_int(v, TICKET_HELD, row_of("ticket type", id), t->held, t->hold_held);
	if (t->sold != t->ledger_sold)
		mismatch_int(v, LEDGER_SOLD, row_of("ticket type", id), t->sold, t->ledger_sold);
	if (t->held != t->ledger_held)
		mismatch_int(v, LEDGER_HELD, row_of("ticket type", id), t->held, t->ledger_held);
}

static void compare_tally(struct verify *v, struct uuid id, const struct tally_sums *t)
{
	static const char *const what[] = {"COMPLETED of", "PARTIALLY_REFUNDED of", "REFUNDED of"};
	for (int i = 0; i < 3; i++)
		if (t->stored[i] != t->counted[i])
			mismatch_int(
				v, ORDER_TALLY, row_of(what[i], id), t->stored[i], t->counted[i]);
}

void verify_sums(struct verify *v)
{
	static const char *const what[] = {"DRAFT events of organization",
		"PUBLISHED events of organization", "ARCHIVED events of organization"};
	struct uuid id;
	const struct type_sums *t;
	const struct org_sums *o;
	const struct tally_sums *tally;
	for (size_t at = 0; (t = map_next(&v->types, &at, &id));)
		compare_type(v, id, t);
	for (size_t at = 0; (tally = map_next(&v->tallies, &at, &id));)
		compare_tally(v, id, tally);
	for (size_t at = 0; (o = map_next(&v->orgs, &at, &id));)
		for (int i = 0; i < 3; i++)
			if (o->events[i] != o->counters[i])
				mismatch_int(v, EVENT_COUNTER, row_of(what[i], id), o->counters[i],
					o->events[i]);
}
