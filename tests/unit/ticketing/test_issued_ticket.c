/* test_issued_ticket: codes against vectors that another program made, and states of units. */
#include "common/ticketing/issued_ticket.h"

#include "common/base/hex.h"
#include "common/crypto/digest.h"
#include "tests/unit/cases.h"

static void derive(const char *master, uint8_t key[32])
{
	static const char purpose[] = "ticketgate issued tickets"; /* as in config.c */
	uint8_t bytes[32];
	assert_true(hex_parse(master, 32, bytes));
	hmac_sha256(bytes, sizeof bytes, purpose, strlen(purpose), key);
}

static void code_row(const struct cases *c)
{
	struct issued_unit of;
	struct issued_code parsed;
	uint8_t key[32];
	char check[ISSUED_CHECK + 1], code[ISSUED_CODE_MAX + 1];
	derive(c->field[1], key);
	assert_true(hex_parse(c->field[2], 16, of.order.b));
	assert_true(hex_parse(c->field[3], 16, of.item.b));
	assert_true(issued_code_parse(c->field[6], c->length[6], &parsed));
	assert_string_equal(parsed.reference, c->field[4]);
	of.unit = parsed.unit;
	of.generation = (uint32_t)atoi(c->field[5]);
	issued_check_print(key, &of, check);
	snprintf(code, sizeof code, "%s-%u.%u-%s", parsed.reference, parsed.number, parsed.unit,
		check);
	assert_string_equal(code, c->field[6]);
	uint32_t generation = of.generation;
	assert_int_equal(issued_check_generation(key, &of, check), generation);
	of.generation = ISSUED_GENERATIONS;
	assert_int_equal(issued_check_generation(key, &of, check), generation);
	of.generation = generation - 1; /* of a generation that there is not yet */
	assert_int_equal(issued_check_generation(key, &of, check), 0);
	of.generation = generation;
	of.unit++;
	assert_int_equal(issued_check_generation(key, &of, check), 0);
}

static void token_row(const struct cases *c)
{
	uint8_t key[32];
	struct uuid order, parsed;
	char token[ORDER_TOKEN_TEXT + 1];
	derive(c->field[1], key);
	assert_true(hex_parse(c->field[2], 16, order.b));
	order_token_print(key, &order, token);
	assert_string_equal(token, c->field[3]);
	assert_true(order_token_parse(key, token, &parsed));
	assert_memory_equal(parsed.b, order.b, 16);
	for (size_t i = 0; i < ORDER_TOKEN_TEXT; i++) {
		token[i] = token[i] == 'A' ? 'B' : 'A';
		assert_false(order_token_parse(key, token, &parsed));
		token[i] = c->field[3][i];
	}
	token[ORDER_TOKEN_TEXT - 1] = '\0';
	assert_false(order_token_parse(key, token, &parsed));
	assert_false(order_token_parse(key, "", &parsed));
}

static void vectors(void **state)
{
	struct cases c;
	struct issued_code parsed;
	(void)state;
	for (cases_open(&c, "issued-ticket.txt"); cases_next(&c);) {
		const char *kind = c.field[0];
		if (strcmp(kind, "code") == 0) {
			code_row(&c);
		} else if (strcmp(kind, "token") == 0) {
			token_row(&c);
		} else if (strcmp(kind, "typed") == 0) {
			assert_true(issued_code_parse(c.field[5], c.length[5], &parsed));
			assert_string_equal(parsed.reference, c.field[1]);
			assert_int_equal(parsed.number, atoi(c.field[2]));
			assert_int_equal(parsed.unit, atoi(c.field[3]));
			assert_string_equal(parsed.check, c.field[4]);
		} else if (issued_code_parse(c.field[1], c.length[1], &parsed)) {
			fail_msg("line %d: %s is no code", c.line, c.field[1]);
		}
	}
}

/* ---- states ---- */

static const char *const item_names[] = {"id", "ticketId", "name", "quantity", "refundedQuantity"};
static const char *const state_names[] = {"itemId", "unit", "generation", "refundedAt", "checkInId",
	"checkedInAt", "gate", "holderName"};

/* A unit with a row: r refunded, c checked in, n renamed, 2 of the second generation. */
struct marked {
	int item, unit;
	char what;
};

static struct uuid item_id(int i)
{
	return (struct uuid){{(uint8_t)(i + 1)}};
}

/* The states of all units, as text: i issued, c checked in, r refunded; items apart by spaces. */
static void expect(const int (*items)[2], size_t n, const struct marked *marks, const char *want)
{
	struct val cells[4 * 5], states[16 * 8];
	struct issued_order o = {.reference = "TN-7K3M9QXW",
		.items = {n, 5, item_names, cells, 0},
		.states = {0, 8, state_names, states, 0}};
	struct issued_walk w;
	struct issued_ticket t;
	static const uint8_t key[32];
	char got[64];
	size_t length = 0, last = 0;
	for (size_t i = 0; i < n; i++) {
		struct val *row = cells + i * 5;
		row[0] = row[1] = val_uuid(item_id((int)i));
		row[2] = val_text("Standard");
		row[3] = val_int(items[i][0]);
		row[4] = val_int(items[i][1]);
	}
	for (const struct marked *m = marks; m && m->what; m++) {
		struct val *row = states + o.states.n++ * 8;
		row[0] = val_uuid(item_id(m->item));
		row[1] = val_int(m->unit);
		row[2] = val_int(m->what == '2' ? 2 : 1);
		row[3] = m->what == 'r' ? val_time(1) : val_null();
		row[4] = m->what == 'c' ? val_uuid(item_id(9)) : val_null();
		row[5] = m->what == 'c' ? val_time(7) : val_null();
		row[6] = row[7] = val_text(m->what == 'n' ? "Ana" : NULL);
	}
	for (issued_walk_begin(&w, &o, key); issued_walk_next(&w, &t); last = t.item) {
		struct issued_ticket same;
		if (t.item != last)
			got[length++] = ' ';
		got[length++] = "icr"[t.status];
		assert_true(issued_ticket_at(&o, key, t.number, t.unit, &same));
		assert_string_equal(same.code, t.code);
		assert_int_equal(same.status, t.status);
	}
	got[length] = '\0';
	assert_string_equal(got, want);
	assert_false(issued_ticket_at(&o, key, (uint32_t)n + 1, 1, &t));
	assert_false(issued_ticket_at(&o, key, (uint32_t)n, (uint32_t)items[n - 1][0] + 1, &t));
}

static void states(void **state)
{
	(void)state;
	expect((const int[][2]){{3, 0}}, 1, NULL, "iii");
	expect((const int[][2]){{3, 0}, {1, 0}}, 2, NULL, "iii i");
	/* refunded by a program that writes no rows: the highest, but for those checked in */
	expect((const int[][2]){{3, 1}, {2, 2}}, 2, NULL, "iir rr");
	expect((const int[][2]){{4, 2}}, 1, (const struct marked[]){{0, 3, 'c'}, {0}}, "ircr");
	expect((const int[][2]){{4, 2}}, 1, (const struct marked[]){{0, 4, 'c'}, {0}}, "irrc");
	expect((const int[][2]){{4, 4}}, 1, (const struct marked[]){{0, 4, 'c'}, {0}}, "rrrr");
	expect((const int[][2]){{3, 3}}, 1,
		(const struct marked[]){{0, 1, 'c'}, {0, 2, 'c'}, {0, 3, 'c'}, {0}}, "rrr");
	/* refunded by rows */
	expect((const int[][2]){{4, 1}}, 1, (const struct marked[]){{0, 2, 'r'}, {0}}, "irii");
	expect((const int[][2]){{4, 2}}, 1, (const struct marked[]){{0, 2, 'r'}, {0}}, "irir");
	expect((const int[][2]){{4, 2}}, 1, (const struct marked[]){{0, 2, 'r'}, {0, 4, 'r'}, {0}},
		"irir");
	expect((const int[][2]){{4, 2}}, 1, (const struct marked[]){{0, 2, 'r'}, {0, 4, 'n'}, {0}},
		"irir");
	/* rows of two items */
	expect((const int[][2]){{2, 0}, {3, 1}, {2, 0}}, 3,
		(const struct marked[]){{0, 2, 'c'}, {1, 1, 'r'}, {1, 3, 'c'}, {2, 1, '2'}, {0}},
		"ic ric ii");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
