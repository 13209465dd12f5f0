/* mail_address: addresses as they are compared, and the two settings of mail: who it is from and
 * where it is handed over. */
#include "common/text/mail_address.h"

#include "common/text/cidr.h"

#include <string.h>
#include <strings.h>

#define ADDRESS_MAX 254
#define LOCAL_MAX 64
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ATOM LETTERS "!#$%&'*+-/=?^_`{|}~" /* RFC 5322 section 3.2.3 */

char *mail_address_key(struct arena *a, const char *s)
{
	char *key = arena_strdup(a, s);

	for (char *c = key; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	return key;
}

char *mail_address_of_account(struct arena *a, const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return NULL;
	return mail_address_key(a, s);
}

/* Words of the characters, separated by single dots. */
static bool dotted(const char *s, size_t n, const char *characters)
{
	size_t word = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && word == 0)
			return false;
		if (s[i] != '.' && !strchr(characters, s[i]))
			return false;
		word = s[i] == '.' ? 0 : word + 1;
	}
	return word > 0;
}

static bool is_address(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);

	if (!at || n > ADDRESS_MAX || at - s > LOCAL_MAX)
		return false;
	size_t local = (size_t)(at - s);
	return dotted(s, local, ATOM) && dotted(at + 1, n - local - 1, LETTERS "-");
}

static struct span without_spaces(const char *p, size_t n)
{
	while (n && *p == ' ') {
		p++;
		n--;
	}
	while (n && p[n - 1] == ' ')
		n--;
	return (struct span){p, n};
}

bool mail_from_parse(const char *s, struct span *name, struct span *address)
{
	size_t n = strlen(s);
	const char *angle = strrchr(s, '<'), *p;

	*name = (struct span){s, 0};
	*address = without_spaces(s, n);
	if (angle && n && s[n - 1] == '>') {
		*name = without_spaces(s, (size_t)(angle - s));
		*address = (struct span){angle + 1, n - (size_t)(angle - s) - 2};
	}
	p = name->p;
	if (name->n >= 2 && *p == '"' && p[name->n - 1] == '"')
		*name = (struct span){p + 1, name->n - 2};
	return is_address(address->p, address->n);
}

/* A port from 1 to 65535, in five digits at most. */
static bool is_port(const char *s)
{
	unsigned n = 0;
	size_t digits = strspn(s, "0123456789");

	for (size_t i = 0; i < digits && i < 5; i++)
		n = n * 10 + (unsigned)(s[i] - '0');
	return digits > 0 && digits <= 5 && !s[digits] && n >= 1 && n <= 65535;
}

/* user:password, percent-encoded (RFC 3986 section 3.2.1). */
static bool is_login(const char *s, size_t n)
{
	const char *colon = memchr(s, ':', n);

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%' &&
			(i + 2 >= n || !strchr("0123456789abcdefABCDEF", s[i + 1]) ||
				!strchr("0123456789abcdefABCDEF", s[i + 2])))
			return false;
		if (s[i] != ':' && !strchr(LETTERS "-._~!$&'()*+,;=%", s[i]))
			return false;
	}
	return colon && colon > s && colon + 1 < s + n;
}

/* A name, an IPv4 address, or an IPv6 address in brackets. */
static bool is_host(struct span h)
{
	const char *s = h.p;
	struct addr a;

	if (h.n > 2 && *s == '[' && s[h.n - 1] == ']')
		return addr_parse(s + 1, h.n - 2, &a) && a.family == 6;
	return h.n <= 253 && dotted(s, h.n, LETTERS "-_");
}

enum mail_route mail_url_parse(const char *s, struct span *host)
{
	enum mail_route route = MAIL_SMTP;
	const char *at;

	*host = (struct span){s, 0};
	if (!*s)
		return MAIL_OFF;
	if (*s == '/')
		return s[1] && s[strlen(s) - 1] != '/' ? MAIL_SENDMAIL : MAIL_UNKNOWN;
	if (strncmp(s, "smtps://", 8) == 0)
		route = MAIL_SMTPS;
	else if (strncmp(s, "smtp://", 7) != 0)
		return MAIL_UNKNOWN;
	s += route == MAIL_SMTPS ? 8 : 7;
	if ((at = strrchr(s, '@'))) {
		if (!is_login(s, (size_t)(at - s)))
			return MAIL_UNKNOWN;
		s = at + 1;
	}
	size_t n = *s == '[' ? strcspn(s, "]") + 1 : strcspn(s, ":");
	if (n > strlen(s))
		return MAIL_UNKNOWN;
	*host = (struct span){s, n};
	if (!is_host(*host) || (s[n] && (s[n] != ':' || !is_port(s + n + 1))))
		return MAIL_UNKNOWN;
	return route;
}

bool mail_host_is_loopback(struct span h)
{
	const char *s = h.p;
	struct addr a;
	bool v6 = h.n > 2 && *s == '[';
	static const uint8_t one[16] = {[15] = 1};

	if (h.n == 9 && strncasecmp(s, "localhost", 9) == 0)
		return true;
	if (!addr_parse(v6 ? s + 1 : s, v6 ? h.n - 2 : h.n, &a))
		return false;
	return a.family == 4 ? a.b[0] == 127 : memcmp(a.b, one, sizeof one) == 0;
}
