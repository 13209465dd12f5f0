/* test_shm_kill: the shared memory when processes die or stand still, at every
 * instruction and at random. */
#include "common/runtime/shm_layout.h"
#include "tests/unit/runtime/shm_crew.h"

#include <signal.h>
#include <sys/ptrace.h>

/* Puts, gets, takes and forgets until it is killed; says so when it ever sees half an entry. */
static void churn(unsigned seed)
{
	struct shm *s = shm_attach(path, NULL, why, sizeof why);
	uint8_t name[32], p[SHM_KEY_MAX];
	uint64_t r = seed * 0x9e3779b97f4a7c15u + 1;
	size_t n;

	for (;;) {
		r = r * 6364136223846793005u + 1442695040888963407u;
		name_of((r >> 40) % 4, name); /* few names: collisions are the point */
		if (r >> 63) {
			n = entry_make(r >> 8, p);
			PUT(s, SHM_CACHE_KEYS, 0, name, p, n, shm_generation(s, 0),
				clock_mono_ns() + 2 * SECOND);
		} else if (GET(s, SHM_CACHE_KEYS, 0, name, p, sizeof p, &n, clock_mono_ns()) &&
			!entry_whole(p, n)) {
			atomic_fetch_add(&board->torn, 1);
		}
		shm_consume(s, 31337, 1000000, MINUTE, clock_mono_ns());
		if ((r >> 32) % 1000 == 0)
			shm_invalidate(s, 0);
		atomic_fetch_add(&board->ready, 1);
	}
}

static pid_t churn_start(unsigned seed)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		churn(seed);
		_exit(1);
	}
	return pid;
}

/* Everything works for every name within the time after which a dead writer's place is taken over.
 */
static void works_again(struct shm *s, uint64_t names)
{
	int64_t deadline = clock_mono_ns() + 10 * SECOND;
	uint8_t name[32], in[SHM_KEY_MAX], out[SHM_KEY_MAX];
	size_t n, size;

	for (uint64_t i = 0; i < names; i++)
		for (;;) {
			name_of(i, name);
			size = entry_make(i * 77 + 5, in);
			PUT(s, SHM_CACHE_KEYS, 0, name, in, size, shm_generation(s, 0),
				clock_mono_ns() + 100 * SECOND);
			if (GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, clock_mono_ns()) &&
				n == size && !memcmp(in, out, n))
				break;
			assert_true(clock_mono_ns() < deadline);
			usleep(10000);
		}
}

static void killed_at_random(void **state)
{
	struct shm *s = attach();
	pid_t pids[3];
	unsigned seed = 1;
	int64_t seen;

	(void)state;
	memset(board, 0, sizeof *board);
	for (int i = 0; i < 3; i++)
		pids[i] = churn_start(seed++);
	for (int round = 0; round < 120; round++) {
		seen = atomic_load(&board->ready);
		while (atomic_load(&board->ready) < seen + 50 + round)
			usleep(200 + (unsigned)round * 7 % 100);
		kill(pids[round % 3], SIGKILL);
		assert_int_equal(waitpid(pids[round % 3], NULL, 0), pids[round % 3]);
		pids[round % 3] = churn_start(seed++);
	}
	for (int i = 0; i < 3; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	assert_int_equal(atomic_load(&board->torn), 0);
	works_again(s, 8);
	leave(s);
}

#define MOST_STEPS 200000 /* a program that is instrumented takes many */
#define KILL_TAG 4242
#define KILL_QUOTA 50000

static void put_word(struct shm *s, uint64_t k, uint64_t word, int64_t now)
{
	uint8_t name[32];
	uint64_t in[8];

	name_of(k, name);
	for (int i = 0; i < 8; i++)
		in[i] = word;
	PUT(s, SHM_CACHE_KEYS, 0, name, in, sizeof in, shm_generation(s, 0), now + 1000 * SECOND);
}

static void take_one(struct shm *s)
{
	if (shm_consume(s, KILL_TAG, KILL_QUOTA, MINUTE, MINUTE).admitted)
		atomic_fetch_add(&board->admitted, 1);
}

/* One put over an entry that is there, and one take, under the eyes of a tracer. */
static void victim(struct shm *s, uint64_t k, int64_t now)
{
	/* the dynamic linker has found everything before it gets interesting */
	put_word(s, 999999, 0, now);
	take_one(s);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(3);
	raise(SIGSTOP);
	put_word(s, k, k, now);
	take_one(s);
	_exit(0);
}

/* A victim at its first instruction, or -1 when there is no tracing here. */
static pid_t victim_start(struct shm *s, uint64_t k, int64_t now)
{
	pid_t pid;
	int status = 0;

	put_word(s, k, ~k, now);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		victim(s, k, now);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSTOPPED(status) ? pid : -1;
}

static bool victim_step(pid_t pid)
{
	int status = 0;

	return !ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) && waitpid(pid, &status, 0) == pid &&
		WIFSTOPPED(status);
}

/* Absent, the old one or the new one; nothing else. */
static void old_or_new(struct shm *s, uint64_t k, int64_t now)
{
	uint8_t name[32], out[64];
	uint64_t first, word;
	size_t n;

	name_of(k, name);
	if (!GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now))
		return;
	assert_int_equal(n, 64);
	memcpy(&first, out, 8);
	assert_true(first == k || first == ~k);
	for (size_t i = 0; i < n; i += 8) {
		memcpy(&word, out + i, 8);
		assert_int_equal(word, first);
	}
}

/* A process that stands still looks to the others like one that died there: so after every single
 * instruction the others are asked. */
static long watch(struct shm *s, int64_t now)
{
	pid_t pid = victim_start(s, 1, now);
	uint8_t name[32], out[64];
	long steps = 0;
	size_t n;

	if (pid < 0)
		return 0;
	for (; steps < MOST_STEPS && victim_step(pid); steps++) {
		old_or_new(s, 1, now);
		/* not each time: a compare-and-swap that always finds another value never ends */
		if (steps % 64 == 0)
			take_one(s);
		put_word(s, 2, (uint64_t)steps, now);
		name_of(2, name);
		assert_true(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, now));
		assert_memory_equal(out, &steps, 8);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return steps;
}

static void killed_at_every_instruction(void **state)
{
	struct shm *s = attach();
	int64_t now = clock_mono_ns(), before;
	long total;

	(void)state;
	memset(board, 0, sizeof *board);
	total = watch(s, now);
	if (total < 50 ||
		total == MOST_STEPS) { /* tracing is not allowed, or this is an emulator */
		leave(s);
		skip();
	}
	before = atomic_load(&board->admitted);
	assert_int_equal(shm_consume(s, KILL_TAG, KILL_QUOTA, MINUTE, MINUTE).remaining,
		KILL_QUOTA - 1 - before);
	for (long k = 1; k < total; k += total / 30) {
		pid_t pid = victim_start(s, (uint64_t)k + 100, now);

		assert_true(pid > 0);
		for (long i = 0; i < k && victim_step(pid); i++)
			;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		old_or_new(s, (uint64_t)k + 100, now);
	}
	works_again(s, (uint64_t)total + 100);
	leave(s);
}

/* --- two processes and one caller's first hit: every interleaving that matters --- */

#define FRESH 77
#define FRESH_QUOTA 20

static struct limit *fresh_set(struct shm *s)
{
	shm_consume(s, FRESH, FRESH_QUOTA, MINUTE, MINUTE);
	for (size_t i = 0; i < SHM_LIMITS; i++)
		if (atomic_load(&s->map->limits[i].tag) == FRESH)
			return &s->map->limits[i / SHM_WAYS * SHM_WAYS];
	return NULL;
}

/* Its owner comes back, so that another place is the stalest from here on; then the same caller
 * calls here, too. */
static void claim_elsewhere(struct shm *s, struct limit *set)
{
	if (atomic_load(&set[0].tag) == 101)
		atomic_store(&set[0].tat, MINUTE);
	if (shm_consume(s, FRESH, FRESH_QUOTA, MINUTE, MINUTE).admitted)
		atomic_fetch_add(&board->admitted, 1);
}

/* The place is claimed, not yet counted in: to others it looks stale, and one of them takes it. */
static void claim_from_under(struct shm *s, struct limit *set)
{
	uint64_t tag = FRESH;

	(void)s;
	if (atomic_load(&set[0].tat) <= MINUTE)
		atomic_compare_exchange_strong(&set[0].tag, &tag, 555);
}

/* False when the victim ended before its step `k`. */
static bool interleave(
	struct shm *s, struct limit *set, long k, void (*meanwhile)(struct shm *, struct limit *))
{
	pid_t pid = fork();
	int status = 0;
	bool more = true;

	assert_true(pid >= 0);
	memset(board, 0, sizeof *board);
	for (int i = 0; i < SHM_WAYS; i++) {
		atomic_store(&set[i].tag, (uint64_t)(101 + i));
		atomic_store(&set[i].tat, MINUTE - 100 + i);
	}
	if (pid == 0) {
		shm_consume(s, 12, FRESH_QUOTA, MINUTE, MINUTE);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(3);
		raise(SIGSTOP);
		if (shm_consume(s, FRESH, FRESH_QUOTA, MINUTE, MINUTE).admitted)
			atomic_fetch_add(&board->admitted, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (long i = 0; WIFSTOPPED(status) && i < k && more; i++)
		more = victim_step(pid);
	if (WIFSTOPPED(status) && more) {
		meanwhile(s, set);
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		waitpid(pid, &status, 0);
	}
	while (shm_consume(s, FRESH, FRESH_QUOTA, MINUTE, MINUTE).admitted)
		atomic_fetch_add(&board->admitted, 1);
	return more && WIFEXITED(status) && WEXITSTATUS(status) == 0 && k < 3000;
}

static void first_hits(void **state)
{
	void (*const meanwhile[])(struct shm *, struct limit *) = {
		claim_elsewhere, claim_from_under};

	(void)state;
	for (size_t m = 0; m < 2; m++) {
		struct shm *s = attach();
		struct limit *set = fresh_set(s);

		/* one too few at most, when a hit was counted again after its place was gone */
		for (long k = 0; interleave(s, set, k, meanwhile[m]); k += 1 + k / 40)
			assert_in_range(
				atomic_load(&board->admitted), FRESH_QUOTA - 1, FRESH_QUOTA);
		leave(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_random),
		cmocka_unit_test(killed_at_every_instruction),
		cmocka_unit_test(first_hits),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
