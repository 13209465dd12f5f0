/* test_mail_address: addresses as they are compared; the two settings of mail, good and bad. */
#include "common/text/mail_address.h"

#include "tests/unit/cases.h"

#include <stdbool.h>

static void check_from(const char *s, const char *name, const char *address)
{
	struct span n, a;

	assert_true(mail_from_parse(s, &n, &a));
	assert_int_equal(n.n, strlen(name));
	assert_memory_equal(n.p, name, n.n);
	assert_int_equal(a.n, strlen(address));
	assert_memory_equal(a.p, address, a.n);
}

static void from(void **state)
{
	static const char *const bad[] = {"", " ", "a", "@", "a@", "@b", "a@b@c", "a b@c.example",
		"a@b..example", ".a@b.example", "a.@b.example", "Name <a@b.example", "<>",
		"Name a@b.example>", "a@b.example, c@b.example", "a@b.example\r\nBcc: c@d.example",
		"Name <a@b.example\n>", "<a@b.example> Name", "a@[127.0.0.1]", "\xc3\xa4@b.example",
		"\"a b\"@c.example", "Name <a@b.example> "};
	struct span n, a;
	char longest[300];

	(void)state;
	check_from("tickets@shop.example", "", "tickets@shop.example");
	check_from("  tickets@shop.example ", "", "tickets@shop.example");
	check_from("<tickets@shop.example>", "", "tickets@shop.example");
	check_from("Shop <tickets@shop.example>", "Shop", "tickets@shop.example");
	check_from("\"Shop, Inc.\" <t+x@shop.example>", "Shop, Inc.", "t+x@shop.example");
	check_from("L\xc3\xb6ve <a.b@c-d.example>", "L\xc3\xb6ve", "a.b@c-d.example");
	check_from("root@localhost", "", "root@localhost");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (mail_from_parse(bad[i], &n, &a))
			fail_msg("%s is taken", bad[i]);
	memset(longest, 'a', sizeof longest);
	longest[65] = '@';
	longest[299] = '\0';
	assert_false(mail_from_parse(longest, &n, &a)); /* 65 before the @ */
	longest[64] = '@';
	longest[65] = 'a';
	assert_false(mail_from_parse(longest, &n, &a)); /* 299 in all */
	longest[254] = '\0';
	assert_true(mail_from_parse(longest, &n, &a));
}

static void url(void **state)
{
	static const struct {
		const char *url;
		enum mail_route route;
		const char *host;
		bool near;
	} cases[] = {
		{"", MAIL_OFF, "", false},
		{"smtp://mail.example", MAIL_SMTP, "mail.example", false},
		{"smtp://mail.example:587", MAIL_SMTP, "mail.example", false},
		{"smtps://a:b@mail.example:465", MAIL_SMTPS, "mail.example", false},
		{"smtp://a%40b:c%3A%2f@mail.example", MAIL_SMTP, "mail.example", false},
		{"smtp://127.0.0.1:25", MAIL_SMTP, "127.0.0.1", true},
		{"smtp://127.9.9.9", MAIL_SMTP, "127.9.9.9", true},
		{"smtp://[::1]:25", MAIL_SMTP, "[::1]", true},
		{"smtp://[2001:db8::1]", MAIL_SMTP, "[2001:db8::1]", false},
		{"smtp://LOCALHOST", MAIL_SMTP, "LOCALHOST", true},
		{"smtp://localhost.example", MAIL_SMTP, "localhost.example", false},
		{"smtp://10.0.0.1", MAIL_SMTP, "10.0.0.1", false},
		{"/usr/sbin/sendmail", MAIL_SENDMAIL, "", false},
		{"/", MAIL_UNKNOWN, "", false},
		{"/usr/sbin/", MAIL_UNKNOWN, "", false},
		{"sendmail", MAIL_UNKNOWN, "", false},
		{"http://mail.example", MAIL_UNKNOWN, "", false},
		{"SMTP://mail.example", MAIL_UNKNOWN, "", false},
		{"smtp:mail.example", MAIL_UNKNOWN, "", false},
		{"smtp://", MAIL_UNKNOWN, "", false},
		{"smtp://:25", MAIL_UNKNOWN, "", false},
		{"smtp://mail.example:", MAIL_UNKNOWN, "", false},
		{"smtp://mail.example:0", MAIL_UNKNOWN, "", false},
		{"smtp://mail.example:65536", MAIL_UNKNOWN, "", false},
		{"smtp://mail.example:25x", MAIL_UNKNOWN, "", false},
		{"smtp://mail.example/", MAIL_UNKNOWN, "", false},
		{"smtp://mail.example?x", MAIL_UNKNOWN, "", false},
		{"smtp://mail..example", MAIL_UNKNOWN, "", false},
		{"smtp://a@mail.example", MAIL_UNKNOWN, "", false},
		{"smtp://a:@mail.example", MAIL_UNKNOWN, "", false},
		{"smtp://:b@mail.example", MAIL_UNKNOWN, "", false},
		{"smtp://a:b%4@mail.example", MAIL_UNKNOWN, "", false},
		{"smtp://a:b/c@mail.example", MAIL_UNKNOWN, "", false},
		{"smtp://a:b@c@mail.example", MAIL_UNKNOWN, "", false},
		{"smtp://[::1", MAIL_UNKNOWN, "", false},
		{"smtp://[127.0.0.1]", MAIL_UNKNOWN, "", false},
		{"smtp://[::1]x", MAIL_UNKNOWN, "", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span host;
		enum mail_route route = mail_url_parse(cases[i].url, &host);
		if (route != cases[i].route)
			fail_msg("%s: %d", cases[i].url, (int)route);
		if (route != MAIL_SMTP && route != MAIL_SMTPS)
			continue;
		assert_int_equal(host.n, strlen(cases[i].host));
		assert_memory_equal(host.p, cases[i].host, host.n);
		if (mail_host_is_loopback(host) != cases[i].near)
			fail_msg("%s: near or not", cases[i].url);
	}
}

static void keys(void **state)
{
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_string_equal(mail_address_key(a, "Ana@SHOP.Example"), "ana@shop.example");
	assert_string_equal(mail_address_key(a, "[@Z`{"), "[@z`{");
	assert_string_equal(mail_address_key(a, "\xc3\x84NA@b.example"), "\xc3\x84na@b.example");
	assert_string_equal(mail_address_of_account(a, "Ana@B.example"), "ana@b.example");
	assert_null(mail_address_of_account(a, "\xc3\xa4na@b.example"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(from),
		cmocka_unit_test(url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
