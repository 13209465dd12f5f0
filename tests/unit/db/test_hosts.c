/* test_hosts: the list of hosts, its order, and what is known of hosts that failed. */
#include "common/db/hosts.h"

#include "common/base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_NS INT64_C(30000000000)

static const struct row {
	const char *list, *out; /* name|port of each */
} rows[] = {
	{"", "|0 "},
	{"db", "db|0 "},
	{"db:3307", "db|3307 "},
	{"10.0.0.1:3306,10.0.0.2", "10.0.0.1|3306 10.0.0.2|0 "},
	{" a , b:1,,c ", "a|0 b|1 c|0 "},
	{"::1", "::1|0 "},
	{"[::1]", "::1|0 "},
	{"[::1]:3306,[fe80::1]:1", "::1|3306 fe80::1|1 "},
	{"localhost", "localhost|0 "},
};

static void parsing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config c = {.db_host = strdup(rows[i].list)};
		struct hosts *h = hosts_new(&c);
		const struct host *host;
		char out[200] = "";
		size_t n = 0;
		while ((host = hosts_pick(h, n))) {
			size_t at = strlen(out);
			snprintf(out + at, sizeof out - at, "%s|%u ", host->name, host->port);
			n++;
		}
		assert_string_equal(out, rows[i].out);
		assert_int_equal(n, hosts_count(h));
		hosts_free(h);
		free(c.db_host);
	}
}

static void assert_order(struct hosts *h, const char *wanted)
{
	char out[100] = "";
	const struct host *host;
	for (size_t n = 0; (host = hosts_pick(h, n)); n++)
		strcat(out, host->name);
	assert_string_equal(out, wanted);
}

static void failed_ones_last(void **state)
{
	struct config c = {.db_host = (char[]){"a,b,c"}};
	struct hosts *h = hosts_new(&c);
	(void)state;
	assert_order(h, "abc");
	hosts_failed(h, hosts_pick(h, 0));
	assert_order(h, "bca");
	hosts_failed(h, hosts_pick(h, 0));
	assert_order(h, "cab");
	hosts_works(h, hosts_pick(h, 2));
	assert_order(h, "bca");
	hosts_failed(h, hosts_pick(h, 0));
	hosts_failed(h, hosts_pick(h, 0));
	assert_order(h, "abc"); /* all of them */
	hosts_free(h);
}

static void shared(void **state)
{
	char path[] = "/tmp/tg-test-hosts.XXXXXX", why[200];
	int fd = mkstemp(path);
	struct config c = {.db_host = (char[]){"a,b"}};
	struct hosts *one = hosts_new(&c), *two = hosts_new(&c);
	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	struct shm *s = shm_attach(path, path, why, sizeof why),
		   *t = shm_attach(path, path, why, sizeof why);
	assert_true(shm_shared(s) && shm_shared(t));
	hosts_share(one, s);
	hosts_share(two, t);
	hosts_failed(one, hosts_pick(one, 0));
	assert_order(two, "ba");
	hosts_works(two, hosts_pick(two, 1));
	assert_order(one, "ab");
	hosts_free(one);
	hosts_free(two);
	shm_detach(s);
	shm_detach(t);
	unlink(path);
}

/* A server on a free port, which accepts connections in the kernel only. */
static int server(char *list, size_t size)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 5) == 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	snprintf(list, size, "127.0.0.1:%d,other", ntohs(at.sin_port));
	return fd;
}

/* A host that failed is preferred again when it greets, and not when it only accepts. */
static void preferred_again(void **state)
{
	char list[60];
	int fd = server(list, sizeof list);
	struct config c = {.db_host = list};
	struct hosts *h = hosts_new(&c);
	const struct host *first = hosts_pick(h, 0), *second = hosts_pick(h, 1), *found = NULL;
	(void)state;
	assert_null(hosts_preferred(h, first));
	assert_ptr_equal(hosts_preferred(h, second), first); /* not marked */
	hosts_failed(h, first);
	int64_t end = clock_mono_ns() + PATIENCE_NS;
	int client = -1, probes = 0;
	while (!found && clock_mono_ns() < end) {
		found = hosts_preferred(h, second);
		int got = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (got >= 0) {
			probes++;
			assert_null(found);
			client = got;
			if (probes == 2) /* the first probe gets no greeting */
				assert_int_equal(write(client, "x", 1), 1);
		}
		clock_pause_ms(20);
	}
	assert_ptr_equal(found, first);
	assert_int_equal(probes, 2);
	close(client);
	close(fd);
	hosts_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(failed_ones_last),
		cmocka_unit_test(shared),
		cmocka_unit_test(preferred_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
