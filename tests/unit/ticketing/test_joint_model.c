/* test_joint_model: the rules of common/api/joint.h, in every order of the steps that two workers
 * take, with crashes and lost replies to COMMIT. */
#include "common/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define TICKETS 2 /* of the one ticket type */
#define REQUESTS 4
#define WORKERS 2
#define TROUBLES 2 /* crashes and lost replies in one history */
#define NOBODY 0xff

/* Each rule is left out once: then tickets are oversold, an order is executed twice, or one is
 * acknowledged that does not exist, or refused that does. */
enum rule {
	NO_RULE_LEFT_OUT,
	GUARD, /* the UPDATE of the stock finds enough left */
	UNIQUE_KEY, /* an Idempotency-Key has one row */
	FAIL_TOGETHER, /* when a guard fails, nobody is told of success */
	COMMIT_BEFORE_ANSWER,
	LOOK_AFTER_LOST_REPLY, /* a COMMIT without a reply counts when its audit row exists */
	DONE_IS_DONE, /* who was in a committed transaction is not run alone */
};

enum { IDLE, READ, KEYS, MOVE, COMMIT, ANSWER, NEXT, CLAIM, LOOK, TAKE, COMMIT_ONE, ANSWER_ONE };
enum { WAITING, TAKEN, TOLD_YES, TOLD_NO, UNTOLD };

/* Requests 0 and 1 are one buyer's, sent twice with one Idempotency-Key; the others have none. */
static const uint8_t wanted[REQUESTS] = {1, 1, 1, 2};
#define KEY_OF(r) ((r) < 2)

struct worker {
	uint8_t at;
	uint8_t shared, alone; /* requests in the transaction, and to be run alone: a bit each */
	uint8_t one; /* that is run alone now */
	uint8_t seen; /* sold tickets, as read */
	uint8_t ask; /* sum of what its transaction takes */
};
/* Everything that the next steps depend on. Bytes only, for it is a key of the map. */
struct state {
	uint8_t sold, locked; /* the row of the ticket type; who has locked it */
	uint8_t key, key_done; /* who has inserted the key's row; whether that is committed */
	uint8_t executed[REQUESTS]; /* how often; the buyer's first request counts for both */
	uint8_t told[REQUESTS];
	uint8_t troubles;
	struct worker w[WORKERS];
};

struct model {
	struct map seen;
	enum rule without;
	bool oversold, twice, lost, refused;
	size_t shared_commits;
};

static void visit(struct model *m, const struct state *s);

static uint8_t order_of(size_t r)
{
	return KEY_OF(r) ? 0 : (uint8_t)r;
}

static bool has(uint8_t set, size_t r)
{
	return set >> r & 1;
}

/* ---- the database ---- */

static void roll_back(struct state *s, uint8_t worker)
{
	if (s->locked == worker)
		s->locked = NOBODY;
	if (s->key == worker && !s->key_done)
		s->key = NOBODY;
}

static bool insert_key(const struct model *m, struct state *s, uint8_t worker)
{
	if (s->key != NOBODY && m->without != UNIQUE_KEY)
		return false;
	s->key = worker;
	s->key_done = false;
	return true;
}

/* The guarded UPDATE; the row stays locked. */
static bool take(const struct model *m, struct state *s, uint8_t worker)
{
	s->locked = worker;
	return s->sold + s->w[worker].ask <= TICKETS || m->without == GUARD;
}

static void commit(struct model *m, struct state *s, uint8_t worker, uint8_t set)
{
	s->sold = (uint8_t)(s->sold + s->w[worker].ask);
	m->oversold = m->oversold || s->sold > TICKETS;
	if (s->key == worker)
		s->key_done = true;
	for (size_t r = 0; r < REQUESTS; r++)
		if (has(set, r))
			m->twice = m->twice || ++s->executed[order_of(r)] > 1;
	s->locked = s->locked == worker ? NOBODY : s->locked;
}

/* ---- answers ---- */

static void tell(struct model *m, struct state *s, uint8_t set, uint8_t what)
{
	for (size_t r = 0; r < REQUESTS; r++) {
		if (!has(set, r))
			continue;
		s->told[r] = what;
		m->lost = m->lost || (what == TOLD_YES && s->executed[order_of(r)] == 0);
		m->refused = m->refused || (what == TOLD_NO && s->executed[order_of(r)] > 0);
	}
}

static void all_alone(struct state *s, uint8_t worker)
{
	struct worker *w = &s->w[worker];
	roll_back(s, worker);
	w->alone |= w->shared;
	w->shared = 0;
	w->at = NEXT;
}

/* COMMIT: executed, and answered later; or its reply is lost, with or without effect. */
static void try_commit(struct model *m, const struct state *s, uint8_t i, uint8_t set)
{
	struct state done = *s;
	uint8_t then = set == s->w[i].shared ? ANSWER : ANSWER_ONE;
	m->shared_commits += then == ANSWER;
	commit(m, &done, i, set);
	done.w[i].at = then;
	visit(m, &done);
	if (s->troubles == TROUBLES)
		return;
	done.troubles++; /* the reply was lost, and the audit row is found */
	if (m->without == DONE_IS_DONE && then == ANSWER)
		all_alone(&done, i);
	visit(m, &done);
	struct state undone = *s;
	undone.troubles++;
	roll_back(&undone, i);
	if (m->without != LOOK_AFTER_LOST_REPLY)
		tell(m, &undone, set, UNTOLD);
	undone.w[i].at = then;
	if (m->without != LOOK_AFTER_LOST_REPLY)
		undone.w[i].shared = undone.w[i].one = 0;
	visit(m, &undone);
}

/* ---- one worker, several requests ---- */

/* Takes the first `most` requests that wait. */
static void accept_some(struct model *m, const struct state *s, uint8_t i, unsigned most)
{
	struct state next = *s;
	struct worker *w = &next.w[i];
	unsigned n = 0;
	for (size_t r = 0; r < REQUESTS && n < most; r++)
		if (s->told[r] == WAITING) {
			next.told[r] = TAKEN;
			w->shared |= (uint8_t)(1u << r);
			n++;
		}
	if (n < most)
		return;
	w->at = READ;
	if (n == 1)
		all_alone(&next, i);
	visit(m, &next);
}

/* Reads keys and stock; who does not fit, or has a known key, or one that another has, is taken
 * out, and so is everybody behind one who does not fit. */
static void read_stock(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	struct worker *w = &next.w[i];
	bool closed = false, key_seen = s->key != NOBODY && s->key_done;
	w->ask = 0;
	for (size_t r = 0; r < REQUESTS; r++) {
		if (!has(w->shared, r))
			continue;
		bool known = KEY_OF(r) && key_seen;
		key_seen = key_seen || KEY_OF(r);
		closed = closed || (!known && s->sold + w->ask + wanted[r] > TICKETS);
		if (known || closed) {
			w->shared &= (uint8_t) ~(1u << r);
			w->alone |= (uint8_t)(1u << r);
		} else {
			w->ask = (uint8_t)(w->ask + wanted[r]);
		}
	}
	w->at = KEYS;
	if ((w->shared & (w->shared - 1)) == 0) /* fewer than two */
		all_alone(&next, i);
	visit(m, &next);
}

static void write_keys(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	bool keyed = has(s->w[i].shared, 0) || has(s->w[i].shared, 1);
	next.w[i].at = MOVE;
	if (keyed && !insert_key(m, &next, i))
		all_alone(&next, i);
	visit(m, &next);
}

static void move_stock(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	if (s->locked != NOBODY && s->locked != i)
		return; /* it waits */
	next.w[i].at = m->without == COMMIT_BEFORE_ANSWER ? ANSWER : COMMIT;
	if (!take(m, &next, i)) {
		if (m->without == FAIL_TOGETHER)
			next.w[i].at = ANSWER;
		else
			all_alone(&next, i);
	}
	visit(m, &next);
}

static void answer_all(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	roll_back(&next, i); /* no effect after COMMIT */
	tell(m, &next, s->w[i].shared, TOLD_YES);
	next.w[i].shared = 0;
	next.w[i].at = NEXT;
	visit(m, &next);
}

/* ---- one worker, one request ---- */

static void next_alone(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	struct worker *w = &next.w[i];
	size_t r = 0;
	while (r < REQUESTS && !has(w->alone, r))
		r++;
	w->one = 0;
	if (r == REQUESTS) {
		*w = (struct worker){.at = IDLE};
	} else {
		w->one = (uint8_t)(1u << r);
		w->alone &= (uint8_t)~w->one;
		w->ask = wanted[r];
		w->at = CLAIM;
	}
	visit(m, &next);
}

static void claim(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	next.w[i].at = LOOK;
	if ((s->w[i].one & 3) && !insert_key(m, &next, i)) {
		tell(m, &next, s->w[i].one, s->key_done ? TOLD_YES : UNTOLD);
		next.w[i].at = NEXT;
	}
	visit(m, &next);
}

static void look(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	next.w[i].at = TAKE;
	if (s->sold + s->w[i].ask > TICKETS) {
		roll_back(&next, i);
		tell(m, &next, s->w[i].one, TOLD_NO);
		next.w[i].at = NEXT;
	}
	visit(m, &next);
}

static void take_one(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	if (s->locked != NOBODY && s->locked != i)
		return;
	next.w[i].at = COMMIT_ONE;
	if (!take(m, &next, i)) {
		roll_back(&next, i);
		next.w[i].at = CLAIM;
	}
	visit(m, &next);
}

static void answer_one(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	tell(m, &next, s->w[i].one, TOLD_YES);
	next.w[i].at = NEXT;
	visit(m, &next);
}

/* ---- all orders ---- */

/* The worker is killed: its transaction ends. Buyers with a key ask again, the others do not. */
static void crash(struct model *m, const struct state *s, uint8_t i)
{
	struct state next = *s;
	uint8_t open = s->w[i].shared | s->w[i].alone | s->w[i].one;
	if (s->troubles == TROUBLES || s->w[i].at == IDLE)
		return;
	next.troubles++;
	roll_back(&next, i);
	for (size_t r = 0; r < REQUESTS; r++)
		if (has(open, r) && s->told[r] == TAKEN)
			next.told[r] = KEY_OF(r) ? WAITING : UNTOLD;
	next.w[i] = (struct worker){.at = IDLE};
	visit(m, &next);
}

static void step(struct model *m, const struct state *s, uint8_t i)
{
	static void (*const steps[])(struct model *, const struct state *, uint8_t) = {
		[READ] = read_stock,
		[KEYS] = write_keys,
		[MOVE] = move_stock,
		[ANSWER] = answer_all,
		[NEXT] = next_alone,
		[CLAIM] = claim,
		[LOOK] = look,
		[TAKE] = take_one,
		[ANSWER_ONE] = answer_one,
	};
	uint8_t at = s->w[i].at;
	if (at == IDLE)
		for (unsigned most = 1; most <= REQUESTS; most++)
			accept_some(m, s, i, most);
	else if (at == COMMIT)
		try_commit(m, s, i, s->w[i].shared);
	else if (at == COMMIT_ONE)
		try_commit(m, s, i, s->w[i].one);
	else
		steps[at](m, s, i);
	crash(m, s, i);
}

static void visit(struct model *m, const struct state *s)
{
	if (map_find(&m->seen, s))
		return;
	map_at(&m->seen, s);
	for (uint8_t i = 0; i < WORKERS; i++)
		step(m, s, i);
}

/* Whether anything goes wrong in any order. */
static bool can_fail(enum rule without)
{
	struct model m = {.without = without};
	struct state start = {.locked = NOBODY, .key = NOBODY};
	map_init(&m.seen, NULL, sizeof start, 1);
	visit(&m, &start);
	print_message("without rule %d: %zu states%s%s%s%s\n", without, m.seen.n,
		m.oversold ? ", oversold" : "", m.twice ? ", executed twice" : "",
		m.lost ? ", acknowledged and lost" : "", m.refused ? ", refused and done" : "");
	assert_true(m.shared_commits > 0 || without == COMMIT_BEFORE_ANSWER);
	map_free(&m.seen);
	return m.oversold || m.twice || m.lost || m.refused;
}

static void nothing_goes_wrong(void **state)
{
	(void)state;
	assert_false(can_fail(NO_RULE_LEFT_OUT));
}

static void every_rule_is_needed(void **state)
{
	(void)state;
	for (enum rule without = GUARD; without <= DONE_IS_DONE; without++)
		assert_true(can_fail(without));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_goes_wrong),
		cmocka_unit_test(every_rule_is_needed),
	};
	return cmocka_run_group_tests_name("joint_model", tests, NULL, NULL);
}
