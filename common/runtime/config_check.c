/* config_check: validates configuration values. */
#include "common/runtime/config_check.h"

#include "common/base/log.h"
#include "common/text/mail_address.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024 /* bytes of a text value */
#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Parses the decimal digits at the start of `s`; *rest is what follows them. At most 15 digits, so
 * that a conversion to milliseconds cannot overflow. */
static bool config_number(const char *s, int64_t *out, const char **rest)
{
	size_t n = strspn(s, DIGITS);

	*rest = s + n;
	if (n == 0 || n > 15)
		return false;
	*out = strtoll(s, NULL, 10);
	return true;
}

static bool check_int(const struct config_key *k, const char *s, int64_t *out)
{
	const char *rest;

	return config_number(s, out, &rest) && !*rest && *out >= k->min && *out <= k->max;
}

static bool check_duration(const struct config_key *k, const char *s, int64_t *out)
{
	const char *rest;

	if (!config_number(s, out, &rest) || *out > INT64_C(1000000000))
		return false;
	if (!*rest || !strcmp(rest, "s"))
		*out *= 1000;
	else if (strcmp(rest, "ms"))
		return false;
	return *out >= k->min && *out <= k->max;
}

static bool some_text(const char *s)
{
	return *s != 0;
}

static bool log_level(const char *s)
{
	enum log_level level;

	return log_level_parse(s, &level);
}

/* Complete segments, without . and .., so that the prefix can be compared with a request's path. */
static bool base_path(const char *s)
{
	size_t n = strlen(s);

	if (n == 0)
		return true;
	if (s[0] != '/' || s[n - 1] == '/' || strspn(s, LOWER UPPER DIGITS "-._~/") != n)
		return false;
	for (const char *p = s; p; p = strchr(p + 1, '/')) {
		size_t m = strcspn(p + 1, "/");

		if (m == 0 || (m == 1 && p[1] == '.') || (m == 2 && p[1] == '.' && p[2] == '.'))
			return false;
	}
	return true;
}

static bool port(const char *s)
{
	const char *rest;
	int64_t v;

	return config_number(s, &v, &rest) && !*rest && v >= 1 && v <= 65535;
}

/* host, host:port, [v6] or [v6]:port; with `bare_v6` also an IPv6 address without brackets. */
static bool host(const char *s, bool bare_v6)
{
	size_t n = *s == '[' ? strspn(s + 1, DIGITS "abcdefABCDEF:.")
			     : strspn(s, LOWER UPPER DIGITS "-._");
	const char *rest = s + n;
	struct addr a;

	if (bare_v6 && addr_parse(s, strlen(s), &a))
		return true;
	if (*s == '[') {
		if (s[n + 1] != ']' || !addr_parse(s + 1, n, &a))
			return false;
		rest = s + n + 2;
	}
	return n > 0 && (!*rest || (*rest == ':' && port(rest + 1)));
}

static bool public_url(const char *s)
{
	return !*s || (!strncmp(s, "https://", 8) && host(s + 8, false)) ||
		(!strncmp(s, "http://", 7) && host(s + 7, false));
}

static bool db_host(const char *s)
{
	char one[256];

	if (!*s)
		return true;
	for (;;) {
		size_t n, m;

		s += strspn(s, " \t");
		n = strcspn(s, ",");
		for (m = n; m && (s[m - 1] == ' ' || s[m - 1] == '\t'); m--)
			;
		if (m >= sizeof one)
			return false;
		memcpy(one, s, m);
		one[m] = 0;
		if (!host(one, true))
			return false;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

/* Origins as browsers send them: the scheme, the host in lower case and a port, without a slash. */
static bool origins(const char *s)
{
	static const char host_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-.:[]";

	for (size_t n; *(s += strspn(s, ", \t")); s += n) {
		size_t scheme = strncmp(s, "https://", 8) == 0 ? 8 : 7;

		n = strcspn(s, ", \t");
		if ((scheme == 7 && strncmp(s, "http://", 7) != 0) || n == scheme ||
			strspn(s + scheme, host_characters) < n - scheme)
			return false;
	}
	return true;
}

static bool mail_url(const char *s)
{
	struct span host;

	return mail_url_parse(s, &host) != MAIL_UNKNOWN;
}

static bool mail_from(const char *s)
{
	struct span name, address;

	return !*s || mail_from_parse(s, &name, &address);
}

/* Keys of text with a syntax of their own. */
static const struct text_rule {
	const char *key;
	bool (*good)(const char *);
	const char *doc;
} text_rules[] = {
	{"db_host", db_host,
		"a comma-separated list of host or host:port (IPv6 addresses with a port in "
		"brackets)"},
	{"db_name", some_text, "the name of the database"},
	{"db_user", some_text, "the name of a database user"},
	{"key_file", some_text, "the path of the file with the master secret"},
	{"log_level", log_level, "one of debug, info, warn, error"},
	{"base_path", base_path,
		"empty, or a path with a leading slash and no trailing slash, such as /shop "
		"(letters, digits, - . _ ~)"},
	{"public_url", public_url,
		"empty, or http:// or https:// and a host without a path, such as "
		"https://tickets.example"},
	{"mail_url", mail_url,
		"empty, smtp:// or smtps:// with user:password@ (percent-encoded, or without), a "
		"host and perhaps a port, or the absolute path of sendmail"},
	{"mail_from", mail_from,
		"empty, an address, or a name and an address in <>, such as Tickets "
		"<tickets@shop.example>"},
	{"public_origins", origins,
		"empty, or a comma-separated list of http:// or https://, a host in lower case and "
		"perhaps a port, such as https://shop.example"},
};

static bool check_text(const struct config_key *k, const char *s, char *why, size_t why_size)
{
	struct cidr *list;
	char what[256] = "out of memory";
	int n;

	if (strlen(s) > TEXT_MAX) {
		snprintf(why, why_size, "%s is longer than %d bytes", k->name, TEXT_MAX);
		return false;
	}
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			snprintf(why, why_size, "%s contains a control character", k->name);
			return false;
		}
	for (size_t i = 0; i < sizeof text_rules / sizeof *text_rules; i++)
		if (!strcmp(text_rules[i].key, k->name) && !text_rules[i].good(s)) {
			snprintf(why, why_size, "%s must be %s", k->name, text_rules[i].doc);
			return false;
		}
	if (strcmp(k->name, "trusted_proxies") && strcmp(k->name, "webhook_allow"))
		return true;
	list = calloc(CIDR_MAX, sizeof *list);
	n = list ? cidr_list_parse(s, strlen(s), list, what, sizeof what) : -1;
	free(list);
	if (n < 0)
		snprintf(why, why_size, "%s: %s", k->name, what);
	return n >= 0;
}

static void duration_print(int64_t ms, char out[32])
{
	snprintf(out, 32, ms % 1000 ? "%lldms" : "%llds", (long long)(ms % 1000 ? ms : ms / 1000));
}

bool config_check(
	const struct config_key *k, const char *value, int64_t *out, char *why, size_t why_size)
{
	int64_t v = 0;
	char least[32], most[32];

	switch (k->type) {
	case CONFIG_INT:
		if (!check_int(k, value, &v)) {
			snprintf(why, why_size, "%s must be an integer from %lld to %lld", k->name,
				(long long)k->min, (long long)k->max);
			return false;
		}
		break;
	case CONFIG_DURATION:
		if (!check_duration(k, value, &v)) {
			duration_print(k->min, least);
			duration_print(k->max, most);
			snprintf(why, why_size,
				"%s must be a duration from %s to %s, such as 2s or 1500ms",
				k->name, least, most);
			return false;
		}
		break;
	case CONFIG_TEXT:
	case CONFIG_PATH:
		return check_text(k, value, why, why_size);
	}
	if (out)
		*out = v;
	return true;
}

/* The Levenshtein distance of two names of at most 31 bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32], n = strlen(b);

	assert(n < sizeof row / sizeof *row);
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t best = corner + (a[i] != b[j]);

			corner = row[j + 1];
			if (corner + 1 < best)
				best = corner + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = best;
		}
	}
	return row[n];
}

const char *config_nearest(const char *name)
{
	const char *near = NULL;
	size_t least = 3; /* at most two typing errors */

	for (const struct config_key *k = config_keys; k->name && strlen(name) < 32; k++) {
		size_t d = distance(name, k->name);

		if (d < least) {
			least = d;
			near = k->name;
		}
	}
	return near;
}
