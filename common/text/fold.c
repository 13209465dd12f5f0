/* fold: letters without case, accents and compatibility forms, as search and slugs compare them. */
#include "common/text/fold.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

/* Latin letters that Unicode does not decompose, with their common ASCII substitutes. In lower
 * case, since case is folded first. */
static const struct {
	int32_t letter;
	const char *ascii;
} latin[] = {
	{0xe6, "ae"},
	{0xf0, "d"},
	{0xf8, "o"},
	{0xfe, "th"},
	{0x111, "d"},
	{0x127, "h"},
	{0x131, "i"},
	{0x142, "l"},
	{0x14b, "n"},
	{0x153, "oe"},
	{0x167, "t"},
};

/* Separates words in scripts that are written without spaces, such as Khmer and Thai. */
#define ZERO_WIDTH_SPACE 0x200b

static bool is_accent(int32_t c)
{
	return c >= 0x300 && c <= 0x36f;
}

static bool is_apostrophe(int32_t c)
{
	return c == '\'' || c == '`' || c == 0xb4 || c == 0x2bb || c == 0x2bc ||
		(c >= 0x2018 && c <= 0x201b);
}

static enum fold_class classify(int32_t c)
{
	if (is_apostrophe(c))
		return FOLD_APOSTROPHE;
	if (is_accent(c))
		return FOLD_SILENT;
	if (c == ZERO_WIDTH_SPACE)
		return FOLD_GAP;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return FOLD_WORD;
	case UTF8PROC_CATEGORY_CF: /* soft hyphen, zero-width joiners, direction marks */
		return FOLD_SILENT;
	default:
		return FOLD_GAP;
	}
}

static const char *ascii_of(int32_t c)
{
	for (size_t i = 0; i < sizeof latin / sizeof *latin; i++)
		if (latin[i].letter == c)
			return latin[i].ascii;
	return NULL;
}

enum fold_class fold_next(const unsigned char **s, int32_t out[FOLD_MAX], size_t *n)
{
	utf8proc_int32_t c, parts[FOLD_MAX];
	*n = 0;
	utf8proc_ssize_t length = utf8proc_iterate(*s, -1, &c);
	if (length <= 0) {
		++*s;
		return FOLD_GAP;
	}
	*s += length;
	enum fold_class class = classify(c);
	if (class != FOLD_WORD)
		return class;
	utf8proc_ssize_t got = utf8proc_decompose_char(c, parts, FOLD_MAX,
		UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, NULL);
	if (got < 0 || got > FOLD_MAX)
		return FOLD_GAP;
	for (utf8proc_ssize_t i = 0; i < got && *n < FOLD_MAX; i++) {
		const char *ascii = ascii_of(parts[i]);
		if (is_accent(parts[i]) ||
			parts[i] == ' ') /* a spacing accent decomposes to both */
			continue;
		if (!ascii) {
			out[(*n)++] = parts[i];
			continue;
		}
		for (; *ascii && *n < FOLD_MAX; ascii++)
			out[(*n)++] = *ascii;
	}
	return *n ? FOLD_WORD : FOLD_SILENT;
}

size_t fold_put(int32_t c, char out[4])
{
	utf8proc_ssize_t n = utf8proc_encode_char(c, (utf8proc_uint8_t *)out);
	assert(n > 0 && n <= 4);
	return (size_t)n;
}
