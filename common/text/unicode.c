/* unicode: characters that cannot be seen, and names of characters for messages. */
#include "common/text/unicode.h"

#include <utf8proc.h>

bool char_is_blank(int32_t c)
{
	if (c == 0x2800 ||
		utf8proc_get_property(c)->ignorable) /* 2800: a Braille cell without dots */
		return true;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
		return true;
	default:
		return false;
	}
}

int32_t char_next(const char **s)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)*s, -1, &c);
	*s += n > 0 ? n : 1;
	return n > 0 ? c : 0xfffd;
}

bool text_is_blank(const char *s)
{
	while (*s)
		if (!char_is_blank(char_next(&s)))
			return false;
	return true;
}

char *char_text(struct arena *a, int32_t c)
{
	utf8proc_uint8_t text[4];
	utf8proc_category_t kind = utf8proc_category(c);
	bool mark = kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_MC ||
		kind == UTF8PROC_CATEGORY_ME;
	bool assigned = kind != UTF8PROC_CATEGORY_CN && kind != UTF8PROC_CATEGORY_CO &&
		kind != UTF8PROC_CATEGORY_CS;
	if (char_is_blank(c) || mark || !assigned)
		return arena_printf(a, "U+%04X", (unsigned)c);
	return arena_printf(a, "'%.*s'", (int)utf8proc_encode_char(c, text), (char *)text);
}
