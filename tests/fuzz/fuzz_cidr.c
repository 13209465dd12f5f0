/* fuzz_cidr: printed ranges read back the same, a correction offered is accepted, and the
 * client is the peer or was reported by a trusted proxy. */
#include "tests/fuzz/fuzz.h"

#include "common/text/cidr.h"

#include "common/text/json_check.h"

#include <stdlib.h>
#include <string.h>

static void check_range(const struct cidr *c)
{
	char text[CIDR_TEXT], why[200];
	struct cidr again;
	struct addr a;

	memset(text, 'x', sizeof text);
	cidr_print(c, text);
	demand(cidr_parse(text, strlen(text), &again, why, sizeof why));
	demand(memcmp(&again, c, sizeof again) == 0);
	demand(cidr_match(c, &c->net));
	a = c->net;
	a.family = a.family == 4 ? 6 : 4;
	demand(!cidr_match(c, &a));
}

/* "…; use 10.0.0.0/24": the client who does as told is not refused again. An entry with a semicolon
 * could say "; use" itself. */
static void check_refusal(const char *why, bool quotes_us)
{
	const char *use = strstr(why, "; use ");
	char again[200];
	struct cidr c;

	demand(why[0] != '\0' && strlen(why) < 199 && utf8_valid(why, strlen(why), NULL));
	if (use && !quotes_us && strncmp(use, "; use CIDR", 10) != 0)
		demand(cidr_parse(use + 6, strlen(use + 6), &c, again, sizeof again));
}

static void check_entry(const char *s, size_t n)
{
	char why[200] = "", text[ADDR_TEXT];
	struct cidr c;
	struct addr a, again;

	if (cidr_parse(s, n, &c, why, sizeof why))
		check_range(&c);
	else
		check_refusal(why, memchr(s, ';', n) != NULL);
	if (!addr_parse(s, n, &a))
		return;
	addr_print(&a, text);
	demand(addr_parse(text, strlen(text), &again) && memcmp(&a, &again, sizeof a) == 0);
	demand(cidr_parse(s, n, &c, why, sizeof why) && memcmp(&c.net, &a, sizeof a) == 0);
}

/* What it accepted, printed and read again, is the same list. */
static void check_list(const char *s, size_t n)
{
	struct cidr list[CIDR_MAX], again[CIDR_MAX];
	char why[200] = "", *text = calloc(CIDR_MAX, CIDR_TEXT + 1);
	int count = cidr_list_parse(s, n, list, why, sizeof why);

	demand(text != NULL && count <= CIDR_MAX);
	if (count < 0)
		demand(why[0] != '\0' && utf8_valid(why, strlen(why), NULL));
	for (int i = 0; i < count; i++) {
		check_range(&list[i]);
		cidr_print(&list[i], text + strlen(text));
		strcat(text, i + 1 < count ? "," : "");
	}
	if (count >= 0) {
		demand(cidr_list_parse(text, strlen(text), again, why, sizeof why) == count);
		demand(memcmp(list, again, (size_t)count * sizeof *list) == 0);
	}
	free(text);
}

static void check_client(const char *s, size_t n)
{
	static const char spoof[] = "10.66.66.66, 203.0.113.66, ";
	static const struct addr peer = {.family = 4, .b = {10, 0, 0, 1}};
	static const struct cidr trusted = {.net = {.family = 4, .b = {10}}, .bits = 8};
	char *spoofed = malloc(sizeof spoof + n);
	char *header = spoofed + sizeof spoof - 1;
	struct addr client, other;

	demand(spoofed != NULL);
	memcpy(spoofed, spoof, sizeof spoof - 1);
	memcpy(header, s, n);
	header[n] = '\0';
	client = client_address(&peer, &trusted, 1, header);
	demand(client.family == 4 || client.family == 6);
	/* Nobody is believed without trust. */
	other = client_address(&peer, NULL, 0, header);
	demand(memcmp(&other, &peer, sizeof peer) == 0);
	/* What a stranger puts in front changes nothing. */
	if (!cidr_match(&trusted, &client)) {
		other = client_address(&peer, &trusted, 1, spoofed);
		demand(memcmp(&other, &client, sizeof client) == 0);
	}
	free(spoofed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memory_begin();
	check_entry((const char *)data, size);
	check_list((const char *)data, size);
	check_client((const char *)data, size);
	memory_end(((size_t)1 << 16) + size * 8, (size_t)1 << 16);
	return 0;
}
