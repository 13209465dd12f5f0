/* floor 2 · test_shm_kill: the shared memory and its file when processes die, at every instruction and at random. */
#include "tests/unit/shm_crew.h"

#include <signal.h>
#include <sys/ptrace.h>

/* Puts, gets, takes and forgets until it is killed; says so when it ever sees half an entry. */
static void churn(unsigned seed)
{
	struct shm *s = shm_attach(path, NULL, why, sizeof why);
	uint8_t name[32], p[SHM_ENTRY_MAX];
	uint64_t r = seed * 0x9e3779b97f4a7c15u + 1;
	size_t n;

	for (;;) {
		r = r * 6364136223846793005u + 1442695040888963407u;
		name_of((r >> 40) % 4, name); /* few names: collisions are the point */
		if (r >> 63) {
			n = entry_make(r >> 8, p);
			shm_put(s, name, p, n, shm_generation(s), clock_mono_ns() + 2 * SECOND);
		} else if (shm_get(s, name, p, sizeof p, &n, clock_mono_ns()) && !entry_whole(p, n)) {
			atomic_fetch_add(&board->torn, 1);
		}
		shm_take(s, 31337, 1000000, MINUTE, clock_mono_ns());
		if ((r >> 32) % 1000 == 0)
			shm_forget_all(s);
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

/* Everything works for every name within the time after which a dead writer's place is taken over. */
static void works_again(struct shm *s, uint64_t names)
{
	int64_t deadline = clock_mono_ns() + 10 * SECOND;
	uint8_t name[32], in[SHM_ENTRY_MAX], out[SHM_ENTRY_MAX];
	size_t n, size;

	for (uint64_t i = 0; i < names; i++)
		for (;;) {
			name_of(i, name);
			size = entry_make(i * 77 + 5, in);
			shm_put(s, name, in, size, shm_generation(s), clock_mono_ns() + 100 * SECOND);
			if (shm_get(s, name, out, sizeof out, &n, clock_mono_ns()) && n == size && !memcmp(in, out, n))
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

#define KILL_TAG 4242
#define KILL_QUOTA 50000

static void put_word(struct shm *s, uint64_t k, uint64_t word, int64_t now)
{
	uint8_t name[32];
	uint64_t in[8];

	name_of(k, name);
	for (int i = 0; i < 8; i++)
		in[i] = word;
	shm_put(s, name, in, sizeof in, shm_generation(s), now + 1000 * SECOND);
}

static void take_one(struct shm *s)
{
	if (shm_take(s, KILL_TAG, KILL_QUOTA, MINUTE, MINUTE).admitted)
		atomic_fetch_add(&board->admitted, 1);
}

/* One put over an entry that is there, and one take, under the eyes of a tracer. */
static void victim(struct shm *s, uint64_t k, int64_t now)
{
	put_word(s, 999999, 0, now); /* the dynamic linker has found everything before it gets interesting */
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

	return !ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

/* Absent, the old one or the new one; nothing else. */
static void old_or_new(struct shm *s, uint64_t k, int64_t now)
{
	uint8_t name[32], out[64];
	uint64_t first, word;
	size_t n;

	name_of(k, name);
	if (!shm_get(s, name, out, sizeof out, &n, now))
		return;
	assert_int_equal(n, 64);
	memcpy(&first, out, 8);
	assert_true(first == k || first == ~k);
	for (size_t i = 0; i < n; i += 8) {
		memcpy(&word, out + i, 8);
		assert_int_equal(word, first);
	}
}

/* A process that stands still looks to the others like one that died there: so after every single instruction the others are asked. */
static long watch(struct shm *s, int64_t now)
{
	pid_t pid = victim_start(s, 1, now);
	uint8_t name[32], out[64];
	long steps = 0;
	size_t n;

	if (pid < 0)
		return 0;
	for (; steps < 20000 && victim_step(pid); steps++) {
		old_or_new(s, 1, now);
		if (steps % 64 == 0) /* not each time: a compare-and-swap that always finds another value never ends */
			take_one(s);
		put_word(s, 2, (uint64_t)steps, now);
		name_of(2, name);
		assert_true(shm_get(s, name, out, sizeof out, &n, now));
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
	if (total < 50 || total == 20000) { /* tracing is not allowed, or this is an emulator */
		leave(s);
		skip();
	}
	before = atomic_load(&board->admitted);
	assert_int_equal(shm_take(s, KILL_TAG, KILL_QUOTA, MINUTE, MINUTE).remaining, KILL_QUOTA - 1 - before);
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

static ino_t inode(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void the_file(void **state)
{
	struct shm *s = attach();
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_in_range(st.st_size, 4 << 20, 6 << 20);
	assert_in_range(st.st_blocks, 0, 512); /* sparse */
	shm_take(s, 1, 10, MINUTE, 1);
	shm_detach(s);
	s = attach();
	assert_int_equal(shm_take(s, 1, 10, MINUTE, 1).remaining, 8); /* it outlives its processes */
	leave(s);
}

/* Bytes of the header spoiled, one kind after the other: each time a new file. */
static void misfits(void **state)
{
	char boot[64] = "", head[128];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	const char *at;

	(void)state;
	assert_int_equal(read(fd, boot, 36), 36);
	close(fd);
	for (int kind = 0; kind < 7; kind++) {
		struct shm *s = attach(), *next;
		ino_t before = inode();

		shm_take(s, 1, 10, MINUTE, MINUTE);
		fd = open(path, O_RDWR);
		assert_int_equal(pread(fd, head, sizeof head, 0), sizeof head);
		at = memmem(head, sizeof head, boot, 36);
		assert_non_null(at);
		if (kind < 3)
			assert_int_equal(pwrite(fd, "\xee", 1, kind * 8), 1); /* magic, version, size */
		else if (kind == 3)
			assert_int_equal(pwrite(fd, "00000000", 8, at - head), 8);
		else if (kind < 6)
			assert_int_equal(ftruncate(fd, kind == 4 ? 0 : 4096), 0);
		else
			assert_int_equal(fchmod(fd, 0620), 0);
		close(fd);
		next = attach();
		assert_true(inode() != before);
		assert_int_equal(shm_take(next, 1, 10, MINUTE, MINUTE).remaining, 9);
		shm_detach(next);
		leave(s);
	}
}

static void private_because(const char *where, const char *part)
{
	struct shm *s = shm_attach(where, NULL, why, sizeof why);
	uint8_t name[32] = {7}, out[4];
	size_t n;

	assert_false(shm_shared(s));
	if (!strstr(why, part))
		fail_msg("no %s in %s", part, why);
	assert_int_equal(shm_take(s, 1, 10, MINUTE, MINUTE).remaining, 9);
	shm_put(s, name, "abcd", 4, shm_generation(s), clock_mono_ns() + MINUTE);
	assert_true(shm_get(s, name, out, sizeof out, &n, clock_mono_ns()));
	shm_detach(s);
}

static void no_file(void **state)
{
	char link_path[80];

	(void)state;
	private_because("/nonexistent/folder/x", "/nonexistent/folder/x: No such file");
	private_because("", "No such file");
	private_because(NULL, "No such file");
	private_because("/dev/shm", "/dev/shm: ");
	private_because("/dev/null", "no plain file is /dev/null");
	snprintf(link_path, sizeof link_path, "%s.link", path);
	assert_int_equal(symlink(path, link_path), 0);
	private_because(link_path, "cannot open");
	unlink(link_path);
	assert_int_equal(mkfifo(path, 0600), 0);
	private_because(path, "no plain file");
	unlink(path);
}

/* A file that another user put there first could answer for any key: it is not used. */
static void squatter(void **state)
{
	struct shm *s;

	(void)state;
	if (geteuid() != 0)
		skip();
	s = attach();
	assert_int_equal(chown(path, 12345, 12345), 0);
	private_because(path, "another user owns");
	leave(s);
}

static void owner(void **state)
{
	char like[80];
	struct stat st;
	struct shm *s;
	ino_t before;

	(void)state;
	if (geteuid() != 0)
		skip();
	snprintf(like, sizeof like, "%s.key", path);
	close(open(like, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(chown(like, 12345, 23456), 0);
	s = attach(); /* root's, by mistake: of no use to the programs, so it is replaced */
	shm_detach(s);
	before = inode();
	for (int i = 0; i < 2; i++) {
		s = shm_attach(path, like, why, sizeof why);
		assert_true(shm_shared(s));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, 12345);
		assert_int_equal(st.st_gid, 23456);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_true(st.st_ino != before);
		shm_detach(s);
	}
	pid_t pid = fork();
	if (pid == 0) { /* and the programs join it */
		if (setgid(23456) || setuid(12345))
			_exit(2);
		s = shm_attach(path, like, why, sizeof why);
		_exit(shm_shared(s) && inode() == st.st_ino ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	unlink(like);
	unlink(path);
}

/* All at once, some of them finding a misfit: in the end one file, and everyone counts in it. */
static void create_together(int i)
{
	struct shm *s;

	(void)i;
	line_up(8);
	s = shm_attach(path, NULL, why, sizeof why);
	if (!shm_shared(s))
		_exit(1);
	if (shm_take(s, 5, 1000, MINUTE, MINUTE).admitted)
		atomic_fetch_add(&board->admitted, 1);
	shm_detach(s);
}

static void made_together(void **state)
{
	(void)state;
	for (int round = 0; round < 40; round++) {
		struct shm *s;

		memset(board, 0, sizeof *board);
		if (round % 2)
			close(open(path, O_CREAT | O_WRONLY, 0600)); /* empty: a misfit */
		forked(8, create_together);
		assert_int_equal(atomic_load(&board->admitted), 8);
		s = attach();
		assert_int_equal(shm_take(s, 5, 1000, MINUTE, MINUTE).remaining, 1000 - 9);
		leave(s);
	}
}

/* Killed while it attaches, again and again: what it left never keeps the next one from the file. */
static void killed_while_making(void **state)
{
	(void)state;
	for (useconds_t i = 0; i < 60; i++) {
		pid_t pid = fork();
		struct shm *s;
		char command[128];

		assert_true(pid >= 0);
		if (pid == 0)
			for (;;) {
				leave(shm_attach(path, NULL, why, sizeof why));
				close(open(path, O_CREAT | O_WRONLY, 0600));
			}
		usleep(300 + i * 31);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		s = attach();
		leave(s);
		snprintf(command, sizeof command, "rm -f %s.*", path); /* its temporary name, if it died between two calls */
		if (i == 59)
			assert_int_equal(system(command), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_random),
		cmocka_unit_test(killed_at_every_instruction),
		cmocka_unit_test(the_file),
		cmocka_unit_test(misfits),
		cmocka_unit_test(no_file),
		cmocka_unit_test(squatter),
		cmocka_unit_test(owner),
		cmocka_unit_test(made_together),
		cmocka_unit_test(killed_while_making),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
