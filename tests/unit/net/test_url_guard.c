/* test_url_guard: the lines of target.txt, this machine's own addresses, and what a good URL
 * is taken apart into. */
#include "common/net/url_guard.h"

#include "tests/unit/cases.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

static const struct {
	const char *verdict, *part;
} verdicts[] = {
	{"url", "without user name or fragment"},
	{"name", "fully qualified domain name"},
	{"place", "this machine, a private network"},
	{"port", "reserved for another service"},
	{"https", "must use https"},
};

static void policy(const char *list)
{
	struct cidr open[CIDR_MAX];
	char why[200];
	int n = *list == '-' || strcmp(list, "https") == 0
		? 0
		: cidr_list_parse(list, strlen(list), open, why, sizeof why);

	assert_true(n >= 0);
	url_guard_set_policy(open, (size_t)n, strcmp(list, "https") == 0);
	memset(open, 0xff, sizeof open);
}

static void target_txt(void **state)
{
	struct cases c;
	int ok = 0, refused = 0;

	(void)state;
	for (cases_open(&c, "target.txt"); cases_next(&c);) {
		const char *part = NULL, *got;
		struct guarded_url t = {.port = 1};

		assert_int_equal(c.count, 3);
		policy(c.field[1]);
		got = url_guard_parse(c.field[2], c.length[2], &t);
		for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
			if (strcmp(verdicts[i].verdict, c.field[0]) == 0)
				part = verdicts[i].part;
		if (!part && strcmp(c.field[0], "ok") != 0)
			case_fail(&c, "no verdict %s", c.field[0]);
		if ((got == NULL) != (part == NULL) ||
			(got && (!strstr(got, part) || strncmp(got, "must ", 5) != 0)))
			case_fail(&c, "%s: want %s, got: %s", c.field[2], c.field[0],
				text_or(got, "ok"));
		if (got && t.port != 1)
			case_fail(&c, "%s: refused, and yet taken apart", c.field[2]);
		ok += !got;
		refused += got != NULL;
	}
	assert_in_range(ok, 80, 1000);
	assert_in_range(refused, 200, 1000);
	policy("-");
}

static struct guarded_url take(const char *url)
{
	struct guarded_url t;
	const char *wrong = url_guard_parse(url, strlen(url), &t);

	if (wrong)
		fail_msg("%s %s", url, wrong);
	return t;
}

static void apart(void **state)
{
	struct guarded_url t = take("HTTPS://Hooks.Example.COM:8443/A?b=c:d");

	(void)state;
	assert_string_equal(t.host, "hooks.example.com");
	assert_int_equal(t.port, 8443);
	assert_true(t.tls && !t.literal);
	t = take("http://example.com?x");
	assert_int_equal(t.port, 80);
	assert_true(!t.tls);
	assert_int_equal(take("https://example.com").port, 443);
	t = take("https://[2606:4700:4700::1111]:4443/");
	assert_string_equal(t.host, "2606:4700:4700::1111");
	assert_true(t.literal && t.addr.family == 6 && t.addr.b[0] == 0x26);
	t = take("http://[::ffff:8.8.4.4]/");
	assert_true(t.literal && t.addr.family == 4 && t.addr.b[2] == 4);
}

/* An interface's address is refused, whatever network it is of, until the operator opens it. */
static void own_addresses(void **state)
{
	struct ifaddrs *all;
	int seen = 0;

	(void)state;
	assert_int_equal(getifaddrs(&all), 0);
	for (struct ifaddrs *i = all; i; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		struct addr a;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET)
			continue;
		assert_non_null(inet_ntop(AF_INET,
			&((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, text, sizeof text));
		assert_true(addr_parse(text, strlen(text), &a));
		assert_false(url_guard_address_allowed(&a));
		seen++;
	}
	freeifaddrs(all);
	assert_true(seen > 0);
}

/* Of IPv6 only global unicast is open, and nothing of other families. */
static void variants(void **state)
{
	struct addr a = {.family = 0};

	(void)state;
	assert_false(url_guard_address_allowed(&a));
	a.family = 5;
	assert_false(url_guard_address_allowed(&a));
	for (unsigned top = 0; top < 256; top++) {
		a = (struct addr){.family = 6, .b = {(uint8_t)top, 0x77, 0x77}};
		assert_int_equal(url_guard_address_allowed(&a), top >> 5 == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(target_txt),
		cmocka_unit_test(apart),
		cmocka_unit_test(own_addresses),
		cmocka_unit_test(variants),
	};
	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
