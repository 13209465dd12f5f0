/* utf8: is this text, and how to show what is not. */
#include "common/base/utf8.h"

#include <string.h>

size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < length)
		return 0;
	/* The second byte excludes overlong forms, surrogates and what lies past U+10FFFF. */
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

/* Do the n bytes left begin a character that needs more? */
static bool cut_off(const unsigned char *p, size_t n)
{
	size_t length = p[0] < 0xc2 || p[0] > 0xf4 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

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
		i += length ? length : 1;
	}
	*to = 0;
	return out;
}
