/* tables: which tables hold rows of one organization, and how these are found. */
#include "cli/move/tables.h"

#include <assert.h>
#include <string.h>

#define TABLE_ROWS(table, from)                                  \
	table,                                                   \
	{                                                        \
		"move_" table, "SELECT t.* FROM " from, SQL_READ \
	}
#define OF_ORG(table) TABLE_ROWS(table, table " t WHERE t.org_id = :org")
#define BY_INDEX(table, index) \
	TABLE_ROWS(table, table " t FORCE INDEX (" index ") WHERE t.org_id = :org")
#define EVENTS "events e FORCE INDEX (event_date)"
/* Below an event: found by the index that begins with event_id. */
#define OF_EVENT(table, index)                                              \
	TABLE_ROWS(table,                                                   \
		EVENTS " STRAIGHT_JOIN " table " t FORCE INDEX (" index ")" \
		       " ON t.event_id = e.id"                              \
		       " WHERE e.org_id = :org")
#define ENDPOINTS "webhook_endpoints w FORCE INDEX (endpoint_org)"
#define OF_ENDPOINT(table, index)                                              \
	TABLE_ROWS(table,                                                      \
		ENDPOINTS " STRAIGHT_JOIN " table " t FORCE INDEX (" index ")" \
			  " ON t.endpoint_id = w.id"                           \
			  " WHERE w.org_id = :org")

/* The sweep deletes what is old from organizations that are being imported, too: what it changes
 * along with a row (items of a hold, tallies of deliveries, the carried sum of a ticket type, which
 * has the smallest id) comes before that row. */
const struct moved_table moved_tables[] = {
	{TABLE_ROWS("organizations", "organizations t WHERE t.id = :org"), 0},
	{BY_INDEX("users", "user_org"), 0},
	{BY_INDEX("api_keys", "api_key_org"), 0},
	{TABLE_ROWS("api_key_allowlist",
		 "api_keys k FORCE INDEX (api_key_org)"
		 " STRAIGHT_JOIN api_key_allowlist t ON t.key_id = k.id"
		 " WHERE k.org_id = :org"),
		0},
	{TABLE_ROWS("sessions",
		 "users u FORCE INDEX (user_org)"
		 " STRAIGHT_JOIN sessions t FORCE INDEX (session_user) ON t.user_id = u.id"
		 " WHERE u.org_id = :org"),
		0},
	{TABLE_ROWS("user_codes",
		 "users u FORCE INDEX (user_org)"
		 " STRAIGHT_JOIN user_codes t FORCE INDEX (user_code_user) ON t.user_id = u.id"
		 " WHERE u.org_id = :org"),
		0},
	/* Of keys, by the first of their line, and of users. The answers of visitors are stored
         * under hashes that no row names. */
	{TABLE_ROWS("idempotency",
		 "(SELECT COALESCE(k.lineage, k.id) AS owner FROM api_keys k"
		 " WHERE k.org_id = :org"
		 " UNION SELECT u.id FROM users u WHERE u.org_id = :org) o"
		 " STRAIGHT_JOIN idempotency t ON t.key_id = o.owner"),
		TABLE_FOUND_LATE},
	{BY_INDEX("events", "event_date"), 0},
	{OF_ORG("event_words"), 0},
	{OF_EVENT("ticket_types", "ticket_event"), 0},
	{OF_EVENT("event_stock", "PRIMARY"), 0},
	{OF_EVENT("performers", "performer_place"), 0},
	{OF_EVENT("schedules", "schedule_place"), 0},
	{TABLE_ROWS("schedule_performers",
		 EVENTS " STRAIGHT_JOIN schedules s FORCE INDEX (schedule_place)"
			" ON s.event_id = e.id"
			" STRAIGHT_JOIN schedule_performers t ON t.schedule_id = s.id"
			" WHERE e.org_id = :org"),
		0},
	{OF_EVENT("brands", "brand_place"), 0},
	{BY_INDEX("orders", "order_org"), 0},
	{TABLE_ROWS("order_items",
		 "orders o FORCE INDEX (order_org)"
		 " STRAIGHT_JOIN order_items t ON t.order_id = o.id"
		 " WHERE o.org_id = :org"),
		0},
	{TABLE_ROWS("issued_tickets",
		 "orders o FORCE INDEX (order_org)"
		 " STRAIGHT_JOIN issued_tickets t ON t.order_id = o.id"
		 " WHERE o.org_id = :org"),
		0},
	{OF_ORG("check_ins"), 0},
	{BY_INDEX("refunds", "refund_org"), 0},
	{OF_ORG("order_tallies"), 0},
	{OF_ORG("order_words"), 0},
	{OF_ORG("order_word_marks"), 0},
	{TABLE_ROWS("hold_items",
		 EVENTS " STRAIGHT_JOIN holds h FORCE INDEX (hold_site) ON h.event_id = e.id"
			" STRAIGHT_JOIN hold_items t ON t.hold_id = h.id"
			" WHERE e.org_id = :org"),
		TABLE_FOUND_LATE},
	{OF_EVENT("holds", "hold_site"), 0},
	{OF_EVENT("ledger", "ledger_event"), 0},
	{BY_INDEX("outbox", "outbox_org"), 0},
	{BY_INDEX("webhook_endpoints", "endpoint_org"), 0},
	{BY_INDEX("mail_messages", "mail_due"), 0},
	{OF_ENDPOINT("webhook_secrets", "PRIMARY"), 0},
	{OF_ENDPOINT("webhook_tallies", "PRIMARY"), 0},
	{OF_ENDPOINT("webhook_deliveries", "delivery_list"), 0},
	{TABLE_ROWS("webhook_attempts",
		 ENDPOINTS " STRAIGHT_JOIN webhook_deliveries d FORCE INDEX (delivery_list)"
			   " ON d.endpoint_id = w.id"
			   " STRAIGHT_JOIN webhook_attempts t ON t.delivery_id = d.id"
			   " WHERE w.org_id = :org"),
		0},
	{OF_ORG("counters"), 0},
	{OF_ORG("sales_quarters"), 0},
	{OF_ORG("sales_marks"), 0},
	{OF_ORG("audit"), 0},
	{TABLE_ROWS("venues",
		 "(SELECT DISTINCT e.venue_id FROM events e WHERE e.org_id = :org) v"
		 " STRAIGHT_JOIN venues t ON t.id = v.venue_id"),
		TABLE_SHARED},
	{NULL, {NULL, NULL, 0}, 0},
};

const struct kept_table kept_tables[] = {
	{"conversions", "of the installation: which stored values were converted"},
	{"epoch_entries", "of each database: its writers"},
	{"mail_pace", "of the installation: its rate of sending"},
	{"mail_senders", "of each machine: who sends"},
	{"migration_lease", "of the installation: who migrates"},
	{"migrations", "of the installation: the header names them"},
	{"sweep_marks", "of the installation: where the sweep goes on"},
	{"venue_entries", "of the installation: the index of the venues, built again by an import"},
	{"venue_index", "of the installation: the same"},
	{"webhook_senders", "of each machine: who sends"},
	{"write_epochs", "of each database: its writers"},
	{NULL, NULL},
};

static const struct statement columns_of = {
	"move_columns",
	"SELECT c.column_name AS name, c.column_key = 'PRI' AS is_key,"
	" c.extra LIKE '%STORED GENERATED%' OR c.extra LIKE '%VIRTUAL GENERATED%' AS derived"
	" FROM information_schema.columns c"
	" WHERE c.table_schema = DATABASE() AND c.table_name = :table"
	" ORDER BY c.ordinal_position",
	SQL_READ | SQL_GLOBAL,
};

enum err table_columns_read(struct cli *c, const struct moved_table *t, struct table_columns *out)
{
	struct params p;
	struct rows r;

	params_init(&p, c->arena);
	params_set(&p, "table", val_text(t->name));
	enum err err = sql_run(c->db, c->arena, &columns_of, &p, &r);
	if (err)
		return err;
	if (r.n == 0 || r.n > COLUMNS_MAX)
		return ERR_INTERNAL;
	out->n = r.n;
	for (size_t i = 0; i < r.n; i++) {
		const char *name = rows_text(&r, i, "name");

		if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
			return ERR_INTERNAL;
		out->list[i] = (struct table_column){
			name, rows_int(&r, i, "is_key"), rows_int(&r, i, "derived")};
	}
	return OK;
}

const char *column_parameter(size_t i)
{
	static char names[COLUMNS_MAX][4];

	assert(i < COLUMNS_MAX && i < 100);
	if (!names[i][0]) {
		names[i][0] = 'c';
		if (i >= 10)
			names[i][1] = (char)('0' + i / 10);
		names[i][i >= 10 ? 2 : 1] = (char)('0' + i % 10);
	}
	return names[i];
}

struct statement table_insert(
	struct arena *a, const struct moved_table *t, const struct table_columns *columns)
{
	char *names = NULL, *values = NULL;

	for (size_t i = 0, n = 0; i < columns->n; i++) {
		const struct table_column *column = &columns->list[i];
		if (column->derived)
			continue;
		names = arena_list(a, names, ", ", column->name);
		values = arena_list(a, values, ", :", column_parameter(n++));
	}
	return (struct statement){t->name,
		arena_printf(a, "INSERT INTO %s (%s) VALUES (:%s)", t->name, names, values),
		SQL_WRITE | SQL_GLOBAL | SQL_QUIET};
}

struct statement table_delete(
	struct arena *a, const struct moved_table *t, const struct table_columns *columns)
{
	char *where = NULL;

	for (size_t i = 0, n = 0; i < columns->n; i++)
		if (columns->list[i].key)
			where = arena_list(a, where, " AND ",
				arena_printf(a, "%s = :%s", columns->list[i].name,
					column_parameter(n++)));
	return (struct statement){t->name,
		arena_printf(a, "DELETE FROM %s WHERE %s", t->name, where), SQL_WRITE | SQL_GLOBAL};
}
