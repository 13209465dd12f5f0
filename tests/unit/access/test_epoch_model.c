/* test_epoch_model: the rules of common/access/epoch.h, in every order of the steps that writers
 * and readers take. */
#include "common/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define TIMES 4 /* ids and marks are 0 to TIMES - 1; more than one writer may have an id */
#define WRITERS 3
#define READERS 2
#define TRIES 2 /* of a writer whose id was too low */

/* Clocks differ by any amount. No row may be committed below a mark that a reader has already used.
 * Each rule is left out once: then there must be such a row. */
enum rule {
	NO_RULE_LEFT_OUT,
	LOCK_NEWEST, /* a writer holds the newest epoch until it ends */
	CHECK_ID, /* a writer starts again when its id is below the epoch's mark */
	TEST_OLDER, /* a reader uses the newest mark only when nobody holds an older one */
	BEGIN_BEFORE_TEST, /* a reader lists up to a mark that writers know already */
};

enum { IDLE, STAMPED, HELD, ENDED }; /* a writer */
enum { START, READ, BEGUN, MARKED, DONE }; /* a reader */

struct writer {
	uint8_t at, id, mark, floor, tries; /* mark: of the epoch it holds, + 1; 0: none */
};
struct reader {
	uint8_t at, epochs, next; /* epochs: as read, a bit each; next: tested below this one */
};
/* Everything that the next steps depend on. Bytes only, for it is a key of the map. */
struct state {
	uint8_t epochs; /* a bit for each mark */
	uint8_t passed; /* the highest mark that a reader has used */
	struct writer w[WRITERS];
	struct reader r[READERS];
};

struct model {
	struct map seen;
	size_t writers, readers;
	enum rule without;
	bool violated; /* a row was committed below a used mark */
	size_t committed; /* transitions that committed a row */
};

static void visit(struct model *m, const struct state *s);

static uint8_t highest(uint8_t set)
{
	uint8_t i = TIMES;

	while (i > 0 && !(set >> (i - 1) & 1))
		i--;
	assert_true(i > 0);
	return (uint8_t)(i - 1);
}

/* ---- writers ---- */

/* Makes an id, by a clock that may show anything not below what this process knows. */
static void stamp(struct model *m, const struct state *s, size_t i)
{
	for (uint8_t id = s->w[i].floor; id < TIMES; id++) {
		struct state next = *s;
		next.w[i].at = STAMPED;
		next.w[i].id = id;
		visit(m, &next);
	}
}

/* The audit row's INSERT: locks the newest epoch, and writes nothing when the id is too low. */
static void insert(struct model *m, const struct state *s, size_t i)
{
	struct state next = *s;
	struct writer *w = &next.w[i];
	uint8_t mark = highest(s->epochs);

	if (w->id < mark && m->without != CHECK_ID) {
		w->at = w->tries == TRIES ? ENDED : IDLE;
		w->tries++;
		w->floor = mark;
	} else {
		w->at = HELD;
		w->mark = m->without == LOCK_NEWEST ? 0 : (uint8_t)(mark + 1);
	}
	visit(m, &next);
}

/* COMMIT, or a rollback, or the end of a killed client's connection. */
static void end(struct model *m, const struct state *s, size_t i, bool commit)
{
	struct state next = *s;

	next.w[i] = (struct writer){.at = ENDED};
	if (commit) {
		m->committed++;
		m->violated = m->violated || s->w[i].id < s->passed;
	}
	visit(m, &next);
}

static void step_writer(struct model *m, const struct state *s, size_t i)
{
	switch (s->w[i].at) {
	case IDLE:
		stamp(m, s, i);
		break;
	case STAMPED:
		insert(m, s, i);
		break;
	case HELD:
		end(m, s, i, true);
		end(m, s, i, false);
		break;
	default:
		break;
	}
}

/* ---- readers ---- */

static bool is_held(const struct model *m, const struct state *s, uint8_t mark)
{
	for (size_t i = 0; i < m->writers; i++)
		if (s->w[i].at == HELD && s->w[i].mark == mark + 1)
			return true;
	return false;
}

/* Lists the rows below a mark; what is committed below it from now on is missed. */
static void list_below(struct model *m, struct state *next, size_t i, uint8_t mark)
{
	if (mark > next->passed)
		next->passed = mark;
	next->r[i] = (struct reader){.at = DONE};
	visit(m, next);
}

/* Begins an epoch, by a clock that may show anything; or finds that there is no need. */
static void begin(struct model *m, const struct state *s, size_t i)
{
	uint8_t newest = highest(s->r[i].epochs);

	for (uint8_t mark = (uint8_t)(newest + 1); mark < TIMES; mark++) {
		struct state next = *s;
		if (m->without == BEGIN_BEFORE_TEST) {
			list_below(m, &next, i, mark);
			continue;
		}
		next.epochs |= (uint8_t)(1u << mark);
		next.r[i] = (struct reader){.at = BEGUN};
		visit(m, &next);
	}
	struct state next = *s;
	list_below(m, &next, i, newest);
}

/* Tests the oldest epoch not tested yet, and ends it when nobody holds it. */
static void test_one(struct model *m, const struct state *s, size_t i, bool second)
{
	struct state next = *s;
	struct reader *r = &next.r[i];
	uint8_t newest = highest(r->epochs), mark = r->next;

	while (mark < newest && !(r->epochs >> mark & 1))
		mark++;
	if (mark == newest || m->without == TEST_OLDER) {
		if (second)
			list_below(m, &next, i, newest);
		else
			begin(m, &next, i);
		return;
	}
	if (is_held(m, s, mark)) {
		list_below(m, &next, i, mark);
		return;
	}
	next.epochs &= (uint8_t) ~(1u << mark);
	r->next = (uint8_t)(mark + 1);
	visit(m, &next);
}

static void read_epochs(struct model *m, const struct state *s, size_t i, uint8_t to)
{
	struct state next = *s;

	next.r[i] = (struct reader){.at = to, .epochs = s->epochs};
	visit(m, &next);
}

static void step_reader(struct model *m, const struct state *s, size_t i)
{
	switch (s->r[i].at) {
	case START:
		read_epochs(m, s, i, READ);
		break;
	case READ:
		test_one(m, s, i, false);
		break;
	case BEGUN:
		read_epochs(m, s, i, MARKED);
		break;
	case MARKED:
		test_one(m, s, i, true);
		break;
	default:
		break;
	}
}

/* ---- all orders ---- */

static void visit(struct model *m, const struct state *s)
{
	if (map_find(&m->seen, s))
		return;
	map_at(&m->seen, s);
	for (size_t i = 0; i < m->writers; i++)
		step_writer(m, s, i);
	for (size_t i = 0; i < m->readers; i++)
		step_reader(m, s, i);
}

/* Whether a row can be committed that a reader has missed. */
static bool can_miss(size_t writers, size_t readers, enum rule without)
{
	struct model m = {.writers = writers, .readers = readers, .without = without};
	struct state start = {.epochs = 1};

	map_init(&m.seen, NULL, sizeof start, 1);
	visit(&m, &start);
	print_message("%zu writers, %zu readers, without rule %d: %zu states, %s\n", writers,
		readers, without, m.seen.n, m.violated ? "a row is missed" : "no row is missed");
	assert_true(m.committed > 0);
	map_free(&m.seen);
	return m.violated;
}

static void nothing_is_missed(void **state)
{
	(void)state;
	assert_false(can_miss(2, 2, NO_RULE_LEFT_OUT));
	assert_false(can_miss(3, 1, NO_RULE_LEFT_OUT));
}

static void every_rule_is_needed(void **state)
{
	(void)state;
	for (enum rule without = LOCK_NEWEST; without <= BEGIN_BEFORE_TEST; without++)
		assert_true(can_miss(2, 2, without));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_missed),
		cmocka_unit_test(every_rule_is_needed),
	};

	return cmocka_run_group_tests_name("epoch_model", tests, NULL, NULL);
}
