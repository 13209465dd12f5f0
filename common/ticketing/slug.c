/* slug: turns names into URL slugs and search words. */
#include "common/ticketing/slug.h"

#include "common/base/buf.h"
#include "common/base/uuid.h"
#include "common/text/fold.h"
#include "common/text/json_writer.h"
#include "common/text/words.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <sys/param.h>

/* of random parts: no characters that look like others */
#define ALPHABET "abcdefghjkmnpqrstuvwxyz23456789"
#define UNGUESSABLE 16 /* characters */

/* Appends one folded code point; a run of characters that are not allowed becomes one hyphen. */
static size_t slug_put(char *out, size_t n, int32_t c)
{
	bool fits = c < 0x80 && isalnum((int)c);
	if (!fits && (n == 0 || out[n - 1] == '-'))
		return n;
	out[n++] = fits ? (char)tolower((int)c) : '-';
	return n;
}

char *slug_make(struct arena *a, const char *name, const char *fallback)
{
	char *out = arena_alloc(a, SLUG_MAX + 1);
	size_t n = 0;
	for (const unsigned char *s = (const unsigned char *)name; *s;) {
		int32_t folded[FOLD_MAX];
		size_t count;
		bool ascii = *s < 0x80; /* ASCII apostrophes are hyphens in slugs */
		enum fold_class class = fold_next(&s, folded, &count);
		if (class == FOLD_GAP || (class == FOLD_APOSTROPHE && ascii)) {
			folded[0] = '-';
			count = 1;
		}
		for (size_t i = 0; i < count && n < SLUG_MAX - 10; i++)
			n = slug_put(out, n, folded[i]);
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	assert(n <= SLUG_MAX - 10);
	out[n] = 0;
	struct uuid u;
	if (n == 0 || uuid_parse(out, n, &u))
		return arena_strdup(a, fallback);
	return out;
}

char *slug_alternative(struct arena *a, const char *slug, int attempt)
{
	char word[7];
	if (attempt < 4)
		return arena_printf(a, "%s-%d", slug, attempt + 2);
	random_word(ALPHABET, word, 6);
	return arena_printf(a, "%s-%s", slug, word);
}

char *slug_unguessable(struct arena *a, const char *slug)
{
	char word[UNGUESSABLE + 1];
	size_t n = strnlen(slug, SLUG_MAX - UNGUESSABLE - 1);
	while (n > 0 && slug[n - 1] == '-')
		n--;
	random_word(ALPHABET, word, UNGUESSABLE);
	return arena_printf(a, "%.*s-%s", (int)n, slug, word);
}

bool slug_is_of(struct arena *a, const char *slug, const char *name, const char *fallback)
{
	const char *own = slug_make(a, name, fallback);
	size_t n = strlen(own), more;
	if (strncmp(slug, own, n) != 0)
		return false;
	more = strlen(slug + n);
	return more == 0 ||
		(slug[n] == '-' && (more == 2 || more == 7) &&
			strspn(slug + n + 1, ALPHABET) == more - 1);
}

size_t search_words(struct arena *a, const char *text, const char *words[], size_t max)
{
	return words_split(a, text, WORDS_SPLIT, words, max);
}

char *search_words_json(struct arena *a, const char *text)
{
	const char *words[SEARCH_WORDS_MAX];
	size_t n = words_split(a, text, WORDS_BOTH, words, SEARCH_WORDS_MAX);
	struct buf out;
	struct json j;
	buf_init(&out, 65536);
	write_start(&j, &out);
	write_array(&j, NULL);
	for (size_t i = 0; i < n && i < SEARCH_WORDS_MAX; i++)
		write_text(&j, NULL, words[i]);
	write_end_array(&j);
	char *s = arena_dup(a, out.p, out.n);
	buf_free(&out);
	return s;
}
