/* test_shm: limits exact over many processes, entries remembered and forgotten. */
#include "tests/unit/runtime/shm_crew.h"

#include "common/runtime/shm_layout.h"

static void burst_then_steady(void **state)
{
	struct shm *s = attach();
	int64_t now = 5 * SECOND, admitted = 0;

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct quota q = shm_consume(s, 42, 600, MINUTE, now);

		assert_true(q.admitted);
		assert_int_equal(q.limit, 600);
		assert_int_equal(q.remaining, 599 - i);
		assert_int_equal(q.full_ns, (i + 1) * SECOND / 10);
		assert_int_equal(q.retry_ns, 0);
	}
	struct quota q = shm_consume(s, 42, 600, MINUTE, now);
	assert_false(q.admitted);
	assert_int_equal(q.remaining, 0);
	assert_int_equal(q.retry_ns, SECOND / 10);
	assert_int_equal(q.full_ns, MINUTE);
	assert_false(shm_consume(s, 42, 600, MINUTE, now + q.retry_ns - 1).admitted);
	assert_true(shm_consume(s, 42, 600, MINUTE, now + q.retry_ns).admitted);
	now += q.retry_ns;
	for (int64_t t = now; t <= now + 10 * SECOND; t += SECOND / 1000)
		admitted += shm_consume(s, 42, 600, MINUTE, t).admitted;
	assert_int_equal(admitted, 100);
	/* no credit past the quota */
	assert_int_equal(shm_consume(s, 42, 600, MINUTE, now + 3600 * SECOND).remaining, 599);
	/* other callers are not touched */
	assert_int_equal(shm_consume(s, 43, 600, MINUTE, now).remaining, 599);
	leave(s);
}

static void odd_arguments(void **state)
{
	struct shm *s = attach();

	(void)state;
	assert_false(shm_consume(s, 1, 0, MINUTE, 1).admitted);
	assert_false(shm_consume(s, 1, -5, MINUTE, 1).admitted);
	assert_false(shm_consume(s, 1, 5, 0, 1).admitted);
	assert_true(shm_consume(s, 0, 5, MINUTE, 0).admitted);
	assert_true(shm_consume(s, 2, 1, MINUTE, 0).admitted);
	assert_false(shm_consume(s, 2, 1, MINUTE, 0).admitted);
	/* windows that do not divide evenly */
	for (int64_t quota = 1; quota <= 10000000; quota = quota * 7 + 1)
		assert_true(shm_consume(s, (uint64_t)quota << 8, quota, MINUTE, 7).admitted);
	for (int i = 0; i < 7; i++)
		assert_true(shm_consume(s, 77, 7, MINUTE, 7).admitted);
	assert_false(shm_consume(s, 77, 7, MINUTE, 7).admitted);
	leave(s);
}

/* The monotonic clock does not step, but another boot or namespace may have left times from the far
 * future. */
static void clock_back(void **state)
{
	struct shm *s = attach();

	(void)state;
	for (int i = 0; i < 10; i++)
		shm_consume(s, 9, 10, MINUTE, 1000 * MINUTE);
	assert_false(shm_consume(s, 9, 10, MINUTE, 1000 * MINUTE).admitted);
	assert_true(shm_consume(s, 9, 10, MINUTE, 5 * MINUTE).admitted);
	leave(s);
}

/* A process that was stopped between reading the clock and taking does not give the quota back to
 * everyone. */
static void stopped_taker(void **state)
{
	struct shm *s = attach();
	int64_t now = 100 * MINUTE;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(shm_consume(s, 9, 10, SECOND, now).admitted);
	assert_false(shm_consume(s, 9, 10, SECOND, now - 30 * MINUTE).admitted);
	assert_false(shm_consume(s, 9, 10, SECOND, now).admitted);
	leave(s);
}

/* The same tag with a smaller quota (a tier was lowered): denied at first, right again within a
 * window. */
static void other_quota(void **state)
{
	struct shm *s = attach();

	(void)state;
	for (int i = 0; i < 6000; i++)
		assert_true(shm_consume(s, 9, 6000, MINUTE, MINUTE).admitted);
	assert_false(shm_consume(s, 9, 600, MINUTE, MINUTE).admitted);
	assert_true(shm_consume(s, 9, 600, MINUTE, MINUTE + SECOND / 10).admitted);
	leave(s);
}

static void once(void **state)
{
	struct shm *s = attach();

	(void)state;
	assert_true(shm_once(s, 5, MINUTE, 10 * MINUTE));
	assert_false(shm_once(s, 5, MINUTE, 10 * MINUTE));
	assert_false(shm_once(s, 5, MINUTE, 11 * MINUTE - 1));
	assert_true(shm_once(s, 5, MINUTE, 11 * MINUTE));
	/* the same tag, another matter */
	assert_int_equal(shm_consume(s, 5, 600, MINUTE, 11 * MINUTE).remaining, 599);
	leave(s);
}

/* Looking at a limit counts nothing, and agrees with what the next request gets. */
static void looked_at(void **state)
{
	struct shm *s = attach();

	(void)state;
	assert_true(shm_admits(s, 5, 3, MINUTE, MINUTE));
	assert_false(shm_admits(s, 5, 0, MINUTE, MINUTE));
	for (int i = 0; i < 3; i++) {
		assert_true(shm_admits(s, 5, 3, MINUTE, MINUTE));
		assert_int_equal(shm_consume(s, 5, 3, MINUTE, MINUTE).remaining, 2 - i);
	}
	assert_false(shm_admits(s, 5, 3, MINUTE, MINUTE));
	assert_false(shm_admits(s, 5, 3, MINUTE, MINUTE + MINUTE / 3 - 1));
	assert_true(shm_admits(s, 5, 3, MINUTE, MINUTE + MINUTE / 3));
	leave(s);
}

static void marks(void **state)
{
	struct shm *s = attach();

	(void)state;
	assert_false(shm_marked(s, 5, MINUTE));
	shm_mark(s, 5, 2 * MINUTE, MINUTE);
	assert_true(shm_marked(s, 5, 2 * MINUTE - 1));
	assert_false(shm_marked(s, 5, 2 * MINUTE));
	assert_false(shm_marked(s, 6, MINUTE));
	shm_mark(s, 5, 9 * MINUTE, 2 * MINUTE);
	assert_true(shm_marked(s, 5, 8 * MINUTE));
	shm_mark(s, 5, 0, 2 * MINUTE);
	assert_false(shm_marked(s, 5, 2 * MINUTE));
	/* the same tag, other matters */
	shm_mark(s, 5, 9 * MINUTE, 2 * MINUTE);
	assert_int_equal(shm_consume(s, 5, 600, MINUTE, 2 * MINUTE).remaining, 599);
	assert_true(shm_once(s, 5, MINUTE, 2 * MINUTE));
	leave(s);
}

static void claims(void **state)
{
	struct shm *s = attach();
	const int64_t life = SHM_CLAIM_MS * INT64_C(1000000), now = MINUTE;

	(void)state;
	assert_int_equal(shm_claim(s, 5, 10, now), 0);
	assert_int_equal(shm_claim(s, 5, 20, now + 1), 10);
	assert_int_equal(shm_claim(s, 6, 1, now), 0);
	assert_int_equal(shm_claim(s, 5, -10, now + 2), 30);
	assert_int_equal(shm_claim(s, 5, -30, now + 4), 20);
	assert_int_equal(shm_claim(s, 5, SHM_CLAIM_MAX, now + 5), 0); /* none is owed */
	assert_int_equal(shm_claim(s, 5, 10, now + 6), SHM_CLAIM_MAX);
	assert_int_equal(shm_claim(s, 5, 0, now + 7), SHM_CLAIM_MAX);
	assert_int_equal(shm_claim(s, 6, 0, now + life / 2), 1);
	assert_int_equal(shm_claim(s, 6, 0, now + 2 * life), 0);
	shm_claim(s, 5, 10, now + 2 * life);
	assert_int_equal(shm_consume(s, 5, 600, MINUTE, now + 2 * life).remaining, 599);
	assert_false(shm_marked(s, 5, now + 2 * life));
	leave(s);
}

/* More callers than places: the stale ones make room, busy ones stay exact; when all are busy,
 * everyone is let in. */
static void full_table(void **state)
{
	struct shm *s = attach();
	int64_t now = MINUTE;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(shm_consume(s, 7777777, 10, MINUTE, now).admitted);
	for (uint64_t tag = 1; tag <= 300000; tag++)
		assert_true(shm_consume(s, tag * 2654435761u, 60, SECOND, now + (int64_t)tag * 1000)
				    .admitted);
	assert_false(shm_consume(s, 7777777, 10, MINUTE, now + SECOND).admitted);
	/* all in one moment: far more busy ones than places */
	for (uint64_t tag = 1; tag <= 300000; tag++)
		assert_true(shm_consume(s, tag * 40503, 60, MINUTE, now + 2 * SECOND).admitted);
	assert_false(shm_consume(s, 7777777, 10, MINUTE, now + 2 * SECOND).admitted);
	now += 10 * MINUTE;
	for (int i = 0; i < 60; i++)
		/* room again */
		assert_int_equal(shm_consume(s, 99, 60, MINUTE, now).remaining, 59 - i);
	assert_false(shm_consume(s, 99, 60, MINUTE, now).admitted);
	leave(s);
}

#define HAMMERS 10
#define LONG_QUOTA 60000 /* a minute */

static void hammer_injected(int i)
{
	struct shm *s = shm_attach(path, NULL, why, sizeof why);

	(void)i;
	line_up(HAMMERS);
	for (int k = 0; k < 20000; k++)
		if (shm_consume(s, 1234567, 600, 60000000, atomic_fetch_add(&board->now, 1000))
				.admitted)
			atomic_fetch_add(&board->admitted, 1);
	shm_detach(s);
}

static void hammer_real(int i)
{
	struct shm *s = shm_attach(path, NULL, why, sizeof why);
	int64_t began, now, seen;

	(void)i;
	line_up(HAMMERS);
	began = now = clock_mono_ns();
	for (; now < began + SECOND / 4; now = clock_mono_ns()) {
		if (shm_consume(s, 1234567, LONG_QUOTA, MINUTE, now).admitted)
			atomic_fetch_add(&board->admitted, 1);
		seen = atomic_load(&board->last);
		while (seen < now && !atomic_compare_exchange_weak(&board->last, &seen, now))
			;
	}
	shm_detach(s);
}

/* Uses up what is left; how much that was. */
static int64_t use_up(struct shm *s, int64_t quota, int64_t window, int64_t now)
{
	int64_t n = 0;

	while (shm_consume(s, 1234567, quota, window, now).admitted)
		n++;
	return n;
}

/* What nobody came to fetch by the end, where processes were slow. */
static int64_t rest(int64_t quota, int64_t window, int64_t now)
{
	struct shm *s = attach();
	int64_t n = use_up(s, quota, window, now);

	leave(s);
	return n;
}

static void exact_count(void **state)
{
	int64_t want, got;

	(void)state;
	memset(board, 0, sizeof *board);
	atomic_store(&board->now, SECOND);
	forked(HAMMERS, hammer_injected);
	/* one a tenth of a millisecond */
	want = 600 + (atomic_load(&board->now) - SECOND) / 100000;
	got = atomic_load(&board->admitted) + rest(600, 60000000, atomic_load(&board->now));
	assert_in_range(got, want - 1, want + 1);
	memset(board, 0, sizeof *board);
	/* used up first, so that nothing is lost while all processes have to wait: a full quota
	 * does not grow */
	struct shm *s = attach();
	int64_t begin = clock_mono_ns();
	assert_int_equal(use_up(s, LONG_QUOTA, MINUTE, begin), LONG_QUOTA);
	shm_detach(s);
	forked(HAMMERS, hammer_real);
	want = (atomic_load(&board->last) - begin) / (SECOND / 1000);
	got = atomic_load(&board->admitted) + rest(LONG_QUOTA, MINUTE, atomic_load(&board->last));
	assert_in_range(got, want - 1, want + 1);
}

/* Fresh callers, all hit by all processes at once: two places for one caller would let too many in.
 */
static void rush_fresh(int i)
{
	struct shm *s = shm_attach(path, NULL, why, sizeof why);

	(void)i;
	for (uint64_t round = 1; round <= 200; round++) {
		line_up((int)round * 4);
		for (int k = 0; k < 3; k++)
			if (shm_consume(s, round * 7919, 5, MINUTE, 2 * MINUTE + (int64_t)round)
					.admitted)
				atomic_fetch_add(&board->admitted, 1);
	}
	shm_detach(s);
}

static void fresh_callers(void **state)
{
	struct shm *s = attach();

	(void)state;
	memset(board, 0, sizeof *board);
	for (uint64_t tag = 1; tag <= 60000; tag++) /* every place taken by someone stale */
		shm_consume(s, tag * 2654435761u, 60, SECOND, SECOND + (int64_t)tag);
	shm_detach(s);
	forked(4, rush_fresh);
	assert_int_equal(atomic_load(&board->admitted), 200 * 5);
	unlink(path);
}

static void put_and_get(void **state)
{
	static uint8_t in[SHM_KEY_MAX + 1], out[SHM_KEY_MAX];
	struct shm *s = attach(), *other = attach();
	int64_t now = clock_mono_ns(), until = now + 100 * SECOND;
	uint8_t name[32], unknown[32];
	size_t n = 99;

	(void)state;
	name_of(1, name);
	name_of(2, unknown);
	assert_false(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now));
	for (size_t size = 0; size <= SHM_KEY_MAX; size += size < 70 ? 1 : 759) {
		for (size_t i = 0; i < size; i++)
			in[i] = (uint8_t)(i * 31 + size);
		PUT(s, SHM_CACHE_KEYS, 0, name, in, size, shm_generation(s, 0), until);
		/* exactly as large as needed */
		assert_true(GET(other, SHM_CACHE_KEYS, 0, name, out, size, &n, now));
		assert_int_equal(n, size);
		assert_memory_equal(in, out, size);
		if (size)
			assert_false(GET(other, SHM_CACHE_KEYS, 0, name, out, size - 1, &n, now));
		assert_false(GET(other, SHM_CACHE_KEYS, 0, unknown, out, sizeof out, &n, now));
	}
	assert_true(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, until - 1));
	assert_false(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, until));
	PUT(s, SHM_CACHE_KEYS, 0, unknown, in, SHM_KEY_MAX + 1, shm_generation(s, 0), until);
	assert_false(GET(s, SHM_CACHE_KEYS, 0, unknown, out, sizeof out, &n, now));
	shm_detach(other);
	leave(s);
}

static void generations(void **state)
{
	struct shm *s = attach(), *other = attach();
	int64_t now = clock_mono_ns(), until = now + 100 * SECOND;
	uint64_t before = shm_generation(s, 0);
	uint8_t name[32], out[8];
	size_t n;

	(void)state;
	for (uint64_t i = 0; i < 50; i++) {
		name_of(i, name);
		PUT(s, SHM_CACHE_KEYS, 0, name, "x", 1, before, until);
		assert_true(GET(other, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now));
	}
	shm_invalidate(other, 0);
	for (uint64_t i = 0; i < 50; i++) {
		name_of(i, name);
		assert_false(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now));
	}
	/* read from the database before the revocation */
	PUT(s, SHM_CACHE_KEYS, 0, name, "old", 3, before, until);
	assert_false(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now));
	PUT(s, SHM_CACHE_KEYS, 0, name, "new", 3, shm_generation(s, 0), until);
	assert_true(GET(other, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now));
	shm_detach(other);
	leave(s);
}

/* Forgetting a lane reaches its entries on every shelf, and nobody else's; forgetting everything
 * reaches all. */
static void lanes(void **state)
{
	struct shm *s = attach(), *other = attach();
	int64_t now = clock_mono_ns(), until = now + MINUTE;
	uint64_t mine = 7, theirs = 8, before;
	uint8_t a[32], b[32], out[SHM_ANSWER_MAX];
	static uint8_t big[SHM_ANSWER_MAX + 1];
	size_t n;

	(void)state;
	name_of(1, a);
	name_of(2, b);
	before = shm_generation(s, mine);
	PUT(s, SHM_CACHE_LARGE, mine, a, big, SHM_ANSWER_MAX, before, until);
	PUT(s, SHM_CACHE_LARGE, theirs, b, "theirs", 6, shm_generation(s, theirs), until);
	PUT(s, SHM_CACHE_KEYS, 0, a, "key", 3, shm_generation(s, 0), until);
	assert_true(GET(other, SHM_CACHE_LARGE, mine, a, out, sizeof out, &n, now));
	assert_int_equal(n, SHM_ANSWER_MAX);
	shm_invalidate(other, mine);
	assert_false(GET(s, SHM_CACHE_LARGE, mine, a, out, sizeof out, &n, now));
	assert_true(GET(s, SHM_CACHE_LARGE, theirs, b, out, sizeof out, &n, now));
	assert_true(GET(s, SHM_CACHE_KEYS, 0, a, out, sizeof out, &n, now));
	assert_int_equal(n, 3);
	PUT(s, SHM_CACHE_LARGE, mine, a, "late", 4, before, until); /* read before the change */
	assert_false(GET(s, SHM_CACHE_LARGE, mine, a, out, sizeof out, &n, now));
	PUT(s, SHM_CACHE_LARGE, mine, a, big, SHM_ANSWER_MAX + 1, shm_generation(s, mine), until);
	assert_false(GET(s, SHM_CACHE_LARGE, mine, a, out, sizeof out, &n, now));
	shm_invalidate(s, 0);
	assert_false(GET(s, SHM_CACHE_LARGE, theirs, b, out, sizeof out, &n, now));
	assert_false(GET(s, SHM_CACHE_KEYS, 0, a, out, sizeof out, &n, now));
	shm_detach(other);
	leave(s);
}

/* A change has a generation of its own when it begins and when it ends. Until then, and for
 * SHM_CHANGE_MS when it never ends, the scope is not settled. */
static void changes(void **state)
{
	struct shm *s = attach(), *other = attach();
	const uint64_t mine = 7, theirs = 8;
	bool settled = true;

	(void)state;
	uint64_t before = shm_snapshot(s, mine, &settled);
	assert_true(settled);
	assert_int_equal(before, shm_generation(s, mine));
	shm_change_begin(other, mine);
	uint64_t during = shm_snapshot(s, mine, &settled);
	assert_false(settled);
	assert_int_not_equal(before, during);
	settled = true;
	shm_snapshot(s, theirs, &settled);
	assert_true(settled);
	shm_change_begin(s, mine);
	shm_change_end(other, mine);
	shm_snapshot(s, mine, &settled);
	assert_false(settled); /* one is left */
	settled = true;
	shm_change_end(s, mine);
	assert_int_not_equal(during, shm_snapshot(s, mine, &settled));
	assert_true(settled);
	shm_change_begin(s, 0); /* of everything */
	shm_snapshot(s, theirs, &settled);
	assert_false(settled);
	struct lane *all = &s->map->header.all;
	atomic_store(&all->begun_ms, atomic_load(&all->begun_ms) - SHM_CHANGE_MS);
	settled = true;
	shm_snapshot(s, theirs, &settled);
	assert_true(settled); /* its process was killed long ago */
	shm_detach(other);
	leave(s);
}

/* Far more names than places: the newest stand, what expires first goes first. */
static void crowded(void **state)
{
	struct shm *s = attach();
	int64_t now = clock_mono_ns();
	uint8_t name[32], out[SHM_KEY_MAX], in[SHM_KEY_MAX];
	size_t n, kept = 0;

	(void)state;
	for (uint64_t i = 0; i < 3000; i++) {
		size_t size = entry_make(i, in);

		name_of(i, name);
		PUT(s, SHM_CACHE_KEYS, 0, name, in, size, shm_generation(s, 0),
			now + SECOND * 100 + (int64_t)i);
		assert_true(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now));
	}
	for (uint64_t i = 0; i < 3000; i++) {
		name_of(i, name);
		if (!GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now))
			continue;
		assert_true(entry_whole(out, n));
		kept++;
		assert_true(i > 500);
	}
	assert_in_range(kept, 500, 1024);
	leave(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_then_steady),
		cmocka_unit_test(odd_arguments),
		cmocka_unit_test(clock_back),
		cmocka_unit_test(stopped_taker),
		cmocka_unit_test(other_quota),
		cmocka_unit_test(once),
		cmocka_unit_test(looked_at),
		cmocka_unit_test(marks),
		cmocka_unit_test(claims),
		cmocka_unit_test(full_table),
		cmocka_unit_test(exact_count),
		cmocka_unit_test(fresh_callers),
		cmocka_unit_test(put_and_get),
		cmocka_unit_test(generations),
		cmocka_unit_test(lanes),
		cmocka_unit_test(changes),
		cmocka_unit_test(crowded),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
