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
#include <utf8proc.h>

/* of random parts: no characters that look like others */
#define ALPHABET "abcdefghjkmnpqrstuvwxyz23456789"
#define UNGUESSABLE 16 /* characters */

/* A slug being made. */
struct slug {
	char *text;
	size_t n;
	size_t letters; /* where the letters begin that n follows */
	bool left_out; /* they have one that is not in ASCII */
};

/* Ends a word; a run of characters that are not allowed becomes one hyphen. */
static void put_gap(struct slug *s)
{
	if (s->n && s->text[s->n - 1] != '-')
		s->text[s->n++] = '-';
	s->letters = s->n;
	s->left_out = false;
}

/* Greek and Cyrillic letters, for example. */
static bool has_case(int32_t c)
{
	utf8proc_category_t kind = utf8proc_category(c);
	return kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LU ||
		kind == UTF8PROC_CATEGORY_LT;
}

/* Appends one folded code point. Letters with a cased one among them that has no ASCII form are
 * left out together: a word with holes would be another word. Letters of scripts without case, such
 * as ideographs, stand beside Latin words. */
static void put_folded(struct slug *s, int32_t c)
{
	if (c < 0x80 && isdigit((int)c)) {
		s->text[s->n++] = (char)c;
		s->letters = s->n;
		s->left_out = false;
	} else if (c < 0x80 && isalpha((int)c)) {
		if (!s->left_out)
			s->text[s->n++] = (char)tolower((int)c);
	} else if (has_case(c)) {
		s->n = s->letters;
		put_gap(s);
		s->left_out = true;
	} else {
		put_gap(s);
	}
}

char *slug_make(struct arena *a, const char *name, const char *fallback)
{
	struct slug out = {.text = arena_alloc(a, SLUG_MAX + 1)};
	for (const unsigned char *s = (const unsigned char *)name; *s;) {
		int32_t folded[FOLD_MAX];
		size_t count;
		bool ascii = *s < 0x80; /* ASCII apostrophes are hyphens in slugs */
		enum fold_class class = fold_next(&s, folded, &count);
		if (class == FOLD_GAP || (class == FOLD_APOSTROPHE && ascii)) {
			folded[0] = '-';
			count = 1;
		}
		for (size_t i = 0; i < count && out.n < SLUG_MAX - 10; i++)
			put_folded(&out, folded[i]);
	}
	while (out.n > 0 && out.text[out.n - 1] == '-')
		out.n--;
	assert(out.n <= SLUG_MAX - 10);
	out.text[out.n] = 0;
	struct uuid u;
	if (out.n == 0 || uuid_parse(out.text, out.n, &u))
		return arena_strdup(a, fallback);
	return out.text;
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
