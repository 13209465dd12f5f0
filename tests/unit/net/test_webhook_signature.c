/* test_webhook_signature: the signatures of signature.txt, what a notification's headers say, and
 * what is refused before anything is opened. */
#include "common/net/http_client.h"

#include "common/net/url_guard.h"
#include "tests/unit/cases.h"

#include <curl/curl.h>

/* The value of a header; NULL when it is not there exactly once. */
static const char *header(const struct http_request *p, const char *name)
{
	const char *found = NULL;
	size_t n = strlen(name);
	int count = 0;

	for (const struct curl_slist *h = p->headers; h; h = h->next)
		if (strncmp(h->data, name, n) == 0 && h->data[n] == ':') {
			found = h->data + n + 1 + (h->data[n + 1] == ' ');
			count++;
		}
	return count == 1 ? found : NULL;
}

static void signature_txt(void **state)
{
	struct cases c;
	int seen = 0;

	(void)state;
	for (cases_open(&c, "signature.txt"); cases_next(&c); seen++) {
		const char *secrets[2] = {c.field[0], NULL};
		size_t n = 1;
		char *space = strchr(c.field[0], ' ');
		struct http_request p;

		if (space) {
			*space = '\0';
			secrets[n++] = space + 1;
		}
		http_request_init(&p, "http://x/", c.field[3], c.length[3]);
		assert_true(webhook_signature_add(&p,
			&(struct webhook_signing){c.field[1],
				strtoll(c.field[2], NULL, 10) * 1000 + 999, 1, secrets, n}));
		if (!header(&p, "webhook-signature") ||
			strcmp(header(&p, "webhook-signature"), c.field[4]) != 0)
			case_fail(&c, "signed %s", header(&p, "webhook-signature"));
		assert_string_equal(header(&p, "webhook-timestamp"), c.field[2]);
		assert_string_equal(header(&p, "webhook-id"), c.field[1]);
		http_request_clear(&p);
	}
	assert_int_equal(seen, 8);
}

static void headers(void **state)
{
	static const char *const secrets[] = {
		"It's a Secret to Everybody", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"};
	struct http_request p;

	(void)state;
	http_request_init(&p, "http://x/", "Hello, World!", 13);
	assert_false(webhook_signature_add(&p,
		&(struct webhook_signing){
			"evt_1", 1700000000000, 1, secrets, 1})); /* no secret of ours */
	assert_false(webhook_signature_add(
		&p, &(struct webhook_signing){"evt_1", 1700000000000, 1, secrets, 2}));
	assert_false(webhook_signature_add(
		&p, &(struct webhook_signing){"evt_1", 1700000000000, 1, secrets + 1, 0}));
	assert_null(p.headers);
	assert_true(webhook_signature_add(
		&p, &(struct webhook_signing){"evt_1", 1700000000000, 3, secrets + 1, 1}));
	assert_string_equal(header(&p, "Content-Type"), "application/json");
	assert_string_equal(header(&p, "webhook-attempt"), "3");
	assert_string_equal(header(&p, "Expect"), "");
	assert_non_null(strstr(header(&p, "User-Agent"), "ticketgate"));
	/* openssl dgst -sha256 -hmac whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX */
	assert_string_equal(header(&p, "X-TN-Signature"),
		"sha256=ab07d0ddb48ff83147650845cd11ca1936a5e72f639c93c3c0c1bce51d510e13");
	http_request_clear(&p);
}

/* Whatever the URL, nothing is opened: there is no network here, and the answer is there at once.
 */
static void refused(void **state)
{
	static const char *const urls[] = {"http://127.0.0.1:1234/", "http://[::1]:9999/",
		"http://localhost:1234/", "http://169.254.169.254/", "http://0x7f.1/",
		"ftp://8.8.8.8/", "", "http://a@8.8.8.8/"};
	struct config c = {.webhook_ca = (char[]){""}};

	(void)state;
	url_guard_set_policy(NULL, 0, false);
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct http_request p;

		http_request_init(&p, urls[i], "{}", 2);
		http_client_send_one(&c, &p);
		assert_int_equal(p.status, 0);
		assert_string_equal(p.error, "blocked_address");
		assert_in_range(p.ms, 0, 1000);
		http_request_clear(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(signature_txt),
		cmocka_unit_test(headers), cmocka_unit_test(refused)};

	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
