/* test_ticket: what is left of a ticket type, when it is sold out, and its status. */
#include "common/ticketing/ticket.h"

#include "tests/unit/cases.h"

#define UNLIMITED -1000 /* places */

static const char *const names[] = {"quantity", "sold", "held", "minPerOrder", "marked",
	"published", "places", "capped", "currency"};
enum { COLUMNS = sizeof names / sizeof *names };

static struct rows rows_of(struct val *cells, size_t n)
{
	return (struct rows){.n = n, .columns = COLUMNS, .names = names, .cells = cells};
}

static void fill(struct val *cells, const int64_t numbers[7])
{
	for (size_t i = 0; i < 7; i++)
		cells[i] = val_int(numbers[i]);
	if (numbers[6] == UNLIMITED)
		cells[6] = val_null();
	cells[7] = val_int(1);
	cells[8] = val_null();
}

static void definition(void **state)
{
	static const struct {
		int64_t numbers[7]; /* quantity sold held min marked published places */
		int64_t left;
		bool sold_out;
		const char *status;
	} cases[] = {
		{{10, 3, 2, 1, 0, 1, UNLIMITED}, 5, false, "PUBLISHED"},
		{{10, 3, 2, 5, 0, 1, UNLIMITED}, 5, false, "PUBLISHED"},
		{{10, 3, 2, 6, 0, 1, UNLIMITED}, 5, true, "SOLD_OUT"},
		{{10, 10, 0, 1, 0, 1, UNLIMITED}, 0, true, "SOLD_OUT"},
		{{10, 8, 4, 1, 0, 1, UNLIMITED}, 0, true, "SOLD_OUT"},
		{{10, 10, 0, 1, 0, 0, UNLIMITED}, 0, true, "DRAFT"},
		{{10, 0, 0, 1, 1, 1, UNLIMITED}, 10, true, "SOLD_OUT"},
		{{10, 0, 0, 1, 1, 0, UNLIMITED}, 10, true, "DRAFT"},
		{{10, 0, 0, 1, 0, 0, UNLIMITED}, 10, false, "DRAFT"},
		{{10, 3, 2, 1, 0, 1, 4}, 4, false, "PUBLISHED"},
		{{10, 3, 2, 1, 0, 1, 7}, 5, false, "PUBLISHED"},
		{{10, 3, 2, 1, 0, 1, 0}, 0, true, "SOLD_OUT"},
		{{10, 3, 2, 1, 0, 1, -2}, 0, true, "SOLD_OUT"},
		{{0, 0, 0, 1, 0, 1, UNLIMITED}, 0, true, "SOLD_OUT"},
	};
	const struct field *status = field_find(ticket_fields, "status"),
			   *sold_out = field_find(ticket_fields, "soldOut"),
			   *remaining = field_find(ticket_fields, "remaining");
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct val cells[COLUMNS];
		const struct rows rows = rows_of(cells, 1);
		fill(cells, cases[i].numbers);
		assert_int_equal(ticket_left(&rows, 0), cases[i].left);
		assert_int_equal(ticket_sold_out(&rows, 0), cases[i].sold_out);
		assert_int_equal(field_value(remaining, &rows, 0, "").i, cases[i].left);
		assert_int_equal(field_value(sold_out, &rows, 0, "").i, cases[i].sold_out);
		assert_string_equal(field_value(status, &rows, 0, "").s, cases[i].status);
	}
}

/* A row without the places, as in the sample of a webhook event. */
static void without_places(void **state)
{
	struct val cells[COLUMNS];
	struct rows rows = {.n = 1, .columns = 4, .names = names, .cells = cells};
	(void)state;
	fill(cells, (const int64_t[]){500, 451, 0, 1, 0, 1, 3});
	assert_int_equal(ticket_left(&rows, 0), 49);
	assert_false(ticket_sold_out(&rows, 0));
}

/* All types together take from the event's capacity, which limits those that are capped. */
static void inherited(void **state)
{
	static const char *const event_names[] = {"eventCapacity", "currency"};
	struct val of_event[] = {val_int(3), val_text("JPY"), val_int(20), val_text("KWD"),
		val_null(), val_text("PHP")},
		   cells[2 * COLUMNS];
	const struct rows events = {.n = 3, .columns = 2, .names = event_names, .cells = of_event};
	struct rows rows = rows_of(cells, 2);
	(void)state;
	fill(cells, (const int64_t[]){10, 3, 2, 1, 0, 1, UNLIMITED});
	fill(cells + COLUMNS, (const int64_t[]){10, 4, 0, 1, 0, 0, UNLIMITED});
	ticket_inherit(&rows, &events, 1);
	assert_int_equal(rows_int(&rows, 0, "places"), 20 - 9);
	assert_int_equal(rows_int(&rows, 1, "places"), 20 - 9);
	assert_string_equal(rows_text(&rows, 1, "currency"), "KWD");
	ticket_inherit(&rows, &events, 0);
	assert_int_equal(ticket_left(&rows, 0), 0);
	fill(cells, (const int64_t[]){10, 3, 2, 1, 0, 1, UNLIMITED});
	ticket_inherit(&rows, &events, 2);
	assert_int_equal(ticket_left(&rows, 0), 5);
	cells[7] = val_int(0);
	ticket_inherit(&rows, &events, 1);
	assert_int_equal(ticket_left(&rows, 0), 5);
}

/* The event is sold out when all published types are, or its capacity is used up. */
static void event_is_sold_out(void **state)
{
	struct val cells[2 * COLUMNS];
	const struct rows rows = rows_of(cells, 2);
	int64_t sold;
	(void)state;
	fill(cells, (const int64_t[]){5, 5, 0, 1, 0, 1, UNLIMITED});
	fill(cells + COLUMNS, (const int64_t[]){5, 1, 0, 1, 0, 1, UNLIMITED});
	assert_false(event_sold_out(&rows, val_null(), &sold));
	assert_int_equal(sold, 6);
	assert_true(event_sold_out(&rows, val_int(6), &sold));
	fill(cells + COLUMNS, (const int64_t[]){5, 1, 0, 1, 0, 0, UNLIMITED});
	assert_true(event_sold_out(&rows, val_null(), &sold));
	fill(cells, (const int64_t[]){5, 5, 0, 1, 0, 0, UNLIMITED});
	assert_false(event_sold_out(&rows, val_null(), &sold));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(definition),
		cmocka_unit_test(without_places),
		cmocka_unit_test(inherited),
		cmocka_unit_test(event_is_sold_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
