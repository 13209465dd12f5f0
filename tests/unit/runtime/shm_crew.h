/* shm_crew: what the tests of the shared memory have in common. */
#ifndef TG_UNIT_RUNTIME_SHM_CREW_H
#define TG_UNIT_RUNTIME_SHM_CREW_H

#include "common/runtime/shm.h"

#include "common/base/clock.h"
#include "tests/unit/cases.h"

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)

static char path[64];
static char why[512];

/* What the children of a test tell their parent. */
static struct board {
	_Atomic int64_t now, admitted, torn, ready, go, last;
} * board;

static inline int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/dev/shm/test_shm.%ld", (long)getpid());
	board = mmap(
		NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return board == MAP_FAILED;
}

static inline struct shm *attach(void)
{
	struct shm *s = shm_attach(path, NULL, why, sizeof why);

	if (!shm_shared(s))
		fail_msg("%s", why);
	assert_string_equal(why, "");
	return s;
}

static inline void leave(struct shm *s)
{
	shm_detach(s);
	unlink(path);
}

static inline void name_of(uint64_t i, uint8_t name[32])
{
	for (int k = 0; k < 32; k++)
		name[k] = (uint8_t)((i * 0x9e3779b97f4a7c15u + (uint64_t)k * 0x632be59bd9b4e019u) >>
			33);
	memcpy(name + 24, &i, 8);
}

/* Entries say of themselves whether they are whole: every byte follows from the first eight and the
 * length. */
static inline size_t entry_make(uint64_t seed, uint8_t p[SHM_KEY_MAX])
{
	size_t n = 16 + seed % (SHM_KEY_MAX - 15);
	uint64_t length = n;

	for (size_t i = 16; i < n; i++)
		p[i] = (uint8_t)((seed >> i % 8 * 8) + i);
	memcpy(p, &seed, 8);
	memcpy(p + 8, &length, 8);
	return n;
}

static inline bool entry_whole(const uint8_t *p, size_t n)
{
	uint8_t want[SHM_KEY_MAX];
	uint64_t seed;

	if (n < 16)
		return false;
	memcpy(&seed, p, 8);
	return entry_make(seed, want) == n && !memcmp(p, want, n);
}

static inline void forked(int count, void (*child)(int))
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			child(i);
			_exit(0);
		}
	}
	for (int i = 0; i < count; i++) {
		int status = -1;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
}

static inline void line_up(int count)
{
	atomic_fetch_add(&board->ready, 1);
	while (atomic_load(&board->ready) < count)
		sched_yield();
}

/* shm_get and shm_put with everything in one line. */
#define GET(shm, cache, scope, name, out, size, n, now)                                           \
	get_into(shm, &(struct shm_key){cache, scope, name}, &(struct shm_room){out, size, 0}, n, \
		now)
#define PUT(shm, cache, scope, name, p, n, generation, expires)                              \
	shm_put(shm, &(struct shm_key){cache, scope, name}, (struct span){p, n}, generation, \
		expires)
static inline bool get_into(
	struct shm *s, const struct shm_key *key, struct shm_room *room, size_t *n, int64_t now)
{
	bool there = shm_get(s, key, room, now);
	*n = room->n;
	return there;
}

#endif
