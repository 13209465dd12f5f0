/* utf8: validates UTF-8 and makes arbitrary bytes printable. */
#include "common/base/utf8.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

/* Length of the sequence that a first byte starts, 0 when no sequence starts with it. */
static size_t announced_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	if (first < 0xe0)
		return 2;
	return first < 0xf0 ? 3 : 4;
}

size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length = announced_length(p[0]);

	if (length < 2 || n < length)
		return length == 1;
	/* limits of the second byte exclude overlong forms, surrogates and beyond U+10FFFF */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool utf8_valid(const char *p, size_t n, size_t *characters)
{
	size_t count = 0;

	for (size_t i = 0; i < n; count++) {
		size_t length = utf8_length((const unsigned char *)p + i, n - i);

		if (length == 0)
			return false;
		i += length;
	}
	if (characters)
		*characters = count;
	return true;
}

/* Whether the last n bytes are the start of a character whose rest is missing. */
static bool cut_off(const unsigned char *p, size_t n)
{
	size_t length = announced_length(p[0]);

	if (n >= length)
		return false;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	return true;
}

char *utf8_clean(struct arena *a, const char *p, size_t n)
{
	char *out = arena_alloc(a, 3 * n + 1), *to = out;

	for (size_t i = 0; i < n;) {
		const unsigned char *c = (const unsigned char *)p + i;
		size_t length = utf8_length(c, n - i);
		bool control = *c == 0x7f || (*c < ' ' && !strchr("\t\n\r", *c)) || *c == 0 ||
			(length == 2 && *c == 0xc2 && c[1] < 0xa0);

		if (length == 0 && cut_off(c, n - i))
			break;
		memcpy(to, length && !control ? p + i : "\xef\xbf\xbd",
			length && !control ? length : 3);
		to += length && !control ? length : 3;
		i += MAX(length, 1);
	}
	assert((size_t)(to - out) <= 3 * n);
	*to = 0;
	return out;
}
