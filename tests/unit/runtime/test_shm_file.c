/* test_shm_file: who makes the file, who may use it, when it is replaced. */
#include "tests/unit/runtime/shm_crew.h"

#include <signal.h>

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
	assert_in_range(st.st_size, 16 << 20, 20 << 20);
	/* all of it is there: a full disk shows at once, not as a SIGBUS */
	assert_true((off_t)st.st_blocks * 512 >= st.st_size);
	shm_consume(s, 1, 10, MINUTE, 1);
	shm_detach(s);
	s = attach();
	/* it outlives its processes */
	assert_int_equal(shm_consume(s, 1, 10, MINUTE, 1).remaining, 8);
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

		shm_consume(s, 1, 10, MINUTE, MINUTE);
		fd = open(path, O_RDWR);
		assert_int_equal(pread(fd, head, sizeof head, 0), sizeof head);
		at = memmem(head, sizeof head, boot, 36);
		assert_non_null(at);
		if (kind < 3)
			/* magic, version, size */
			assert_int_equal(pwrite(fd, "\xee", 1, kind * 8), 1);
		else if (kind == 3)
			assert_int_equal(pwrite(fd, "00000000", 8, at - head), 8);
		else if (kind < 6)
			assert_int_equal(ftruncate(fd, kind == 4 ? 0 : 4096), 0);
		else
			assert_int_equal(fchmod(fd, 0620), 0);
		close(fd);
		next = attach();
		assert_true(inode() != before);
		assert_int_equal(shm_consume(next, 1, 10, MINUTE, MINUTE).remaining, 9);
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
	assert_int_equal(shm_consume(s, 1, 10, MINUTE, MINUTE).remaining, 9);
	PUT(s, SHM_CACHE_KEYS, 0, name, "abcd", 4, shm_generation(s, 0), clock_mono_ns() + MINUTE);
	assert_true(GET(s, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, clock_mono_ns()));
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
	private_because("/dev/null", "not a regular file: /dev/null");
	snprintf(link_path, sizeof link_path, "%s.link", path);
	assert_int_equal(symlink(path, link_path), 0);
	private_because(link_path, "cannot open");
	unlink(link_path);
	assert_int_equal(mkfifo(path, 0600), 0);
	private_because(path, "not a regular file");
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
	int status;
	pid_t pid;

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
	pid = fork();
	if (pid == 0) { /* and the programs join it */
		if (setgid(23456) || setuid(12345))
			_exit(2);
		s = shm_attach(path, like, why, sizeof why);
		status = shm_shared(s) && inode() == st.st_ino ? 0 : 1;
		shm_detach(s);
		_exit(status);
	}
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
	if (shm_consume(s, 5, 1000, MINUTE, MINUTE).admitted)
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
		assert_int_equal(shm_consume(s, 5, 1000, MINUTE, MINUTE).remaining, 1000 - 9);
		leave(s);
	}
}

/* Killed while it attaches, again and again: what it left never keeps the next one from the file.
 */
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
		/* its temporary name, if it died between two calls */
		snprintf(command, sizeof command, "rm -f %s.*", path);
		if (i == 59)
			assert_int_equal(system(command), 0);
	}
}

/* The file is removed or replaced under a process that runs on: it follows, and everybody counts
 * and forgets together again. */
static void follow(void **state)
{
	struct shm *a = attach(), *b;
	ino_t before = inode();
	uint8_t name[32] = {7}, out[4];
	size_t n;

	(void)state;
	shm_consume(a, 1, 10, MINUTE, MINUTE);
	shm_reattach(a, MINUTE);
	assert_int_equal(inode(), before); /* nothing to follow */
	unlink(path);
	b = attach();
	assert_int_equal(shm_consume(b, 1, 10, MINUTE, MINUTE).remaining, 9);
	shm_reattach(a, MINUTE + 1);
	assert_int_equal(shm_consume(a, 1, 10, MINUTE, MINUTE).remaining, 8); /* not looked yet */
	shm_reattach(a, MINUTE + 1000000000);
	assert_int_equal(shm_consume(a, 1, 10, MINUTE, MINUTE).remaining, 8);
	assert_int_equal(shm_consume(b, 1, 10, MINUTE, MINUTE).remaining, 7);
	PUT(a, SHM_CACHE_KEYS, 0, name, "abcd", 4, shm_generation(a, 0), clock_mono_ns() + MINUTE);
	assert_true(GET(b, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, clock_mono_ns()));
	shm_invalidate(b, 0);
	assert_false(GET(a, SHM_CACHE_KEYS, 0, name, out, sizeof out, &n, clock_mono_ns()));
	unlink(path); /* nobody makes a new one: the follower does */
	shm_reattach(a, MINUTE + INT64_C(2000000001));
	assert_true(shm_shared(a) && inode() != 0);
	shm_detach(b);
	leave(a);
}

/* Without a file at first; when there can be one, it is found. */
static void follow_later(void **state)
{
	char folder[] = "/tmp/shm-later-XXXXXX", place[64];
	struct shm *a, *b;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(rmdir(folder), 0);
	snprintf(place, sizeof place, "%s/shm", folder);
	a = shm_attach(place, NULL, why, sizeof why);
	shm_reattach(a, MINUTE);
	assert_false(shm_shared(a));
	assert_int_equal(mkdir(folder, 0700), 0);
	shm_reattach(a, MINUTE + INT64_C(10000000000));
	assert_true(shm_shared(a));
	b = shm_attach(place, NULL, why, sizeof why);
	assert_int_equal(shm_consume(a, 1, 10, MINUTE, MINUTE).remaining, 9);
	assert_int_equal(shm_consume(b, 1, 10, MINUTE, MINUTE).remaining, 8);
	shm_detach(a);
	shm_detach(b);
	unlink(place);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file),
		cmocka_unit_test(misfits),
		cmocka_unit_test(no_file),
		cmocka_unit_test(squatter),
		cmocka_unit_test(owner),
		cmocka_unit_test(made_together),
		cmocka_unit_test(follow),
		cmocka_unit_test(follow_later),
		cmocka_unit_test(killed_while_making),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
