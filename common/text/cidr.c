/* cidr: IP addresses, CIDR ranges, and the client's address behind trusted proxies. */
#include "common/text/cidr.h"

#include "common/base/text.h"

#include "common/text/json_check.h"

#include <assert.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

/* ::ffff:0:0/96, IPv4-mapped IPv6 addresses (RFC 4291, section 2.5.5.2). */
static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* Parses an address as written: an IPv4-mapped one stays IPv6. */
static bool parse_plain(const char *s, size_t n, struct addr *out)
{
	char text[ADDR_TEXT];

	/* inet_pton(3) would stop at a NUL and ignore the rest */
	if (n == 0 || n >= sizeof text || memchr(s, '\0', n))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	memset(out, 0, sizeof *out);
	out->family = memchr(s, ':', n) ? 6 : 4;
	return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, text, out->b) == 1;
}

static bool is_mapped(const struct addr *a)
{
	return a->family == 6 && memcmp(a->b, mapped_prefix, sizeof mapped_prefix) == 0;
}

/* Converts an IPv4-mapped address to IPv4. */
static void unmap(struct addr *a)
{
	if (!is_mapped(a))
		return;
	a->family = 4;
	memcpy(a->b, a->b + 12, 4);
	memset(a->b + 4, 0, 12);
}

bool addr_parse(const char *s, size_t n, struct addr *out)
{
	struct addr a;

	if (!parse_plain(s, n, &a))
		return false;
	unmap(&a);
	*out = a;
	return true;
}

bool addr_of(const struct sockaddr *sa, struct addr *out)
{
	const struct sockaddr_in6 *six = (const void *)sa;

	memset(out, 0, sizeof *out);
	if (sa->sa_family == AF_INET) {
		out->family = 4;
		memcpy(out->b, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6 && six->sin6_scope_id == 0) {
		out->family = 6;
		memcpy(out->b, &six->sin6_addr, 16);
		unmap(out);
	}
	return out->family != 0;
}

void addr_print(const struct addr *a, char out[ADDR_TEXT])
{
	if (!inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->b, out, ADDR_TEXT))
		out[0] = '\0';
}

/* ---- ranges ---- */

static unsigned full_bits(const struct addr *a)
{
	if (a->family == 6)
		return 128;
	return 32;
}

/* Clears all bits after the first `bits`; returns whether any was set. */
static bool clear_host_bits(struct addr *a, unsigned bits)
{
	bool any = false;

	for (unsigned i = bits / 8; i < full_bits(a) / 8; i++) {
		uint8_t keep = i == bits / 8 ? (uint8_t)(0xff00 >> bits % 8) : 0;

		any |= (a->b[i] & ~keep) != 0;
		a->b[i] &= keep;
	}
	return any;
}

/* Parses a prefix length: decimal, no sign, no leading zero, 0 to 128. */
static bool parse_bits(const char *s, size_t n, unsigned *out)
{
	unsigned v = 0;

	if (n == 0 || n > 3 || (n > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	*out = v;
	return v <= 128;
}

#define ENTRY_SHOWN 60
#define ENTRY_TEXT (ENTRY_SHOWN + 4)

/* The entry as quoted in a message: at most ENTRY_SHOWN bytes, whole characters, without anything
 * that could disturb a log or a terminal. */
static const char *entry_text(const char *s, size_t n, char out[ENTRY_TEXT])
{
	size_t shown = MIN(n, ENTRY_SHOWN);
	bool text;

	while (n > shown && shown > 0 && ((unsigned char)s[shown] & 0xc0) == 0x80)
		shown--;
	text = utf8_valid(s, shown, NULL);
	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)s[i];

		out[i] = c < 0x20 || c == 0x7f || (c >= 0x80 && !text) ? '?' : s[i];
	}
	assert(shown <= ENTRY_SHOWN);
	memcpy(out + shown, n > shown ? "..." : "", n > shown ? 4 : 1);
	return out;
}

/* The prefix length of a contiguous IPv4 netmask such as 255.255.0.0. */
static bool netmask_bits(const struct addr *mask, unsigned *bits)
{
	struct addr rest = *mask;
	unsigned count = 0;

	while (count < 32 && mask->b[count / 8] >> (7 - count % 8) & 1)
		count++;
	*bits = count;
	return mask->family == 4 && !clear_host_bits(&rest, count);
}

/* Explains why the part before the slash is not an address, with the correction if there is one. */
static void explain_address(const char *entry, const char *s, size_t n, char *why, size_t why_size)
{
	const char *zone = memchr(s, '%', n);
	struct addr a;
	char good[ADDR_TEXT];

	if (zone && parse_plain(s, (size_t)(zone - s), &a)) {
		addr_print(&a, good);
		snprintf(why, why_size, "%s has a zone id; use %s", entry, good);
	} else if (n > 2 && s[0] == '[' && s[n - 1] == ']' && addr_parse(s + 1, n - 2, &a)) {
		addr_print(&a, good);
		snprintf(why, why_size, "%s has brackets; use %s", entry, good);
	} else if (memchr(s, '-', n) &&
		addr_parse(s, (size_t)((const char *)memchr(s, '-', n) - s), &a)) {
		snprintf(why, why_size,
			"%s is a range from one address to another; use CIDR ranges such as "
			"192.0.2.0/24",
			entry);
	} else if (memchr(s, ' ', n)) {
		snprintf(why, why_size,
			"%s contains spaces; remove them and separate entries with commas", entry);
	} else {
		snprintf(why, why_size,
			"%s is not an IPv4 or IPv6 address or CIDR range (host names, ports, "
			"leading zeros and short forms are not allowed)",
			entry);
	}
}

/* Where to write the reason for rejecting an entry: `why` holds `size` bytes. */
struct explanation {
	const char *entry; /* as quoted in the message */
	char *why;
	size_t size;
};

/* Explains why the prefix length of a valid address is invalid. */
static void explain_bits(const struct explanation *to, struct addr a, const char *s, size_t n)
{
	struct addr mask;
	unsigned bits;
	char good[CIDR_TEXT];

	if (a.family == 4 && addr_parse(s, n, &mask) && netmask_bits(&mask, &bits)) {
		clear_host_bits(&a, bits);
		cidr_print(&(struct cidr){.net = a, .bits = (uint8_t)bits}, good);
		snprintf(to->why, to->size, "%s has a netmask; use %s", to->entry, good);
	} else {
		snprintf(to->why, to->size,
			"%s needs a number from 0 to %u after the slash, without sign, spaces or "
			"leading zero",
			to->entry, full_bits(&a));
	}
}

/* Checks that a valid address and a valid length make a canonical range. */
static bool check_range(
	const struct explanation *to, struct addr base, unsigned bits, struct cidr *out)
{
	bool mapped = is_mapped(&base) && bits >= 96;
	bool host_bits;
	char good[CIDR_TEXT];

	if (mapped) {
		unmap(&base);
		bits -= 96;
	}
	host_bits = clear_host_bits(&base, bits);
	*out = (struct cidr){.net = base, .bits = (uint8_t)bits};
	if (!mapped && !host_bits)
		return true;
	cidr_print(out, good);
	snprintf(to->why, to->size,
		mapped ? "%s is an IPv4-mapped range; use %s" : "%s has host bits set; use %s",
		to->entry, good);
	return false;
}

bool cidr_parse(const char *s, size_t n, struct cidr *out, char *why, size_t why_size)
{
	size_t length = text_before(s, n, '/');
	char entry[ENTRY_TEXT];
	struct addr base;
	struct cidr c;
	unsigned bits;

	if (n == 0) {
		snprintf(why, why_size, "an entry is empty");
		return false;
	}
	const struct explanation to = {entry, why, why_size};
	entry_text(s, n, entry);
	if (!parse_plain(s, length, &base)) {
		explain_address(entry, s, length, why, why_size);
		return false;
	}
	if (length == n) {
		unmap(&base);
		*out = (struct cidr){.net = base, .bits = (uint8_t)full_bits(&base)};
		return true;
	}
	if (!parse_bits(s + length + 1, n - length - 1, &bits) || bits > full_bits(&base)) {
		explain_bits(&to, base, s + length + 1, n - length - 1);
		return false;
	}
	if (!check_range(&to, base, bits, &c))
		return false;
	*out = c;
	return true;
}

void cidr_print(const struct cidr *c, char out[CIDR_TEXT])
{
	addr_print(&c->net, out);
	if (c->bits < full_bits(&c->net))
		snprintf(out + strlen(out), 5, "/%u", c->bits);
}

bool cidr_match(const struct cidr *c, const struct addr *a)
{
	unsigned whole = c->bits / 8, rest = c->bits % 8;

	if (c->net.family != a->family || memcmp(c->net.b, a->b, whole) != 0)
		return false;
	return rest == 0 || ((c->net.b[whole] ^ a->b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

/* ---- lists ---- */

static void trim(const char **s, size_t *n)
{
	while (*n > 0 && (**s == ' ' || **s == '\t')) {
		++*s;
		--*n;
	}
	while (*n > 0 && ((*s)[*n - 1] == ' ' || (*s)[*n - 1] == '\t'))
		--*n;
}

/* Whether the range is in the list already. */
static bool listed(const struct cidr *list, int count, const struct cidr *c)
{
	for (int i = 0; i < count; i++)
		if (list[i].bits == c->bits && list[i].net.family == c->net.family &&
			memcmp(list[i].net.b, c->net.b, sizeof c->net.b) == 0)
			return true;
	return false;
}

int cidr_list_parse(const char *s, size_t n, struct cidr out[CIDR_MAX], char *why, size_t why_size)
{
	int count = 0;
	bool more = true;

	if (n == 0)
		return 0;
	trim(&s, &n);
	while (more) {
		const char *entry = s;
		size_t length = text_before(s, n, ',');
		struct cidr c;

		more = length < n;
		s += length + more;
		n -= length + more;
		trim(&entry, &length);
		if (!cidr_parse(entry, length, &c, why, why_size))
			return -1;
		if (listed(out, count, &c))
			continue;
		if (count == CIDR_MAX) {
			snprintf(why, why_size,
				"more than %d entries; combine adjacent addresses into ranges",
				CIDR_MAX);
			return -1;
		}
		out[count++] = c;
	}
	return count;
}

/* ---- the client's address ---- */

static bool is_port(const char *s, size_t n)
{
	unsigned v = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	return v <= 65535;
}

/* Parses one X-Forwarded-For entry, with or without a port. */
static bool parse_hop(const char *s, size_t n, struct addr *out)
{
	size_t before = text_before(s, n, ':');

	if (n > 0 && s[0] == '[') {
		const char *end = memchr(s, ']', n);
		size_t inner = end ? (size_t)(end - s) - 1 : 0;
		size_t rest = end ? n - inner - 2 : 0;

		/* RFC 3986 allows brackets around IPv6 only, so a colon must be inside */
		if (!end || before == n || s + before > end || !addr_parse(s + 1, inner, out))
			return false;
		return rest == 0 || (end[1] == ':' && is_port(end + 2, rest - 1));
	}
	if (before < n && !memchr(s + before + 1, ':', n - before - 1))
		return addr_parse(s, before, out) && is_port(s + before + 1, n - before - 1);
	return addr_parse(s, n, out);
}

static bool is_trusted(const struct addr *a, const struct cidr *trusted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cidr_match(&trusted[i], a))
			return true;
	return false;
}

struct addr client_address(const struct addr *peer, const struct cidr *trusted,
	size_t trusted_count, const char *forwarded)
{
	struct addr client = *peer;
	size_t end = forwarded ? strlen(forwarded) : 0;

	for (bool more = forwarded != NULL; more;) {
		size_t start = end;
		const char *hop;
		size_t n;
		struct addr a;

		if (!is_trusted(&client, trusted, trusted_count))
			return client;
		while (start > 0 && forwarded[start - 1] != ',')
			start--;
		hop = forwarded + start;
		n = end - start;
		trim(&hop, &n);
		if (!parse_hop(hop, n, &a))
			return client;
		client = a;
		more = start > 0;
		end = start - more;
	}
	return client;
}
