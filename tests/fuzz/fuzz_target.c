/* fuzz_target: what may be saved as a webhook's URL, curl reads the same host and port
 * out of; and an address in it may be connected to. */
#include "tests/fuzz/fuzz.h"

#include "common/net/url_guard.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void check_host(const char *host, const struct guarded_url *t)
{
	size_t n = strlen(host);
	struct addr a;

	if (*host == '[') {
		demand(host[n - 1] == ']');
		host++;
		n -= 2;
	}
	if (!t->literal) {
		demand(n == strlen(t->host) && strncasecmp(host, t->host, n) == 0);
		demand(!addr_parse(host, n, &a));
		return;
	}
	demand(addr_parse(host, n, &a) && a.family == t->addr.family &&
		memcmp(a.b, t->addr.b, sizeof a.b) == 0);
	demand(url_guard_address_allowed(&a));
}

static void check_taken(const char *url, const struct guarded_url *t)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL, *scheme = NULL, *user = NULL, *fragment = NULL;

	demand(u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK);
	demand(curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
	demand(curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		strcasecmp(scheme, t->tls ? "https" : "http") == 0);
	demand(curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_OK &&
		curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) != CURLUE_OK);
	demand(strtol(port, NULL, 10) == t->port && t->port > 0);
	check_host(host, t);
	curl_free(host);
	curl_free(port);
	curl_free(scheme);
	curl_url_cleanup(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memory_begin();
	char *url = malloc(size + 1);
	struct guarded_url t = {.port = 7};
	static const struct cidr all[] = {{.net = {.family = 4}}, {.net = {.family = 6}}};

	demand(url != NULL);
	if (size)
		memcpy(url, data, size);
	url[size] = '\0';
	/* the first byte decides what the operator opened */
	url_guard_set_policy(
		all, size && data[0] == 'H' ? 2 : 0, size && data[0] == 'h' && size % 7 == 0);
	const char *wrong = url_guard_parse(url, size, &t);
	if (wrong) {
		demand(t.port == 7 && strncmp(wrong, "must ", 5) == 0);
	} else {
		demand(size <= GUARDED_URL && strlen(url) == size);
		check_taken(url, &t);
	}
	free(url);
	memory_end(((size_t)1 << 17) + size * 16, (size_t)1 << 17);
	return 0;
}
