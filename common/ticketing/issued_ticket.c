/* issued_ticket: the codes of issued tickets, and the state of each unit of an order. */
#include "common/ticketing/issued_ticket.h"

#include "common/api/children.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *const issued_statuses[] = {"ISSUED", "CHECKED_IN", "REFUNDED", NULL};

/* ---- codes ---- */

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The digit that a character of a check means; 0: none. */
static char digit_of(char c)
{
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return (char)(c && strchr(crockford, c) ? c : 0);
}

/* Copies the code without spaces, hyphens and what comes before it in a URL, in upper case. */
static bool compact(const char *s, size_t n, char out[ISSUED_CODE_MAX + 1])
{
	size_t length = 0, begin = 0;
	for (size_t i = 0; i < n; i++)
		if (s[i] == '/')
			begin = i + 1;
	for (size_t i = begin; i < n; i++) {
		char c = s[i];
		if (c == ' ' || c == '-')
			continue;
		if (length == ISSUED_CODE_MAX || c <= ' ' || c > '~')
			return false;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		out[length++] = c;
	}
	out[length] = '\0';
	return true;
}

uint32_t issued_number_parse(const char *s, size_t n, uint32_t max)
{
	uint32_t value = 0;
	if (n == 0 || *s == '0')
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || value > max / 10)
			return 0;
		value = value * 10 + (uint32_t)(s[i] - '0');
	}
	if (value > max)
		return 0;
	return value;
}

static bool read_check(const char *s, char out[ISSUED_CHECK + 1])
{
	for (size_t i = 0; i < ISSUED_CHECK; i++) {
		out[i] = digit_of(s[i]);
		if (!out[i])
			return false;
	}
	out[ISSUED_CHECK] = '\0';
	return true;
}

bool issued_code_parse(const char *s, size_t n, struct issued_code *out)
{
	enum { WORD = ORDER_REFERENCE_TEXT - 3 };
	char text[ISSUED_CODE_MAX + 1];
	if (!compact(s, n, text))
		return false;
	const char *dot = strchr(text, '.');
	/* both forms of a reference may begin with "TN", but only one fits before the item */
	const char *own = text;
	if (dot && strncmp(text, "TN", 2) == 0 && dot - text > 2 + WORD)
		own += 2;
	if (!dot || dot - own <= WORD || strlen(dot + 1) <= ISSUED_CHECK)
		return false;
	size_t unit_n = strlen(dot + 1) - ISSUED_CHECK;
	snprintf(out->reference, sizeof out->reference, "TN-%.*s", WORD, own);
	out->number =
		issued_number_parse(own + WORD, (size_t)(dot - own) - WORD, ISSUED_NUMBER_MAX);
	out->unit = issued_number_parse(dot + 1, unit_n, ISSUED_UNIT_MAX);
	return order_reference_is_valid(out->reference) && out->number && out->unit &&
		read_check(dot + 1 + unit_n, out->check);
}

static void put_uint32(uint8_t *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(n >> (24 - 8 * i));
}

void issued_check_print(
	const uint8_t key[32], const struct issued_unit *of, char out[ISSUED_CHECK + 1])
{
	uint8_t text[7 + 16 + 16 + 4 + 4], mac[32];
	uint64_t bits = 0;
	memcpy(text, "ticket:", 7);
	memcpy(text + 7, of->order.b, 16);
	memcpy(text + 23, of->item.b, 16);
	put_uint32(text + 39, of->unit);
	put_uint32(text + 43, of->generation);
	hmac_sha256(key, 32, text, sizeof text, mac);
	for (int i = 0; i < 8; i++)
		bits = bits << 8 | mac[i];
	for (int i = 0; i < ISSUED_CHECK; i++)
		out[i] = crockford[bits >> (59 - 5 * i) & 31];
	out[ISSUED_CHECK] = '\0';
}

void issued_code_print(const uint8_t key[32], const char *reference, uint32_t number,
	const struct issued_unit *of, char out[ISSUED_CODE_MAX + 1])
{
	char check[ISSUED_CHECK + 1];
	issued_check_print(key, of, check);
	snprintf(out, ISSUED_CODE_MAX + 1, "%s-%u.%u-%s", reference, number, of->unit, check);
}

uint32_t issued_check_generation(
	const uint8_t key[32], const struct issued_unit *of, const char *check)
{
	struct issued_unit older = *of;
	assert(of->generation <= ISSUED_GENERATIONS);
	for (; older.generation > 0; older.generation--) {
		char right[ISSUED_CHECK + 1];
		issued_check_print(key, &older, right);
		if (same_bytes(right, check, ISSUED_CHECK))
			return older.generation;
	}
	return 0;
}

#define TOKEN_MAC 10
_Static_assert(((16 + TOKEN_MAC) * 4 + 2) / 3 == ORDER_TOKEN_TEXT, "length of base64url");

static void token_bytes(
	const uint8_t key[32], const struct uuid *order, uint8_t out[16 + TOKEN_MAC])
{
	uint8_t text[6 + 16], mac[32];
	memcpy(text, "order:", 6);
	memcpy(text + 6, order->b, 16);
	hmac_sha256(key, 32, text, sizeof text, mac);
	memcpy(out, order->b, 16);
	memcpy(out + 16, mac, TOKEN_MAC);
}

void order_token_print(
	const uint8_t key[32], const struct uuid *order, char out[ORDER_TOKEN_TEXT + 1])
{
	uint8_t bytes[16 + TOKEN_MAC];
	char text[4 * sizeof bytes / 3 + 4];
	token_bytes(key, order, bytes);
	b64url_print(bytes, sizeof bytes, text);
	memcpy(out, text, ORDER_TOKEN_TEXT + 1);
}

bool order_token_parse(const uint8_t key[32], const char *s, struct uuid *order)
{
	uint8_t given[ORDER_TOKEN_TEXT * 3 / 4 + 3], right[16 + TOKEN_MAC];
	if (strlen(s) != ORDER_TOKEN_TEXT ||
		b64url_parse(s, ORDER_TOKEN_TEXT, given) != (long)sizeof right)
		return false;
	memcpy(order->b, given, 16);
	token_bytes(key, order, right);
	return same_bytes(given, right, sizeof right);
}

/* ---- the units of an order ---- */

#define ITEM_COLUMNS                                                                      \
	"SELECT i.order_id AS parent, i.id, i.ticket_id AS ticketId, i.name, i.quantity," \
	" i.refunded_quantity AS refundedQuantity"
#define STATE_COLUMNS                                                             \
	"SELECT t.order_id AS parent, t.item_id AS itemId, t.unit, t.generation," \
	" t.refunded_at AS refundedAt, t.check_in_id AS checkInId,"               \
	" t.checked_in_at AS checkedInAt, t.gate, t.holder_name AS holderName"
/* Drives the join, so that rows come in the order of the parents. */
#define PARENTS                                                                                 \
	" FROM JSON_TABLE(:parents, '$[*]' COLUMNS (n FOR ORDINALITY, id CHAR(32) PATH '$')) p" \
	" STRAIGHT_JOIN "

static const struct statement issued_items = {
	"issued_items",
	ITEM_COLUMNS " FROM order_items i"
		     " WHERE i.order_id = :orderId AND i.org_id = :org"
		     " ORDER BY i.id",
	SQL_READ,
};
static const struct statement issued_states = {
	"issued_states",
	STATE_COLUMNS " FROM issued_tickets t"
		      " WHERE t.order_id = :orderId AND t.org_id = :org"
		      " ORDER BY t.item_id, t.unit",
	SQL_READ,
};
static const struct statement issued_items_of_many = {
	"issued_items_of_many",
	ITEM_COLUMNS PARENTS "order_items i ON i.order_id = UNHEX(p.id)"
			     " WHERE i.org_id = :org"
			     " ORDER BY p.n, i.id",
	SQL_READ,
};
static const struct statement issued_states_of_many = {
	"issued_states_of_many",
	STATE_COLUMNS PARENTS "issued_tickets t ON t.order_id = UNHEX(p.id)"
			      " WHERE t.org_id = :org"
			      " ORDER BY p.n, t.item_id, t.unit",
	SQL_READ,
};
const struct statement *const issued_ticket_statements[] = {
	&issued_items,
	&issued_states,
	&issued_items_of_many,
	&issued_states_of_many,
	NULL,
};

static void order_params(
	struct params *p, struct arena *a, const struct uuid *org, const struct uuid *order)
{
	params_init(p, a);
	params_set(p, "org", val_uuid(*org));
	params_set(p, "orderId", val_uuid(*order));
}

enum err issued_states_read(
	struct db *db, struct arena *a, const struct uuid *org, struct issued_order *order)
{
	struct params p;
	order_params(&p, a, org, &order->id);
	return sql_run(db, a, &issued_states, &p, &order->states);
}

enum err issued_order_read(struct db *db, struct arena *a, const struct uuid *org,
	const struct uuid *id, struct issued_order *out)
{
	struct params p;
	order_params(&p, a, org, id);
	out->id = *id;
	enum err err = sql_run(db, a, &issued_items, &p, &out->items);
	if (err)
		return err;
	return issued_states_read(db, a, org, out);
}

/* The rows of `all` from *at on that belong to the parent, which follow each other; moves *at. */
static struct rows part_of(const struct rows *all, size_t *at, const struct uuid *parent)
{
	struct rows part = *all;
	size_t begin = *at;
	for (; *at < all->n; ++*at) {
		struct uuid id = rows_get(all, *at, "parent").id;
		if (!uuid_equal(&id, parent))
			break;
	}
	part.cells = all->cells + begin * all->columns;
	part.n = *at - begin;
	return part;
}

enum err issued_orders_read(struct db *db, struct arena *a, const struct uuid *org,
	const struct rows *orders, struct issued_order *out)
{
	struct params p;
	struct rows items, states;
	size_t item = 0, state = 0;
	params_init(&p, a);
	params_set(&p, "org", val_uuid(*org));
	params_set(&p, "parents", val_text(children_ids_json(a, orders, orders->n)));
	enum err err = sql_run(db, a, &issued_items_of_many, &p, &items);
	if (!err)
		err = sql_run(db, a, &issued_states_of_many, &p, &states);
	for (size_t i = 0; i < orders->n && !err; i++) {
		out[i].id = rows_get(orders, i, "id").id;
		out[i].reference = rows_text(orders, i, "reference");
		out[i].items = part_of(&items, &item, &out[i].id);
		out[i].states = part_of(&states, &state, &out[i].id);
	}
	return err;
}

static bool state_is_of(const struct issued_order *o, size_t state, size_t item)
{
	return state < o->states.n &&
		val_equal(rows_get(&o->states, state, "itemId"), rows_get(&o->items, item, "id"));
}

/* Refunds name units by rows. Those of a program that did not yet write rows, during an upgrade,
 * took the highest units that are neither refunded nor checked in; if those are too few, all. */
static void find_cut(struct issued_walk *w)
{
	const struct issued_order *o = w->order;
	int64_t quantity = rows_int(&o->items, w->item, "quantity"),
		left = rows_int(&o->items, w->item, "refundedQuantity"), top = quantity;
	size_t begin = w->state, end = begin;
	for (; state_is_of(o, end, w->item); end++)
		left -= val_is_set(rows_get(&o->states, end, "refundedAt"));
	for (size_t i = end; i > begin && left > 0; i--) {
		int64_t unit = rows_int(&o->states, i - 1, "unit");
		if (!val_is_set(rows_get(&o->states, i - 1, "refundedAt")) &&
			!val_is_set(rows_get(&o->states, i - 1, "checkInId")))
			continue;
		if (top - unit >= left)
			break;
		left -= top - unit;
		top = unit - 1;
	}
	w->all = left > top;
	w->cut = (uint32_t)(left > 0 && !w->all ? top - left + 1 : quantity + 1);
}

/* Begins with the first unit of the item that w->item is. */
static void begin_item(struct issued_walk *w)
{
	const struct issued_order *o = w->order;
	w->unit = 1;
	if (w->item >= o->items.n)
		return;
	while (w->state < o->states.n && !state_is_of(o, w->state, w->item))
		w->state++; /* they are in the same order as the items */
	find_cut(w);
}

void issued_walk_begin(
	struct issued_walk *w, const struct issued_order *order, const uint8_t key[32])
{
	*w = (struct issued_walk){.order = order, .key = key};
	begin_item(w);
}

/* Sets what the row of the unit says. */
static void take_state(const struct issued_walk *w, struct issued_ticket *t)
{
	const struct rows *states = &w->order->states;
	t->generation = (uint32_t)rows_int(states, w->state, "generation");
	t->holder = rows_text(states, w->state, "holderName");
	if (val_is_set(rows_get(states, w->state, "refundedAt"))) {
		t->status = ISSUED_REFUNDED;
		return;
	}
	if (!val_is_set(rows_get(states, w->state, "checkInId")))
		return;
	t->status = w->all ? ISSUED_REFUNDED : ISSUED_CHECKED_IN;
	t->check_in_id = rows_get(states, w->state, "checkInId").id;
	t->checked_in_at = rows_int(states, w->state, "checkedInAt");
	t->gate = rows_text(states, w->state, "gate");
}

bool issued_walk_next(struct issued_walk *w, struct issued_ticket *out)
{
	const struct issued_order *o = w->order;
	while (w->item < o->items.n && w->unit > rows_int(&o->items, w->item, "quantity")) {
		w->item++;
		begin_item(w);
	}
	if (w->item >= o->items.n)
		return false;
	while (state_is_of(o, w->state, w->item) &&
		rows_int(&o->states, w->state, "unit") < w->unit)
		w->state++;
	*out = (struct issued_ticket){
		.item = w->item,
		.item_id = rows_get(&o->items, w->item, "id").id,
		.ticket_id = rows_get(&o->items, w->item, "ticketId").id,
		.number = (uint32_t)w->item + 1,
		.unit = w->unit,
		.generation = 1,
		.status = w->all || w->unit >= w->cut ? ISSUED_REFUNDED : ISSUED_VALID,
		.name = rows_text(&o->items, w->item, "name"),
	};
	if (state_is_of(o, w->state, w->item) && rows_int(&o->states, w->state, "unit") == w->unit)
		take_state(w, out);
	const struct issued_unit of = {o->id, out->item_id, out->unit, out->generation};
	issued_code_print(w->key, o->reference, out->number, &of, out->code);
	w->unit++;
	return true;
}

void issued_walk_seek(struct issued_walk *w, uint32_t number, uint32_t unit)
{
	assert(number >= 1 && unit >= 1);
	while (w->item < w->order->items.n && w->item + 1 < number) {
		w->item++;
		begin_item(w);
	}
	if (w->item + 1 == number && unit > w->unit)
		w->unit = unit;
}

bool issued_ticket_at(const struct issued_order *order, const uint8_t key[32], uint32_t number,
	uint32_t unit, struct issued_ticket *out)
{
	struct issued_walk w;
	issued_walk_begin(&w, order, key);
	issued_walk_seek(&w, number, unit);
	return issued_walk_next(&w, out) && out->number == number && out->unit == unit;
}

uint32_t issued_ticket_by_code(const struct issued_order *order, const uint8_t key[32],
	const struct issued_code *code, struct issued_ticket *out)
{
	if (!issued_ticket_at(order, key, code->number, code->unit, out))
		return 0;
	const struct issued_unit unit = {order->id, out->item_id, out->unit, out->generation};
	return issued_check_generation(key, &unit, code->check);
}
