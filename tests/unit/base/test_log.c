/* test_log: whatever bytes go in, one line of valid JSON in UTF-8 comes out. */
#include "common/base/log.h"

#include "common/text/json_check.h"
#include "tests/unit/cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64];
static char text[1 << 20];

static int make_file(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof path, "/tmp/test_log.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	log_program("events");
	log_open(path, LOG_DEBUG);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	log_open(NULL, LOG_INFO);
	return unlink(path);
}

/* Everything written since the last call. */
static size_t take(void)
{
	int fd = open(path, O_RDWR);
	ssize_t n = read(fd, text, sizeof text - 1);

	assert_true(n >= 0);
	text[n] = 0;
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	return (size_t)n;
}

/* One line, of JSON, not longer than 4 KiB. */
static void take_line(void)
{
	size_t n = take(), characters;
	struct json_fault fault;

	assert_in_range(n, 2, 4096);
	assert_ptr_equal(strchr(text, '\n'), text + n - 1);
	if (!json_check(text, n, SIZE_MAX, &fault))
		fail_msg("%s at byte %zu of %s", fault.what, fault.at, text);
	assert_true(utf8_valid(text, n, &characters));
}

static void has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static void members(void **state)
{
	char pid[32];

	(void)state;
	log_request("req_0123456789ab");
	log_msg(LOG_WARN, "%d of %s", 3, "four");
	take_line();
	assert_memory_equal(text, "{\"time\":\"20", 11);
	snprintf(pid, sizeof pid, "\"pid\":%ld,", (long)getpid());
	has(pid);
	has("Z\",\"level\":\"warn\",\"program\":\"events\",\"pid\":");
	has(",\"requestId\":\"req_0123456789ab\",\"message\":\"3 of four\"}\n");
	log_request(NULL);
	log_msg(LOG_DEBUG, "%s", "");
	take_line();
	has("\"level\":\"debug\"");
	has("\"message\":\"\"}");
	assert_null(strstr(text, "requestId"));
}

static void escapes(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"a\"b\\c/d", "a\\\"b\\\\c/d"},
		{"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
		{"\x01\x1f\x7f", "\\u0001\\u001f\\u007f"},
		{"\xc3\xb1 \xe2\x82\xb1 \xf0\x9f\x8e\xab",
			"\xc3\xb1 \xe2\x82\xb1 \xf0\x9f\x8e\xab"},
		{"\xff", "\xef\xbf\xbd"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
		{"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
		/* past U+10FFFF */
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		/* cut off: one for each byte */
		{"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x82z", "\xef\xbf\xbd\xef\xbf\xbdz"},
		{"\xf0\x9f\x8e\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\\""},
		{"\x80\xbf", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
			"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"},
	};
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		log_msg(LOG_INFO, "%s", cases[i].in);
		take_line();
		snprintf(want, sizeof want, "\"message\":\"%s\"}", cases[i].out);
		has(want);
	}
}

static void any_bytes(void **state)
{
	char junk[300];
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct log_access a = {.method = junk,
			.path = junk + 10,
			.client = junk + 20,
			.key = junk + 30,
			.code = junk + 40};

		for (size_t i = 0; i < sizeof junk - 1; i++) {
			seed = seed * 1103515245 + 12345;
			junk[i] = (char)((seed >> 16) % 255 + 1);
		}
		junk[sizeof junk - 1] = 0;
		log_msg(LOG_INFO, "%s", junk);
		take_line();
		log_access(&a);
		take_line();
	}
}

/* Cut between characters and escapes, wherever the limit falls. */
static void long_lines(void **state)
{
	static const char *const units[] = {
		"a", "\"", "\x01", "\xff", "\xc3\xb1", "\xe2\x82\xb1", "\xf0\x9f\x8e\xab"};
	static char big[40000];
	struct log_access a = {.method = big,
		.path = big,
		.client = big,
		.key = big,
		.code = big,
		.status = -2147483647,
		.bytes_in = -1,
		.bytes_out = -1,
		.ms = 1e11};

	(void)state;
	log_program(big);
	log_request(big);
	for (size_t u = 0; u < sizeof units / sizeof *units; u++)
		for (size_t shift = 0; shift < 8; shift++) {
			size_t n = strlen(units[u]);

			memset(big, 'x', sizeof big);
			for (size_t i = shift; i + n < sizeof big - 1; i += n)
				memcpy(big + i, units[u], n);
			big[sizeof big - 1] = 0;
			log_msg(LOG_INFO, "%s", big);
			take_line();
			has("\xe2\x80\xa6\"}\n");
			assert_in_range(strlen(text), 4080, 4096);
			log_access(&a);
			take_line();
			has("\"ms\":100000000000.000}");
		}
	log_program("events");
	log_request(NULL);
}

static void access_line(void **state)
{
	struct log_access a = {.method = "GET",
		.path = "/open-api/v1/events?key=secret",
		.client = "192.0.2.1",
		.status = 200,
		.bytes_in = 5,
		.bytes_out = 4000000000L,
		.ms = 1.2345};
	const double odd[] = {-1, -0.0, 1e300, __builtin_nan(""), __builtin_inf()};

	(void)state;
	log_request("req_0123456789ab");
	log_access(&a);
	take_line();
	has("\"level\":\"info\",\"program\":\"events\",");
	has(",\"requestId\":\"req_0123456789ab\",\"method\":\"GET\",\"path\":\"/open-api/v1/"
	    "events\",\"status\":200,\"client\":\"192.0.2.1\","
	    "\"bytesIn\":5,\"bytesOut\":4000000000,\"ms\":1.235}\n");
	a.code = "NOT_FOUND";
	a.key = "0198c0de";
	log_access(&a);
	take_line();
	has("\"status\":200,\"code\":\"NOT_FOUND\",\"client\":\"192.0.2.1\",\"key\":\"0198c0de\",");
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		a.ms = odd[i];
		log_access(&a);
		take_line();
		has("\"ms\":0.000}");
	}
	log_request(NULL);
}

/* Ids of version 4 are secrets: their first eight digits are logged. */
static void secret_ids(void **state)
{
#define MASKED "0aB3c5d7-****-****-****-************"
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"0aB3c5d7-1111-4222-8333-444444444444", MASKED},
		{"/holds/0aB3c5d7-1111-4222-8333-444444444444/x", "/holds/" MASKED "/x"},
		{"00aB3c5d7-1111-4222-8333-444444444444", "0" MASKED},
		{"0aB3c5d7-1111-4222-8333-4444444444445", MASKED "5"},
		{"0aB3c5d7-1111-4222-8333-4444444444440aB3c5d7-1111-4222-8333-444444444444",
			MASKED MASKED},
		/* cut off */
		{"0aB3c5d7-1111-4222-83", "0aB3c5d7-****-****-**"},
		{"0aB3c5d7-1111-4222-83\n", "0aB3c5d7-****-****-**\\n"},
		/* a time-ordered id, and text that is none */
		{"0aB3c5d7-1111-7222-8333-444444444444", "0aB3c5d7-1111-7222-8333-444444444444"},
		{"0aB3c5d7_1111-4222-8333-444444444444", "0aB3c5d7_1111-4222-8333-444444444444"},
		{"0aB3c5d7-1111", "0aB3c5d7-1111"},
	};
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct log_access a = {.path = cases[i].in};

		log_msg(LOG_INFO, "%s", cases[i].in);
		take_line();
		snprintf(want, sizeof want, "\"message\":\"%s\"}", cases[i].out);
		has(want);
		log_access(&a);
		take_line();
		snprintf(want, sizeof want, "\"path\":\"%s\",", cases[i].out);
		has(want);
	}
	/* cut anywhere: no more than the beginning that cannot be told from another id */
	for (size_t before = 1900; before < 2100; before++) {
		char long_path[2200];
		struct log_access a = {.path = long_path};

		memset(long_path, 'x', before);
		strcpy(long_path + before, "0aB3c5d7-1111-4222-8333-444444444444");
		log_access(&a);
		take_line();
		assert_null(strstr(text, "0aB3c5d7-1111-4"));
	}
}

static void levels(void **state)
{
	struct log_access a = {.method = "GET"};

	(void)state;
	log_open(path, LOG_ERROR);
	log_msg(LOG_WARN, "no");
	log_access(&a);
	assert_int_equal(take(), 0);
	errno = 77;
	log_msg(LOG_ERROR, "yes");
	assert_int_equal(errno, 77);
	take_line();
	log_open(path, LOG_DEBUG);
}

/* A file that cannot be opened: said on standard error, and then used. */
static void fallback(void **state)
{
	int keep = dup(STDERR_FILENO), fd = open(path, O_WRONLY | O_APPEND);

	(void)state;
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_open("/nonexistent/folder/x.log", LOG_INFO);
	log_msg(LOG_INFO, "after");
	assert_int_equal(dup2(keep, STDERR_FILENO), STDERR_FILENO);
	close(keep);
	close(fd);
	log_open(path, LOG_DEBUG);
	take();
	has("cannot open log file /nonexistent/folder/x.log: No such file or directory");
	has("\"message\":\"after\"");
}

/* Four processes on one file: no line is ever mixed with another. */
static void many_writers(void **state)
{
	int lines = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			for (int j = 0; j < 100; j++)
				log_msg(LOG_INFO, "%0*d", 500 + j, i);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	take();
	for (char *p = text; *p; lines++) {
		size_t n = strcspn(p, "\n");
		struct json_fault fault;

		assert_true(json_check(p, n, SIZE_MAX, &fault));
		p += n + 1;
	}
	assert_int_equal(lines, 400);
}

/* Only what fits a line is looked at. Looking at the rest for each byte would take this text
 * minutes: the test would not end in time. */
static void long_path(void **state)
{
	size_t n = (size_t)64 << 20;
	char *all = malloc(n + 1);

	(void)state;
	assert_non_null(all);
	memset(all, 'a', n);
	all[n] = '\0';
	log_access(&(struct log_access){.method = "GET", .path = all, .status = 404});
	take_line();
	has("aaa\xe2\x80\xa6\"");
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(escapes),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(access_line),
		cmocka_unit_test(secret_ids),
		cmocka_unit_test(levels),
		cmocka_unit_test(fallback),
		cmocka_unit_test(many_writers),
		cmocka_unit_test(long_path),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
