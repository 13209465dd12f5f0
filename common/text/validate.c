/* validate: syntax of amounts, URLs and slugs. */
#include "common/text/validate.h"

#include "common/base/uuid.h"
#include "common/text/unicode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reads the digits up to the exponent as one integer; *scale gets the number of decimals among
 * them. False on overflow. */
static bool mantissa(const char **s, uint64_t *digits, long *scale)
{
	bool point = false;
	for (; **s == '.' || isdigit((unsigned char)**s); (*s)++) {
		if (**s == '.') {
			point = true;
			continue;
		}
		if (*digits > (UINT64_MAX - 9) / 10)
			return false;
		*digits = *digits * 10 + (uint64_t)(**s - '0');
		*scale += point;
	}
	return true;
}

bool validate_decimal(const char *s, int decimals, int64_t *out)
{
	bool negative = *s == '-';
	s += negative;
	uint64_t digits = 0;
	long scale = 0, exponent = 0;
	if (!mantissa(&s, &digits, &scale))
		return false;
	if (*s == 'e' || *s == 'E')
		exponent = strtol(s + 1, NULL, 10);
	if (exponent > 400 || exponent < -400)
		return digits == 0 && (*out = 0, true);
	for (long shift = exponent + decimals - scale; shift != 0 && digits != 0;
		shift += shift > 0 ? -1 : 1) {
		if (shift > 0 ? digits > (uint64_t)INT64_MAX / 10 : digits % 10 != 0)
			return false;
		digits = shift > 0 ? digits * 10 : digits / 10;
	}
	if (digits > (uint64_t)INT64_MAX)
		return false;
	*out = negative ? -(int64_t)digits : (int64_t)digits;
	return true;
}

size_t url_scheme_length(const char *s, size_t n)
{
	if (n >= 8 && strncasecmp(s, "https://", 8) == 0)
		return 8;
	if (n >= 7 && strncasecmp(s, "http://", 7) == 0)
		return 7;
	return 0;
}

/* A subset of RFC 3986: scheme, host of well-formed characters, optional port, then printable ASCII
 * without spaces and quotes. */
bool validate_url(const char *s, size_t n)
{
	size_t skip = url_scheme_length(s, n);
	if (!skip)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7f || strchr("\"<>\\^`{|}", s[i]))
			return false;
	const char *authority = s + skip;
	size_t length = strcspn(authority, "/?#");
	const char *at = memchr(authority, '@', length);
	const char *host = at ? at + 1 : authority;
	size_t host_n = length - (size_t)(host - authority),
	       name = strspn(
		       host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_");
	if (host_n && host[0] == '[')
		name = strspn(host, "[]0123456789abcdefABCDEF:.");
	if (name > host_n)
		name = host_n;
	if (name == 0 || host[0] == '.' || host[0] == '-')
		return false;
	if (name == host_n || (host[0] == '[' && host[name - 1] == ']' && name == host_n))
		return true;
	const char *port = host + name;
	size_t digits = strspn(port + 1, "0123456789");
	return port[0] == ':' && digits > 0 && digits <= 5 && digits + 1 == host_n - name &&
		strtol(port + 1, NULL, 10) <= 65535;
}

char *url_encoding_fault(struct arena *a, const char *s)
{
	const char *from = s;
	while (*from && (unsigned char)*from < 0x80)
		from++;
	if (!*from)
		return NULL;
	size_t scheme = url_scheme_length(s, strlen(s));
	const char *to = from;
	char *name = char_text(a, char_next(&to)), *encoded = arena_strdup(a, "");
	if (scheme && from < s + scheme + strcspn(s + scheme, "/?#"))
		return arena_printf(a,
			"must have its host name in ASCII (xn--\xe2\x80\xa6): it contains %s",
			name);
	for (; from < to; from++)
		encoded = arena_printf(a, "%s%%%02X", encoded, (unsigned)(unsigned char)*from);
	return arena_printf(a, "must be percent-encoded: replace %s by %s", name, encoded);
}

/* The first character that cannot be part of an email address; 0: none. */
static int32_t email_stranger(const char *s, size_t n)
{
	for (const char *p = s; p < s + n;) {
		int32_t c = char_next(&p);
		if (char_is_blank(c) || (c < 0x80 && strchr("<>()[]\\,;:\"", (int)c)))
			return c;
	}
	return 0;
}

/* Whether a part of an address has a dot at an end, or two next to each other. */
static bool stray_dot(const char *s, size_t n)
{
	if (n == 0 || s[0] == '.' || s[n - 1] == '.')
		return true;
	for (size_t i = 1; i < n; i++)
		if (s[i] == '.' && s[i - 1] == '.')
			return true;
	return false;
}

char *email_fault(struct arena *a, const char *s, size_t n)
{
	int32_t stranger = email_stranger(s, n);
	const char *at = memchr(s, '@', n);
	if (stranger)
		return arena_printf(
			a, "must be an email without the character %s", char_text(a, stranger));
	if (!at || at == s || at + 1 == s + n || memchr(at + 1, '@', n - (size_t)(at + 1 - s)) ||
		n > 254 || at - s > 64)
		return arena_strdup(a, "must be an email");
	size_t local = (size_t)(at - s), domain = n - local - 1;
	if (stray_dot(s, local) || stray_dot(at + 1, domain))
		return arena_strdup(a,
			"must be an email without '.' at the beginning or end of a part or next to "
			"another '.'");
	return memchr(at + 1, '.', domain) ? NULL : arena_strdup(a, "must be an email");
}

bool validate_slug(const char *s, size_t n)
{
	struct uuid u;
	size_t letters = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return letters == n && n > 0 && s[strspn(s, "-")] && !uuid_parse(s, n, &u);
}
