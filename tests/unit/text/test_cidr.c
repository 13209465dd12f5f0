/* test_cidr: the lines of cidr.txt and forwarded.txt, borders of every prefix length, and
 * a bit-by-bit oracle. */
#include "common/text/cidr.h"

#include "common/text/json_check.h"
#include "tests/unit/cases.h"

#include <sys/param.h>

static struct addr address(const char *s)
{
	struct addr a;

	if (!addr_parse(s, strlen(s), &a))
		fail_msg("%s is not an address", s);
	return a;
}

static struct cidr range(const char *s)
{
	struct cidr c;
	char why[200];

	if (!cidr_parse(s, strlen(s), &c, why, sizeof why))
		fail_msg("%s", why);
	return c;
}

static bool matches(const char *r, const char *a)
{
	struct cidr c = range(r);
	struct addr x = address(a);

	return cidr_match(&c, &x);
}

static void check_accepted(struct cases *c, const struct cidr *got)
{
	char text[CIDR_TEXT], why[200];
	struct cidr again;

	cidr_print(got, text);
	if (strcmp(text, c->field[0]) != 0)
		case_fail(c, "%s gives %s, not %s", c->field[1], text, c->field[0]);
	assert_true(cidr_parse(text, strlen(text), &again, why, sizeof why));
	assert_memory_equal(&again, got, sizeof again);
	if (!strchr(text, '/')) {
		struct addr a = address(text);

		assert_memory_equal(&a, &got->net, sizeof a);
	}
}

static void cidr_txt(void **state)
{
	struct cases c;

	(void)state;
	for (cases_open(&c, "cidr.txt"); cases_next(&c);) {
		char why[200] = "";
		struct cidr got;
		char *exact = malloc(MAX(c.length[1], 1));

		assert_non_null(exact);
		memcpy(exact, c.field[1], c.length[1]);
		if (cidr_parse(exact, c.length[1], &got, why, sizeof why))
			check_accepted(&c, &got);
		else if (c.field[0][0] != '!' || !strstr(why, c.field[0] + 1))
			case_fail(&c, "%s gives \"%s\", not %s", c.field[1], why, c.field[0]);
		else if (!utf8_valid(why, strlen(why), NULL) || strlen(why) >= sizeof why - 1)
			case_fail(&c, "the sentence is cut or not UTF-8: %s", why);
		free(exact);
	}
}

static void why_may_be_short(void **state)
{
	char why[8];
	struct cidr c;

	(void)state;
	assert_false(cidr_parse("10.0.0.5/24", 11, &c, why, sizeof why));
	assert_string_equal(why, "10.0.0.");
	assert_false(cidr_parse("10.0.0.5/24", 11, &c, NULL, 0));
}

static void three_hundred_characters(void **state)
{
	char text[300], why[200];
	struct cidr c;

	(void)state;
	memset(text, '1', sizeof text);
	assert_false(cidr_parse(text, sizeof text, &c, why, sizeof why));
	assert_non_null(strstr(why, "1... is not an"));
	memset(text, 0xbf, sizeof text);
	assert_false(cidr_parse(text, sizeof text, &c, why, sizeof why));
	assert_true(utf8_valid(why, strlen(why), NULL));
}

/* Adds `step`, 1 or -1, to an address; false when it wraps. */
static bool move(struct addr *a, int step)
{
	for (int i = a->family == 6 ? 15 : 3; i >= 0; i--) {
		a->b[i] = (uint8_t)(a->b[i] + step);
		if (a->b[i] != (step > 0 ? 0 : 255))
			return true;
	}
	return false;
}

/* C1: first, last, one below, one above, for every length. */
static void borders(void **state)
{
	static const char *const bases[] = {"170.85.203.77", "0.0.0.0", "255.255.255.255",
		"2001:db8:a5a5:5a5a:c3c3:3c3c:9999:6666",
		"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};

	(void)state;
	for (size_t k = 0; k < sizeof bases / sizeof *bases; k++) {
		struct addr base = address(bases[k]);
		int size = base.family == 6 ? 128 : 32;

		for (int bits = 0; bits <= size; bits++) {
			struct cidr c = {.net = base, .bits = (uint8_t)bits};
			struct addr first = base, last = base;

			for (int i = bits; i < size; i++) {
				first.b[i / 8] &= (uint8_t) ~(128 >> i % 8);
				last.b[i / 8] |= (uint8_t)(128 >> i % 8);
			}
			c.net = first;
			assert_true(cidr_match(&c, &first));
			assert_true(cidr_match(&c, &last));
			assert_true(cidr_match(&c, &base));
			if (move(&first, -1))
				assert_false(cidr_match(&c, &first));
			if (move(&last, 1))
				assert_false(cidr_match(&c, &last));
		}
	}
}

/* C2, C4, C5, C11 */
static void variants(void **state)
{
	struct addr a;

	(void)state;
	assert_true(matches("10.0.0.0/8", "::ffff:10.1.2.3"));
	assert_true(matches("::ffff:10.1.2.3", "10.1.2.3"));
	assert_false(matches("::/0", "10.1.2.3"));
	assert_false(matches("::/0", "::ffff:10.1.2.3"));
	assert_false(matches("0.0.0.0/0", "2001:db8::1"));
	assert_false(matches("0.0.0.0/0", "::1.2.3.4"));
	assert_true(matches("0.0.0.0/0", "255.0.0.1"));
	a = address("::1.2.3.4");
	assert_int_equal(a.family, 6);
	a = address("64:ff9b::1.2.3.4");
	assert_int_equal(a.family, 6);
	a = address("::ffff:1.2.3.4");
	assert_int_equal(a.family, 4);
}

static uint64_t random_state = 88172645463325252u;

static unsigned random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % n;
}

static int bit_of(const uint8_t *b, int i)
{
	return b[i / 8] >> (7 - i % 8) & 1;
}

/* C12: one bit after the other, through text and back. */
static void differential(void **state)
{
	int hits = 0;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		struct addr net = {.family = random_below(2) ? 4 : 6}, a;
		int size = net.family == 6 ? 128 : 32, bits = (int)random_below((unsigned)size + 1);
		bool want = true, host = false, got_range;
		char text[CIDR_TEXT], why[200], line[64];
		struct cidr c;

		for (int i = 0; i < size / 8; i++)
			net.b[i] = (uint8_t)random_below(random_below(2) ? 256 : 2);
		net.b[0] |= net.family == 6 ? 0x20 : 1; /* never a mapped address */
		if (random_below(8))
			for (int i = bits; i < size; i++)
				net.b[i / 8] &= (uint8_t) ~(128 >> i % 8);
		a = net;
		if (random_below(4))
			a.b[random_below((unsigned)size / 8)] ^= (uint8_t)(1u << random_below(8));
		for (int i = 0; i < size; i++) {
			want = want && (i >= bits || bit_of(net.b, i) == bit_of(a.b, i));
			host = host || (i >= bits && bit_of(net.b, i));
		}
		addr_print(&net, text);
		snprintf(line, sizeof line, "%.45s/%d", text, bits);
		got_range = cidr_parse(line, strlen(line), &c, why, sizeof why);
		assert_int_equal(got_range, !host);
		if (!got_range)
			continue;
		assert_int_equal(cidr_match(&c, &a), want);
		a.family = a.family == 4 ? 6 : 4;
		assert_false(cidr_match(&c, &a));
		hits += want;
	}
	assert_in_range(hits, 20000, 95000);
}

static int list(const char *s, struct cidr out[CIDR_MAX], char why[200])
{
	strcpy(why, "nothing said");
	return cidr_list_parse(s, strlen(s), out, why, 200);
}

static void lists(void **state)
{
	struct cidr out[CIDR_MAX];
	char why[200], text[CIDR_TEXT];

	(void)state;
	assert_int_equal(list("", out, why), 0);
	assert_int_equal(list(" \t ", out, why), -1);
	assert_int_equal(list("10.0.0.0/8", out, why), 1);
	assert_int_equal(list(" 10.0.0.0/8 ,\t2001:db8::/32,::1 ", out, why), 3);
	cidr_print(&out[1], text);
	assert_string_equal(text, "2001:db8::/32");
	/* C8: duplicates go, overlaps stay */
	assert_int_equal(list("10.0.0.1,10.0.0.1/32,::ffff:10.0.0.1,10.0.0.0/8,10.0.0.0/9,::A,::a",
				 out, why),
		4);
	assert_int_equal(list(",", out, why), -1);
	assert_string_equal(why, "an entry is empty");
	assert_int_equal(list("10.0.0.1,", out, why), -1);
	assert_int_equal(list(",10.0.0.1", out, why), -1);
	assert_int_equal(list("10.0.0.1, ,10.0.0.2", out, why), -1);
	assert_string_equal(why, "an entry is empty");
	assert_int_equal(list("10.0.0.1 10.0.0.2", out, why), -1);
	assert_int_equal(list("10.0.0.1;10.0.0.2", out, why), -1);
	assert_int_equal(list("10.0.0.1\n,10.0.0.2", out, why), -1);
	assert_int_equal(list("10.0.0.1, 10.0.0.5/24", out, why), -1);
	assert_string_equal(why, "10.0.0.5/24 has host bits set; use 10.0.0.0/24");
}

/* C9 */
static void list_limit(void **state)
{
	struct cidr out[CIDR_MAX];
	char text[2048], why[200];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < CIDR_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s10.0.0.%d", i ? "," : "", i);
	assert_int_equal(list(text, out, why), CIDR_MAX);
	snprintf(text + n, sizeof text - n, ",10.0.0.0");
	assert_int_equal(list(text, out, why), CIDR_MAX);
	snprintf(text + n, sizeof text - n, ",10.0.1.0");
	assert_int_equal(list(text, out, why), -1);
	assert_non_null(strstr(why, "more than 64 entries"));
}

static struct cidr proxies[2];

static void client_is(
	const char *peer, const char *forwarded, const char *want, char got[ADDR_TEXT])
{
	struct addr p = address(peer);
	struct addr a = client_address(&p, proxies, 2, forwarded);

	addr_print(&a, got);
	if (strcmp(got, want) != 0)
		print_error("%s, not %s\n", got, want);
}

static void forwarded_txt(void **state)
{
	struct cases c;

	(void)state;
	for (cases_open(&c, "forwarded.txt"); cases_next(&c);) {
		char got[ADDR_TEXT];

		client_is(c.field[1], c.count > 2 ? c.field[2] : NULL, c.field[0], got);
		if (strcmp(got, c.field[0]) != 0)
			case_fail(&c, "wrong client");
	}
}

static void long_chains(void **state)
{
	char *text = malloc(120000), got[ADDR_TEXT];
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	n += (size_t)sprintf(text, "1.2.3.4");
	while (n < 100000)
		n += (size_t)sprintf(text + n, ", 10.1.1.1");
	client_is("10.0.0.1", text, "1.2.3.4", got);
	assert_string_equal(got, "1.2.3.4");
	memset(text, ',', n);
	client_is("10.0.0.1", text, "10.0.0.1", got);
	assert_string_equal(got, "10.0.0.1");
	memset(text, '1', n);
	client_is("10.0.0.1", text, "10.0.0.1", got);
	assert_string_equal(got, "10.0.0.1");
	memset(text, ' ', n);
	client_is("10.0.0.1", text, "10.0.0.1", got);
	assert_string_equal(got, "10.0.0.1");
	free(text);
}

/* Without a list of proxies nobody is believed. */
static void nobody_trusted(void **state)
{
	struct addr peer = address("10.0.0.1"), a;

	(void)state;
	a = client_address(&peer, NULL, 0, "1.2.3.4");
	assert_memory_equal(&a, &peer, sizeof a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cidr_txt),
		cmocka_unit_test(why_may_be_short),
		cmocka_unit_test(three_hundred_characters),
		cmocka_unit_test(borders),
		cmocka_unit_test(variants),
		cmocka_unit_test(differential),
		cmocka_unit_test(lists),
		cmocka_unit_test(list_limit),
		cmocka_unit_test(forwarded_txt),
		cmocka_unit_test(long_chains),
		cmocka_unit_test(nobody_trusted),
	};

	proxies[0] = range("10.0.0.0/8");
	proxies[1] = range("::1");
	return cmocka_run_group_tests_name("cidr", tests, NULL, NULL);
}
