/* sales: inserts the orders for the demo's tickets that are marked as sold. */
#include "cli/demo/sales.h"

#include "common/base/hex.h"
#include "common/ticketing/order_reference.h"

#include <assert.h>
#include <string.h>

/* All rows are sent as one JSON array of [order, item, reference, name, email, quantity, ms]. */
#define ROWS                                                                                       \
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS (parent CHAR(32) PATH '$[0]', item CHAR(32) PATH " \
	"'$[1]', reference VARCHAR(16) PATH '$[2]', name VARCHAR(200) PATH '$[3]',"                \
	" email VARCHAR(254) PATH '$[4]', n INT PATH '$[5]', ms BIGINT PATH '$[6]')) x"            \
	" STRAIGHT_JOIN ticket_types t ON t.id = :id AND t.org_id = :org"

static const struct statement orders_insert = {
	"demo_sold_orders",
	"INSERT INTO orders (id, org_id, event_id, reference, status, buyer_name,"
	" buyer_email, currency, subtotal, fees, total, payment_provider, created_at,"
	" completed_at)"
	" SELECT UNHEX(x.parent), :org, t.event_id, x.reference, 'COMPLETED', x.name,"
	" x.email, (SELECT e.currency FROM events e WHERE e.id = t.event_id),"
	" x.n * t.price, 0,"
	" x.n * t.price, 'demo', FROM_UNIXTIME(x.ms / 1000), FROM_UNIXTIME(x.ms / 1000)" ROWS,
	SQL_WRITE,
};
static const struct statement items_insert = {
	"demo_sold_items",
	"INSERT INTO order_items (order_id, id, org_id, ticket_id, name, quantity,"
	" unit_price, subtotal)"
	" SELECT UNHEX(x.parent), UNHEX(x.item), :org, t.id, t.name, x.n, t.price,"
	" x.n * t.price" ROWS,
	SQL_WRITE,
};
static const struct statement ledger_insert = {
	"demo_sold_ledger",
	"INSERT INTO ledger (id, org_id, event_id, ticket_id, kind, sold, held,"
	" source_id, at)"
	" SELECT UNHEX(x.item), :org, t.event_id, t.id, 'SALE', x.n, 0, UNHEX(x.parent),"
	" FROM_UNIXTIME(x.ms / 1000)" ROWS,
	SQL_WRITE,
};
static const struct statement type_sold = {"demo_sold_type",
	"UPDATE ticket_types"
	" SET sold = sold + :sold"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE};

static const char *const first_names[] = {"Maria", "Jose", "Angelica", "Mark", "Kristine", "Paolo",
	"Andrea", "Miguel", "Bea", "Rafael", "Isabel"};
static const char *const last_names[] = {"Santos", "Reyes", "Cruz", "Bautista", "Garcia", "Mendoza",
	"Flores", "Ramos", "Aquino", "Navarro", "Lim", "Tan", "Soriano"};
#define SIZE(list) ((int64_t)(sizeof(list) / sizeof *(list)))

static const char *demo_sale_hex(struct arena *a, struct uuid id)
{
	char *text = arena_alloc(a, 2 * sizeof id.b + 1);
	hex_print(id.b, sizeof id.b, text);
	return text;
}

/* Writes one order of `n` tickets at `ms`; `place` selects the buyer's name. */
static void write_row(struct cli *c, struct json *j, int64_t place, int64_t n, int64_t ms)
{
	const char *first = first_names[place % SIZE(first_names)],
		   *last = last_names[place % SIZE(last_names)];
	char reference[ORDER_REFERENCE_TEXT + 1];
	order_reference_make(reference);
	write_array(j, NULL);
	write_text(j, NULL, demo_sale_hex(c->arena, uuid_make_at(ms)));
	write_text(j, NULL, demo_sale_hex(c->arena, uuid_make_at(ms)));
	write_text(j, NULL, reference);
	write_text(j, NULL, arena_printf(c->arena, "%s %s", first, last));
	write_text(j, NULL,
		arena_printf(c->arena, "%c%s%lld@example.ph", first[0] | 32, last + 1,
			(long long)place));
	write_int(j, NULL, n);
	write_int(j, NULL, ms);
	write_end_array(j);
}

/* Splits `sold` tickets into orders of 1 to 4, spread evenly over the last `span` ms. */
static void write_rows(struct cli *c, struct buf *out, int64_t sold, int64_t now, int64_t span)
{
	struct json j;
	write_start(&j, out);
	write_array(&j, NULL);
	for (int64_t done = 0, place = 0, n; done < sold; done += n, place++) {
		n = 1 + place * 7 % 4;
		if (n > sold - done)
			n = sold - done;
		assert(n >= 1 && n <= sold - done);
		write_row(c, &j, place, n, now - span + span / sold * done);
	}
	write_end_array(&j);
}

enum err demo_sell(struct cli *c, struct params *p, int64_t sold, int64_t span)
{
	static const struct statement *const steps[] = {
		&orders_insert, &items_insert, &ledger_insert, &type_sold};
	struct buf rows;
	enum err err = OK;
	if (sold <= 0)
		return OK;
	buf_init(&rows, 16 << 20);
	write_rows(c, &rows, sold, params_get(p, "now").i, span);
	params_set(p, "sold", val_int(sold));
	params_set(p, "rows", (struct val){.type = VAL_TEXT, .s = rows.p, .n = rows.n});
	for (size_t i = 0; i < sizeof steps / sizeof *steps && !err; i++)
		err = sql_run(c->db, c->arena, steps[i], p, NULL);
	params_set(p, "rows", val_null());
	buf_free(&rows);
	return err;
}
