/* orders: `ticketgate demo orders`, which adds any number of random orders to an organization. */
#include "cli/core/cli.h"

#include "common/text/currency.h"
#include "common/base/clock.h"
#include "common/ticketing/inventory.h"
#include "common/ticketing/event_columns.h"
#include "common/ticketing/order_reference.h"
#include "cli/maintenance/sales_rollup.h"
#include "cli/maintenance/order_counters.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define DEMO_ORDERS_BATCH 1000
#define MOST INT64_C(100000000) /* orders per run */
#define SPAN_MS (INT64_C(90) * 86400000) /* the period the orders are spread over */
#define SETTLED_MS 120000 /* minimum age of an order, so that the final folds count all */
#define TYPES_MAX 500

/* A batch is sent as one JSON array of arrays, so that a constant statement inserts any number of
 * rows. */
static const struct statement orders_insert = {"demo_orders_insert",
	"INSERT INTO orders (id, org_id, event_id, reference, status, buyer_name,"
	" buyer_email, buyer_phone, currency, subtotal, fees, total, refunded_total,"
	" payment_provider, payment_reference, created_at, completed_at, refunded_at)"
	" SELECT UNHEX(x.id), :org, UNHEX(x.event), x.reference, x.status, x.name,"
	" x.email, x.phone, x.currency, x.subtotal, x.fees, x.subtotal + x.fees,"
	" x.refunded,"
	" x.provider, x.payment, FROM_UNIXTIME(x.ms / 1000), FROM_UNIXTIME(x.ms / 1000), "
	"IF(x.status = 'COMPLETED', NULL, FROM_UNIXTIME(x.ms / 1000 + 60))"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', event CHAR(32) PATH "
	"'$[1]', reference VARCHAR(16) PATH '$[2]', status VARCHAR(20) PATH '$[3]',"
	" name VARCHAR(200) PATH '$[4]', email VARCHAR(254) PATH '$[5]', phone VARCHAR(40) PATH "
	"'$[6]', currency CHAR(3) PATH '$[7]', subtotal BIGINT PATH '$[8]',"
	" fees BIGINT PATH '$[9]', refunded BIGINT PATH '$[10]', provider VARCHAR(60) PATH "
	"'$[11]', payment VARCHAR(200) PATH '$[12]', ms BIGINT PATH '$[13]')) x",
	SQL_WRITE};
static const struct statement items_insert = {"demo_items_insert",
	"INSERT INTO order_items (order_id, id, org_id, ticket_id, name, quantity,"
	" unit_price, unit_fee, subtotal, refunded_quantity, restocked_quantity)"
	" SELECT UNHEX(x.parent), UNHEX(x.id), :org, t.id, t.name, x.quantity, t.price,"
	" x.fee, x.quantity * t.price, x.refunded, x.refunded"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS (parent CHAR(32) PATH '$[0]', id CHAR(32) PATH "
	"'$[1]', ticket CHAR(32) PATH '$[2]', quantity INT PATH '$[3]', fee BIGINT PATH '$[4]',"
	" refunded INT PATH '$[5]')) x STRAIGHT_JOIN ticket_types t ON t.id = UNHEX(x.ticket)",
	SQL_WRITE};
static const struct statement refunds_insert = {"demo_refunds_insert",
	"INSERT INTO refunds (id, org_id, order_id, amount, restocked, at)"
	" SELECT UNHEX(x.id), :org, UNHEX(x.id), x.refunded, TRUE,"
	" FROM_UNIXTIME(x.ms / 1000 + 60)"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', status VARCHAR(20) PATH "
	"'$[3]', refunded BIGINT PATH '$[10]', ms BIGINT PATH '$[13]')) x"
	" WHERE x.status <> 'COMPLETED'",
	SQL_WRITE};
static const struct statement demo_orders_types_all = {"demo_types",
	"SELECT t.id, t.event_id AS event, t.price, e.currency, e.absorb_fees AS absorb,"
	" e.event_capacity AS capacity"
	" FROM ticket_types t"
	" JOIN events e ON e.id = t.event_id"
	" WHERE e.org_id = :org AND e.status = 'PUBLISHED' AND t.published"
	" ORDER BY t.event_id, t.position, t.id"
	" LIMIT 500",
	SQL_READ};
/* Creates the organization's counter rows; tallies_lock locks them until COMMIT, so that no sweep
 * advances a mark past orders that are not visible to it yet. */
static const struct statement tallies_touch = {"demo_tallies_touch",
	"INSERT IGNORE INTO order_tallies (org_id, event_id, mark)"
	" SELECT :org, e.id, x'00000000000000000000000000000000'"
	" FROM events e"
	" WHERE e.org_id = :org"
	" UNION"
	" SELECT :org, x'00000000000000000000000000000000',"
	" x'00000000000000000000000000000000'",
	SQL_WRITE};
static const struct statement tallies_lock = {"demo_tallies_lock",
	"SELECT event_id AS event, mark"
	" FROM order_tallies WHERE org_id = :org FOR UPDATE",
	SQL_READ};
static const struct statement tallies_add = {"demo_tallies_add",
	"UPDATE order_tallies"
	" SET completed = completed + :completed,"
	" partially_refunded = partially_refunded + :partially,"
	" refunded = refunded + :refunded"
	" WHERE org_id = :org AND event_id = :event",
	SQL_WRITE};
/* MariaDB evaluates assignments left to right: the capacity grows before it is taken. */
static const struct statement stock_capacity = {"demo_stock_capacity",
	"UPDATE event_stock"
	" SET capacity = GREATEST(capacity, taken + :n), taken = taken + :n"
	" WHERE event_id = :event AND org_id = :org AND capacity IS NOT NULL",
	SQL_WRITE};
static const struct statement stock_sold_out = {"demo_stock_sold_out",
	"UPDATE event_stock s"
	" JOIN events e ON e.id = s.event_id AND e.org_id = s.org_id"
	" SET s.low_floor = IF(s.capacity IS NULL, 0, " STOCK_LOW_FLOOR(
		"e.id") "),"
			" s.sold_out = COALESCE((SELECT " EVENT_SOLD_OUT(EVENT_LEAST,
				EVENT_TAKEN) " FROM ticket_types t WHERE t.event_id = e.id), 0)"
					     " WHERE s.org_id = :org",
	SQL_WRITE};
static const struct statement event_capacity = {"demo_event_capacity",
	"UPDATE events e"
	" SET e.event_capacity = GREATEST(e.event_capacity,"
	" (SELECT SUM(t.sold + t.held) + :n FROM ticket_types t WHERE t.event_id = e.id))"
	" WHERE e.id = :event AND e.org_id = :org AND e.event_capacity IS NOT NULL",
	SQL_WRITE};
static const struct statement type_sold = {"demo_type_sold",
	"UPDATE ticket_types"
	" SET quantity = GREATEST(quantity, sold + held + :n), sold = sold + :n,"
	" kept = TRUE"
	" WHERE id = :ticket AND org_id = :org",
	SQL_WRITE};
static const struct statement ledger_add = {"demo_ledger_add",
	"INSERT INTO ledger (id, org_id, event_id, ticket_id, kind, sold, held, source_id, at)"
	" VALUES (:id, :org, :event, :ticket, 'SALE', :n, 0, :source, :now)",
	SQL_WRITE};

const struct option_row demo_orders_options[] = {
	{"org", "S", 0, "Organization slug (default: demo)."},
	{NULL, NULL, 0, NULL},
};

enum status { COMPLETED, PARTIALLY_REFUNDED, REFUNDED };
static const char *const demo_orders_statuses[] = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"};

struct type {
	struct uuid id, event;
	int64_t price, fee,
		sold; /* stored amounts; sold: tickets in this batch, refunds subtracted */
	char currency[4];
	bool capped, used; /* the event has a capacity; an item of this batch has this type */
};

/* An order of the current batch, as the counters need it. */
struct made {
	struct uuid id, event;
	enum status status;
};

struct seeding {
	struct uuid org;
	struct arena *arena; /* reset for each batch */
	struct type types[TYPES_MAX];
	size_t n;
	int64_t wanted, done, from; /* orders; orders; Unix ms of the first */
	int64_t batch; /* orders in this batch */
	struct made made[DEMO_ORDERS_BATCH];
	struct buf orders, items;
	struct json j_orders, j_items;
	uint64_t dice; /* state of roll() */
};

/* A random number below `sides`, from splitmix64 (Steele, Lea, Flood 2014); not for secrets. */
static uint64_t roll(struct seeding *s, uint64_t sides)
{
	uint64_t z = s->dice += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return (z ^ z >> 31) % sides;
}

static const char *const first_names[] = {"Maria", "Jose", "Angelica", "Mark", "Kristine",
	"John Paul", "Jasmine", "Miguel", "Andrea", "Carlo", "Bea", "Paolo", "Camille", "Joshua",
	"Liza", "Enrique", "Sofia", "Gabriel", "Nicole", "Rafael", "Isabel", "Antonio", "Mañay",
	"Dennis", "Corazon", "Benigno", "Luz", "Ramon", "Teresita", "Emmanuel"};
static const char *const last_names[] = {"Santos", "Reyes", "Cruz", "Bautista", "Ocampo", "Garcia",
	"Mendoza", "Torres", "Tomas", "Andrada", "Castillo", "Flores", "Villanueva", "Ramos",
	"Dela Cruz", "Aquino", "Navarro", "Salazar", "Mercado", "Pascual", "Nuñez", "Dizon",
	"Macaraeg", "Tolentino", "Manalo", "Soriano", "Pangilinan", "Lim", "Tan", "Agbayani"};
#define PROVIDER "demo" /* these orders have no outbox rows: verify skips them by this provider */

static void write_uuid_hex(struct json *j, struct uuid id)
{
	write_hex(j, NULL, id.b, sizeof id.b);
}

/* Writes name, email address and, in 7 of 10 cases, phone number of a random buyer. */
static void write_buyer(struct seeding *s, struct json *j)
{
	const char *first = first_names[roll(s, sizeof first_names / sizeof *first_names)],
		   *last = last_names[roll(s, sizeof last_names / sizeof *last_names)];
	char text[120], address[60];
	size_t n = 0;

	snprintf(text, sizeof text, "%s %s", first, last);
	write_text(j, NULL, text);
	for (const char *p = text; *p && n < sizeof address - 1; p++) {
		char c = *p == ' ' ? '.' : *p;
		if ((c >= 'a' && c <= 'z') || c == '.')
			address[n++] = c;
		else if (c >= 'A' && c <= 'Z')
			address[n++] = (char)(c | 32);
	}
	address[n] = '\0';
	snprintf(text, sizeof text, "%s%u@example.%s", address, (unsigned)roll(s, 1000),
		roll(s, 2) ? "ph" : "com");
	write_text(j, NULL, text);
	snprintf(text, sizeof text, "+63 9%02u %03u %04u", (unsigned)roll(s, 100),
		(unsigned)roll(s, 1000), (unsigned)roll(s, 10000));
	write_text(j, NULL, roll(s, 10) < 7 ? text : NULL);
}

/* One to three line items of an event, each of another ticket type. */
struct lines {
	size_t n, type[3]; /* indexes into seeding.types */
	int64_t quantity[3], refunded[3];
};

/* Chooses adjacent types of one event (types are sorted by event), 1 to 4 tickets each; 2 % of the
 * orders are refunded, 3 % partially. */
static void choose_lines(struct seeding *s, struct lines *l, enum status *status)
{
	size_t wanted = roll(s, 10) < 7 ? 1 : 1 + roll(s, 3), at = roll(s, s->n);
	int64_t tickets = 0;

	for (l->n = 0; l->n < wanted && at + l->n < s->n &&
		uuid_equal(&s->types[at].event, &s->types[at + l->n].event);
		l->n++) {
		l->type[l->n] = at + l->n;
		l->quantity[l->n] = 1 + (int64_t)roll(s, 4);
		l->refunded[l->n] = 0;
		tickets += l->quantity[l->n];
	}
	assert(l->n >= 1 && l->n <= 3);
	uint64_t luck = roll(s, 100);
	*status = COMPLETED;
	if (luck < 2)
		*status = REFUNDED;
	else if (luck < 5 && tickets > 1)
		*status = PARTIALLY_REFUNDED;
	for (size_t i = 0; i < l->n && *status == REFUNDED; i++)
		l->refunded[i] = l->quantity[i];
	if (*status == PARTIALLY_REFUNDED)
		l->refunded[0] = 1;
}

static void write_items(struct seeding *s, const struct lines *l, struct uuid order)
{
	struct json *j = &s->j_items;

	for (size_t i = 0; i < l->n; i++) {
		write_array(j, NULL);
		write_uuid_hex(j, order);
		write_uuid_hex(j, uuid_make());
		write_uuid_hex(j, s->types[l->type[i]].id);
		write_int(j, NULL, l->quantity[i]);
		write_int(j, NULL, s->types[l->type[i]].fee);
		write_int(j, NULL, l->refunded[i]);
		write_end_array(j);
		s->types[l->type[i]].sold += l->quantity[i] - l->refunded[i];
		s->types[l->type[i]].used = true;
	}
}

/* Writes the batch's order number `place` with its items. Order times increase evenly over SPAN_MS
 * with random jitter, so that ids, which contain the time, increase too. */
static void write_order(struct seeding *s, int64_t place)
{
	int64_t slot = SPAN_MS / s->wanted,
		ms = s->from + SPAN_MS / s->wanted * (s->done + place) +
		(slot ? (int64_t)roll(s, (uint64_t)slot) : 0);
	int64_t subtotal = 0, fees = 0, back = 0;
	char reference[ORDER_REFERENCE_TEXT + 1], payment[40];
	struct json *j = &s->j_orders;
	struct made *m = &s->made[place];
	struct lines l;

	choose_lines(s, &l, &m->status);
	m->id = uuid_make_at(ms);
	m->event = s->types[l.type[0]].event;
	for (size_t i = 0; i < l.n; i++) {
		const struct type *t = &s->types[l.type[i]];
		subtotal += l.quantity[i] * t->price;
		fees += l.quantity[i] * t->fee;
		back += l.refunded[i] * (t->price + t->fee);
	}
	order_reference_make(reference);
	snprintf(payment, sizeof payment, "pay_%012" PRIx64, roll(s, UINT64_C(1) << 48));
	write_array(j, NULL);
	write_uuid_hex(j, m->id);
	write_uuid_hex(j, m->event);
	write_text(j, NULL, reference);
	write_text(j, NULL, demo_orders_statuses[m->status]);
	write_buyer(s, j);
	write_text(j, NULL, s->types[l.type[0]].currency);
	write_int(j, NULL, subtotal);
	write_int(j, NULL, fees);
	write_int(j, NULL, back);
	write_text(j, NULL, PROVIDER);
	write_text(j, NULL, subtotal ? payment : NULL);
	write_int(j, NULL, ms);
	write_end_array(j);
	write_items(s, &l, m->id);
}

static enum err insert_rows(struct cli *c, struct seeding *s, struct params *p)
{
	enum err err;

	params_set(p, "rows", (struct val){.type = VAL_TEXT, .s = s->orders.p, .n = s->orders.n});
	if ((err = sql_run(c->db, s->arena, &orders_insert, p, NULL)) != OK ||
		(err = sql_run(c->db, s->arena, &refunds_insert, p, NULL)) != OK)
		return err;
	params_set(p, "rows", (struct val){.type = VAL_TEXT, .s = s->items.p, .n = s->items.n});
	return sql_run(c->db, s->arena, &items_insert, p, NULL);
}

/* Records what the batch sold: ledger row, event capacity, and the counters of the ticket type. */
static enum err move_stock(struct cli *c, struct seeding *s, struct params *p)
{
	enum err err = OK;

	for (size_t i = 0; i < s->n && err == OK; i++) {
		if (!s->types[i].used)
			continue;
		params_set(p, "id", val_uuid(uuid_make()));
		params_set(p, "source", val_uuid(s->made[0].id));
		params_set(p, "event", val_uuid(s->types[i].event));
		params_set(p, "ticket", val_uuid(s->types[i].id));
		params_set(p, "n", val_int(s->types[i].sold));
		err = sql_run(c->db, s->arena, &ledger_add, p, NULL);
		if (err == OK && s->types[i].capped)
			err = sql_run(c->db, s->arena, &event_capacity, p, NULL);
		if (err == OK && s->types[i].capped)
			err = sql_run(c->db, s->arena, &stock_capacity, p, NULL);
		if (err == OK)
			err = sql_run(c->db, s->arena, &type_sold, p, NULL);
	}
	if (err == OK)
		err = sql_run(c->db, s->arena, &stock_sold_out, p, NULL);
	return err;
}

/* Adds orders up to a counter row's mark to that row; sweep counts those behind the mark. */
static enum err move_tallies(
	struct cli *c, struct seeding *s, const struct rows *marks, struct params *p)
{
	static const struct uuid all;
	enum err err = OK;

	for (size_t i = 0; i < marks->n && err == OK; i++) {
		struct uuid event = rows_get(marks, i, "event").id,
			    mark = rows_get(marks, i, "mark").id;
		int64_t n[3] = {0};
		for (int64_t k = 0; k < s->batch; k++) {
			const struct made *m = &s->made[k];
			if ((uuid_equal(&event, &all) || uuid_equal(&event, &m->event)) &&
				memcmp(m->id.b, mark.b, sizeof mark.b) <= 0)
				n[m->status]++;
		}
		if (n[COMPLETED] + n[PARTIALLY_REFUNDED] + n[REFUNDED] == 0)
			continue;
		params_set(p, "event", val_uuid(event));
		params_set(p, "completed", val_int(n[COMPLETED]));
		params_set(p, "partially", val_int(n[PARTIALLY_REFUNDED]));
		params_set(p, "refunded", val_int(n[REFUNDED]));
		err = sql_run(c->db, s->arena, &tallies_add, p, NULL);
	}
	return err;
}

/* Creates and inserts a batch. When an order reference is taken already, ERR_RETRY generates the
 * whole batch again. */
static enum err put_batch(struct cli *c, void *ctx)
{
	struct seeding *s = ctx;
	struct rows marks = {0};
	struct params p;
	enum err err;

	arena_reset(s->arena);
	buf_clear(&s->orders);
	buf_clear(&s->items);
	write_start(&s->j_orders, &s->orders);
	write_start(&s->j_items, &s->items);
	write_array(&s->j_orders, NULL);
	write_array(&s->j_items, NULL);
	for (size_t i = 0; i < s->n; i++) {
		s->types[i].sold = 0;
		s->types[i].used = false;
	}
	for (int64_t i = 0; i < s->batch; i++)
		write_order(s, i);
	assert(!s->orders.full && !s->items.full);
	write_end_array(&s->j_orders);
	write_end_array(&s->j_items);
	params_init(&p, s->arena);
	params_set(&p, "org", val_uuid(s->org));
	params_set(&p, "now", val_time(clock_now()));
	if ((err = sql_run(c->db, s->arena, &tallies_lock, &p, &marks)) == OK &&
		(err = insert_rows(c, s, &p)) == OK && (err = move_stock(c, s, &p)) == OK)
		err = move_tallies(c, s, &marks, &p);
	if (err == ERR_DUPLICATE)
		return ERR_RETRY;
	return err;
}

static enum err types_read(struct cli *c, struct seeding *s)
{
	struct rows r = {0};
	struct params p;
	enum err err;

	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(s->org));
	if ((err = sql_run(c->db, c->arena, &demo_orders_types_all, &p, &r)) != OK ||
		(err = sql_run(c->db, c->arena, &tallies_touch, &p, NULL)) != OK)
		return err;
	for (s->n = 0; s->n < r.n && s->n < TYPES_MAX; s->n++) {
		struct type *t = &s->types[s->n];
		*t = (struct type){.id = rows_get(&r, s->n, "id").id,
			.event = rows_get(&r, s->n, "event").id,
			.price = rows_int(&r, s->n, "price"),
			.capped = val_is_set(rows_get(&r, s->n, "capacity"))};
		snprintf(t->currency, sizeof t->currency, "%s", rows_text(&r, s->n, "currency"));
		int64_t step = currency_step(t->currency);
		t->fee = rows_int(&r, s->n, "absorb") ? 0 : t->price / 20 / step * step;
	}
	return OK;
}

/* Inserts all batches, then brings counters and sales aggregates up to date. */
static enum err seed(struct cli *c, struct seeding *s)
{
	int64_t began = clock_mono_ns();
	struct job_run counting = {0}, summing = {0};
	enum err err = OK;

	s->from = clock_now() - SPAN_MS - SETTLED_MS;
	for (s->done = 0; s->done < s->wanted && err == OK; s->done += s->batch) {
		s->batch = MIN(s->wanted - s->done, DEMO_ORDERS_BATCH);
		err = transact(c, put_batch, s);
		double seconds = (double)(clock_mono_ns() - began) / 1e9;
		progress("%lld of %lld orders, %.0f/s ...", (long long)(s->done + s->batch),
			(long long)s->wanted, (double)(s->done + s->batch) / (MAX(seconds, 0.001)));
	}
	counting.now = summing.now = clock_now();
	if (err == OK)
		err = job_finish(c, order_counters_turn, &counting);
	if (err == OK)
		err = sales_rollup_purge(c, s->org);
	if (err == OK)
		err = job_finish(c, sales_rollup_turn, &summing);
	progress(NULL);
	return err;
}

static void demo_orders_report(struct cli *c, const struct seeding *s, double seconds)
{
	if (!c->as_json) {
		buf_printf(&c->out, "Added %lld orders for %zu ticket types in %.1f s.\n",
			(long long)s->wanted, s->n, seconds);
		return;
	}
	write_object(&c->json, NULL);
	write_text(&c->json, "organizationId", uuid_text(c->arena, s->org));
	write_int(&c->json, "ordersAdded", s->wanted);
	write_int(&c->json, "ticketTypes", (int64_t)s->n);
	write_end_object(&c->json);
}

int demo_orders(struct cli *c)
{
	struct seeding *s = arena_alloc(c->arena, sizeof *s);
	const char *slug = text_or(option(c, "org"), "demo"), *digits = c->argument;
	int64_t began = clock_mono_ns();
	enum err err;

	if (!*digits || digits[strspn(digits, "0123456789")] || strlen(digits) > 9 ||
		!(s->wanted = strtoll(digits, NULL, 10)) || s->wanted > MOST)
		return usage("N must be a number from 1 to %lld", (long long)MOST);
	if ((err = org_find(c, slug, &s->org)) == ERR_NOT_FOUND)
		return refuse("organization %s does not exist%s", slug,
			option(c, "org") ? "; run `ticketgate org list` to list all"
					 : "; run `ticketgate demo load` first");
	if (err == OK)
		err = types_read(c, s);
	if (err == OK && s->n == 0)
		return refuse(
			"organization %s has no published ticket types in published events", slug);
	s->arena = arena_new((size_t)64 << 20);
	buf_init(&s->orders, 4 << 20);
	buf_init(&s->items, 4 << 20);
	memcpy(&s->dice, uuid_make().b + 8, sizeof s->dice);
	if (err == OK)
		err = seed(c, s);
	buf_free(&s->orders);
	buf_free(&s->items);
	arena_free(s->arena);
	if (err != OK)
		return reject_db(c, err, "adding orders");
	demo_orders_report(c, s, (double)(clock_mono_ns() - began) / 1e9);
	return DONE;
}
