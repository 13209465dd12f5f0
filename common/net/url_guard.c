/* url_guard: SSRF protection, which decides the URLs and addresses that webhooks may be sent to. */
#include "common/net/url_guard.h"

#include "common/base/text.h"

#include "common/base/clock.h"
#include "common/text/validate.h"

#include <ifaddrs.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/param.h>

/* The policy of the process. */
static struct cidr allowed[CIDR_MAX];
static size_t allowed_count;
static bool only_https;

void url_guard_set_policy(const struct cidr *allow, size_t count, bool https_only)
{
	allowed_count = MIN(count, CIDR_MAX);
	if (allowed_count)
		memcpy(allowed, allow, allowed_count * sizeof *allowed);
	only_https = https_only;
}

void url_guard_configure(const struct config *c)
{
	struct cidr open[CIDR_MAX];
	char why[256];
	int n = cidr_list_parse(c->webhook_allow, strlen(c->webhook_allow), open, why, sizeof why);

	url_guard_set_policy(open, (size_t)MAX(n, 0), c->webhook_require_https != 0);
}

/* ---- addresses ---- */

#define V4(a, b, c, d, n)            \
	{                            \
		{4, {a, b, c, d}}, n \
	}
#define V6(a, b, n)                                              \
	{                                                        \
		{6, {(a) >> 8, (a)&0xff, (b) >> 8, (b)&0xff}}, n \
	}

/* Metadata services of cloud providers, which are never allowed. */
static const struct cidr metadata[] = {
	V4(169, 254, 0, 0, 16), /* link-local: 169.254.169.254 of most providers */
	V4(100, 100, 100, 200, 32), /* Alibaba */
	V4(168, 63, 129, 16, 32), /* Azure */
	V4(192, 0, 0, 192, 32), /* Oracle */
	{{6, {0xfd, 0, 0x0e, 0xc2}}, 32}, /* AWS: fd00:ec2::254 */
	{{6, {0xfd, 0x20, 0, 0xce}}, 32}, /* Google: fd20:ce::254 */
};

/* IANA's special-purpose address registries (RFC 6890), and deprecated ranges. */
static const struct cidr special[] = {
	V4(0, 0, 0, 0, 8), /* "this network"; Linux treats 0.0.0.0 as localhost */
	V4(10, 0, 0, 0, 8), /* private */
	V4(100, 64, 0, 0, 10), /* carrier-grade NAT */
	V4(127, 0, 0, 0, 8), /* loopback */
	V4(172, 16, 0, 0, 12), /* private */
	V4(192, 0, 0, 0, 24), /* IETF protocols */
	V4(192, 0, 2, 0, 24), /* documentation */
	V4(192, 88, 99, 0, 24), /* 6to4 relays */
	V4(192, 168, 0, 0, 16), /* private */
	V4(198, 18, 0, 0, 15), /* benchmarks */
	V4(198, 51, 100, 0, 24), /* documentation */
	V4(203, 0, 113, 0, 24), /* documentation */
	V4(224, 0, 0, 0, 4), /* multicast */
	V4(240, 0, 0, 0, 4), /* reserved, broadcast */
	V6(0x2001, 0, 23), /* Teredo, benchmarks, ORCHID and other protocols */
	V6(0x2001, 0xdb8, 32), /* documentation */
	V6(0x2002, 0, 16), /* 6to4 */
	V6(0x3fff, 0, 20), /* documentation */
};

/* Global unicast; the rest of IPv6 is unspecified, loopback, mapped, translated, local, multicast
 * or unassigned. */
static const struct cidr global_v6 = V6(0x2000, 0, 3);

static bool listed(const struct cidr *list, size_t count, const struct addr *a)
{
	for (size_t i = 0; i < count; i++)
		if (cidr_match(&list[i], a))
			return true;
	return false;
}

#define LISTED(list, a) listed(list, sizeof(list) / sizeof *(list), a)

#define OWN_MAX 1024 /* addresses of this machine */
#define OWN_KEPT_NS INT64_C(5000000000) /* how long their list is cached */

/* Lists this machine's addresses; -1: they cannot be determined. */
static int own_list(struct addr *out)
{
	struct ifaddrs *all = NULL;
	int n = 0;

	if (getifaddrs(&all) != 0)
		return -1;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct addr a;

		if (!i->ifa_addr || !addr_of(i->ifa_addr, &a))
			continue;
		if (n == OWN_MAX) {
			n = -1;
			break;
		}
		out[n++] = a;
	}
	freeifaddrs(all);
	return n;
}

/* Whether it is an address of this machine; true as well when that cannot be determined. */
static bool own(const struct addr *a)
{
	static struct addr list[OWN_MAX];
	static int count = -1;
	static int64_t at;
	int64_t now = clock_mono_ns();

	if (count < 0 || now - at > OWN_KEPT_NS) {
		count = own_list(list);
		at = now;
	}
	for (int i = 0; i < count; i++)
		if (list[i].family == a->family && memcmp(list[i].b, a->b, sizeof a->b) == 0)
			return true;
	return count < 0;
}

bool url_guard_address_allowed(const struct addr *a)
{
	if (LISTED(metadata, a))
		return false;
	if (listed(allowed, allowed_count, a))
		return true;
	if (LISTED(special, a) || (a->family == 6 && !cidr_match(&global_v6, a)))
		return false;
	return (a->family == 4 || a->family == 6) && !own(a);
}

/* ---- names ---- */

/* Reserved names (RFC 6761), special ones, and metadata services; subdomains included. */
static const char *const never[] = {
	"localhost",
	"localdomain",
	"ip6-localhost",
	"ip6-loopback",
	"onion",
	"invalid",
	"example",
	"test",
	"in-addr.arpa",
	"ip6.arpa",
	"metadata.google.internal",
	"metadata.goog",
};
/* Names of private networks; allowed when the operator has allowed a network. */
static const char *const inside[] = {
	"local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa"};

/* Whether `host` is the domain `tail` or a subdomain of it. */
static bool ends_with(const char *host, const char *tail)
{
	size_t n = strlen(host), m = strlen(tail);

	return n >= m && strcmp(host + n - m, tail) == 0 && (n == m || host[n - m - 1] == '.');
}

static bool name_in(const char *host, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ends_with(host, list[i]))
			return true;
	return false;
}

#define NAME_IN(host, list) name_in(host, list, sizeof(list) / sizeof *(list))

/* Labels of letters, digits and inner hyphens (RFC 1123), at most 63 bytes each. */
static bool name_spelled(const char *host)
{
	for (const char *p = host;; p++) {
		size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-");

		if (n == 0 || n > 63 || p[0] == '-' || p[n - 1] == '-')
			return false;
		p += n;
		if (!*p)
			return true;
		if (*p != '.')
			return false;
	}
}

/* Some parsers treat a host whose last label is a number as an IPv4 address (WHATWG URL,
 * section 3.5), so such names are rejected. */
static bool numeric_end(const char *host)
{
	const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;

	if (last[strspn(last, "0123456789")] == '\0')
		return true;
	return last[0] == '0' && last[1] == 'x' &&
		last[2 + strspn(last + 2, "0123456789abcdef")] == '\0';
}

static const char *const bad_url =
	"must be an http or https URL in ASCII without user name or fragment";
static const char *const bad_name =
	"must have a fully qualified domain name or an IP address in standard notation as its host";
static const char *const bad_place =
	"must not point to this machine, a private network or another special address";
static const char *const bad_port =
	"must have port 80 or 443, or a port above 1023 that is not reserved for another service";

/* Checks the host, name or address; NULL when it is allowed. */
static const char *judge_host(struct guarded_url *t, bool bracketed)
{
	t->literal = addr_parse(t->host, strlen(t->host), &t->addr);
	if (t->literal && bracketed == (strchr(t->host, ':') != NULL)) {
		if (url_guard_address_allowed(&t->addr))
			return NULL;
		return bad_place;
	}
	if (t->literal || bracketed || !name_spelled(t->host) || numeric_end(t->host))
		return bad_name;
	if (NAME_IN(t->host, never))
		return bad_place;
	if (allowed_count == 0 && (!strchr(t->host, '.') || NAME_IN(t->host, inside)))
		return bad_place;
	return NULL;
}

/* ---- ports ---- */

/* Ports above 1023 of services that accept any input: a POST could be taken for a command there. */
static const uint16_t services[] = {
	2049, 3306, 5060, 5061, 5432, 6000, 6379, 6665, 6666, 6667, 6668, 6669, 6697, 11211, 27017};

static bool port_fine(uint16_t port)
{
	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (services[i] == port)
			return false;
	return port == 80 || port == 443 || port > 1023;
}

/* Parses ":8443" or nothing; decimal without leading zeros. */
static bool read_port(const char *s, size_t n, struct guarded_url *t)
{
	unsigned v = 0;

	t->port = t->tls ? 443 : 80;
	if (n == 0)
		return true;
	if (s[0] != ':' || n < 2 || n > 6 || s[1] == '0')
		return false;
	for (size_t i = 1; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	t->port = (uint16_t)v;
	return v <= 65535;
}

/* ---- URLs ---- */

/* Parses and checks "host:port". */
static const char *read_authority(const char *s, size_t n, struct guarded_url *t)
{
	bool bracketed = n > 0 && s[0] == '[';
	size_t host = text_before(s, n, bracketed ? ']' : ':');
	const char *fault;

	if (bracketed && host == n)
		return bad_url;
	s += bracketed;
	host -= bracketed;
	n -= 2 * (size_t)bracketed;
	if (host == 0 || host >= sizeof t->host)
		return bad_name;
	for (size_t i = 0; i < host; i++)
		t->host[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
	t->host[host] = '\0';
	if (!read_port(s + host + bracketed, n - host, t))
		return bad_url;
	fault = judge_host(t, bracketed);
	if (fault || port_fine(t->port))
		return fault;
	return bad_port;
}

const char *url_guard_parse(const char *url, size_t n, struct guarded_url *out)
{
	struct guarded_url t = {0};
	size_t skip;
	const char *fault;

	skip = url_scheme_length(url, n);
	t.tls = skip == 8;
	if (!skip || n == skip || n > GUARDED_URL)
		return bad_url;
	for (size_t i = 0; i < n; i++)
		if (url[i] <= 0x20 || url[i] >= 0x7f || strchr("\"<>\\^`{|}#", url[i]))
			return bad_url;
	size_t length = strcspn(url + skip, "/?");
	if (memchr(url + skip, '@', length))
		return bad_url;
	if ((fault = read_authority(url + skip, length, &t)) != NULL)
		return fault;
	if (only_https && !t.tls)
		return "must use https";
	if (out)
		*out = t;
	return NULL;
}
