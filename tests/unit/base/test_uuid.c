/* test_uuid: order and uniqueness of ids over processes, and fair random words. */
/* The file itself, so that its clock can be stopped and set back; the library's copy is then not
 * linked. */
#define clock_now test_clock_now
#include "common/base/uuid.c"

#include "tests/unit/cases.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t stopped_at; /* 0: the clock runs */

int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return stopped_at ? stopped_at : (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t ms_of(const struct uuid *u)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | u->b[i];
	return ms;
}

static struct uuid make_in_order(int count)
{
	struct uuid last = uuid_make(), u;

	for (int i = 0; i < count; i++) {
		u = uuid_make();
		assert_true(memcmp(u.b, last.b, 16) > 0);
		assert_int_equal(u.b[6] >> 4, 7);
		assert_int_equal(u.b[8] >> 6, 2);
		last = u;
	}
	return last;
}

static void in_order(void **state)
{
	int64_t start = clock_now();
	struct uuid last = make_in_order(50000);

	(void)state;
	assert_in_range(ms_of(&last), start, clock_now());
}

/* More ids than the counter has values: the time in them runs ahead, but not far. Then the clock
 * goes back, and on again. */
static void clock_stopped_and_set_back(void **state)
{
	int64_t start = clock_now() + 10;
	struct uuid last;

	(void)state;
	stopped_at = start;
	last = make_in_order(20000);
	assert_in_range(ms_of(&last), start + 4, start + 5);
	stopped_at -= 3600000;
	last = make_in_order(10000);
	assert_in_range(ms_of(&last), start + 6, start + 8);
	stopped_at = start + 1000;
	last = make_in_order(10);
	assert_int_equal(ms_of(&last), start + 1000);
	stopped_at = 0;
}

#define CHILDREN 8
#define EACH 2000

static int by_bytes(const void *a, const void *b)
{
	return memcmp((const struct uuid *)a, (const struct uuid *)b, sizeof(struct uuid));
}

static void write_ids(int fd)
{
	static struct uuid mine[EACH];

	for (int i = 0; i < EACH; i++)
		mine[i] = uuid_make();
	for (size_t done = 0; done < sizeof mine;) {
		ssize_t n = write(fd, (char *)mine + done, sizeof mine - done);

		if (n <= 0)
			_exit(1);
		done += (size_t)n;
	}
	_exit(0);
}

static size_t read_ids(int fd, struct uuid *out, size_t room)
{
	size_t done = 0;
	ssize_t n;

	while (done < room && (n = read(fd, (char *)out + done, room - done)) > 0)
		done += (size_t)n;
	close(fd);
	return done;
}

/* All children start from the same inherited state. */
static void forked(void **state)
{
	static struct uuid ids[CHILDREN * EACH];
	int fds[CHILDREN][2], status;

	(void)state;
	uuid_make();
	for (int i = 0; i < CHILDREN; i++) {
		assert_int_equal(pipe(fds[i]), 0);
		if (fork() == 0)
			write_ids(fds[i][1]);
		close(fds[i][1]);
	}
	for (int i = 0; i < CHILDREN; i++)
		assert_int_equal(read_ids(fds[i][0], ids + (size_t)i * EACH, EACH * sizeof *ids),
			EACH * sizeof *ids);
	for (int i = 0; i < CHILDREN; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	qsort(ids, CHILDREN * EACH, sizeof *ids, by_bytes);
	for (int i = 1; i < CHILDREN * EACH; i++)
		assert_false(uuid_equal(&ids[i - 1], &ids[i]));
	/* The random parts alone differ too: neither time nor counter is what keeps processes
	 * apart. */
	for (int i = 0; i < CHILDREN * EACH; i++)
		memset(ids[i].b, 0, 8);
	qsort(ids, CHILDREN * EACH, sizeof *ids, by_bytes);
	for (int i = 1; i < CHILDREN * EACH; i++)
		assert_false(uuid_equal(&ids[i - 1], &ids[i]));
}

static void print_and_parse(void **state)
{
	/* RFC 9562 appendix A.6 */
	static const char text[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	char out[UUID_TEXT + 1], copy[UUID_TEXT + 2];
	struct uuid u, v = {{0}};

	(void)state;
	assert_true(uuid_parse(text, UUID_TEXT, &u));
	assert_int_equal(ms_of(&u), INT64_C(1645557742000));
	uuid_print(&u, out);
	assert_string_equal(out, text);
	assert_true(uuid_parse("017F22E2-79B0-7cC3-98C4-DC0C0C07398F", UUID_TEXT, &v));
	assert_true(uuid_equal(&u, &v));
	assert_true(uuid_parse("00000000-0000-0000-0000-000000000000", UUID_TEXT, &v));
	assert_false(uuid_equal(&u, &v));
	assert_true(uuid_parse("ffffffff-ffff-ffff-ffff-ffffffffffff", UUID_TEXT, &v));
	for (int i = 0; i < UUID_TEXT; i++)
		for (int b = 0; b < 256; b++) {
			bool dash = text[i] == '-', hex = b && strchr("0123456789abcdefABCDEF", b);

			memcpy(copy, text, sizeof text);
			copy[i] = (char)b;
			assert_int_equal(uuid_parse(copy, UUID_TEXT, &v), dash ? b == '-' : hex);
		}
	for (size_t n = 0; n < UUID_TEXT; n++)
		assert_false(uuid_parse(text, n, &v));
	assert_false(uuid_parse("{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", 38, &v));
	assert_false(uuid_parse("017f22e279b07cc398c4dc0c0c07398f", 32, &v));
	assert_false(uuid_parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", 37, &v));
}

static void by_chance(void **state)
{
	struct uuid before = uuid_random();
	unsigned char seen[16] = {0}, always[16];

	(void)state;
	memset(always, 0xff, sizeof always);
	for (int i = 0; i < 1000; i++) {
		struct uuid u = uuid_random();
		assert_true(uuid_is_random(&u));
		assert_false(uuid_equal(&u, &before));
		for (int k = 0; k < 16; k++) {
			seen[k] |= u.b[k];
			always[k] &= u.b[k];
		}
		before = u;
		u = uuid_make();
		assert_false(uuid_is_random(&u));
	}
	/* every bit comes both ways but the six of version and variant (RFC 9562, section 4) */
	static const uint8_t zero[16] = {[6] = 0xb0, [8] = 0x40},
			     one[16] = {[6] = 0x40, [8] = 0x80};
	for (int k = 0; k < 16; k++) {
		assert_int_equal(seen[k], 0xff & ~zero[k]);
		assert_int_equal(always[k], one[k]);
	}
}

/* A refused text leaves the id alone. */
static void refused_is_not_stored(void **state)
{
	struct uuid u = uuid_make(), was = u;

	(void)state;
	assert_false(uuid_parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398x", UUID_TEXT, &u));
	assert_true(uuid_equal(&u, &was));
}

/* Six standard deviations: wrong once in a hundred million runs, but a modulo instead of a
 * rejection is always seen. */
static void even(const char *alphabet)
{
	enum { DRAWS = 100000 };
	static char word[DRAWS + 1];
	double k = (double)strlen(alphabet), mean = DRAWS / k;
	int count[256] = {0};

	random_word(alphabet, word, DRAWS);
	assert_int_equal(strlen(word), DRAWS);
	for (int i = 0; i < DRAWS; i++)
		count[(unsigned char)word[i]]++;
	for (const char *c = alphabet; *c; c++) {
		double off = count[(unsigned char)*c] - mean;

		assert_true(off * off < 36 * mean * (1 - 1 / k));
		count[(unsigned char)*c] = 0;
	}
	for (int i = 0; i < 256; i++)
		assert_int_equal(count[i], 0);
}

static void words(void **state)
{
	char all[256], out[2] = "x";

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	even(BASE62);
	even("ab");
	even("abc");
	even(all);
	all[129] = '\0';
	even(all);
	random_word("ab", out, 0);
	assert_int_equal(out[0], '\0');
}

static void request_ids(void **state)
{
	char a[REQUEST_ID + 1], b[REQUEST_ID + 1];

	(void)state;
	request_id_make(a);
	request_id_make(b);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), REQUEST_ID);
	assert_int_equal(strncmp(a, "req_", 4), 0);
	assert_int_equal(strspn(a + 4, "0123456789abcdefghijklmnopqrstuvwxyz"), 12);
}

/* No two of many are the same, also those of a child and its parent after a fork. */
static void request_ids_differ(void **state)
{
	enum { MANY = 300 };
	static char ids[2][MANY][REQUEST_ID + 1];
	char(*all)[REQUEST_ID + 1] = (char(*)[REQUEST_ID + 1]) ids;
	int ends[2], status;

	(void)state;
	request_id_make(all[0]);
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	for (int i = 0; i < MANY; i++)
		request_id_make(ids[0][i]);
	if (child == 0)
		_exit(write(ends[1], ids[0], sizeof ids[0]) != sizeof ids[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], ids[1], sizeof ids[1]), sizeof ids[1]);
	for (int i = 0; i < 2 * MANY; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(all[i], all[k]);
	close(ends[0]);
	close(ends[1]);
}

/* Between its bounds lies every id of a millisecond, and none of its neighbours. */
static void bounds(void **state)
{
	static const int64_t times[] = {0, 1, 1614265330000, UUID_TIME_MAX - 1};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct uuid first = uuid_of_time(times[i], false),
			    last = uuid_of_time(times[i], true),
			    next = uuid_of_time(times[i] + 1, false);

		assert_int_equal(ms_of(&first), times[i]);
		assert_int_equal(ms_of(&last), times[i]);
		assert_true(memcmp(first.b, last.b, 16) < 0 && memcmp(last.b, next.b, 16) < 0);
	}
	stopped_at = clock_now() + 60000;
	struct uuid u = uuid_make(), first = uuid_of_time(stopped_at, false),
		    last = uuid_of_time(stopped_at, true), none = {{0}},
		    before = uuid_of_time(-1, true);
	stopped_at = 0;
	assert_true(memcmp(first.b, u.b, 16) < 0 && memcmp(u.b, last.b, 16) < 0);
	assert_true(uuid_equal(&before, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(clock_stopped_and_set_back),
		cmocka_unit_test(forked),
		cmocka_unit_test(print_and_parse),
		cmocka_unit_test(by_chance),
		cmocka_unit_test(refused_is_not_stored),
		cmocka_unit_test(words),
		cmocka_unit_test(request_ids),
		cmocka_unit_test(request_ids_differ),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
