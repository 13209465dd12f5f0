/* words: splits texts into words, as search compares them. */
#include "common/text/words.h"

#include "common/text/fold.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/param.h>

#define ROOM (WORD_MAX + FOLD_MAX)

/* A word being read, as code points. */
struct word {
	int32_t letters[ROOM];
	size_t n;
};

/* The words found so far. */
struct word_list {
	struct arena *arena;
	const char **words;
	size_t count, max;
};

/* Adds a folded character, unless the word is full. */
static void word_add(struct word *w, const int32_t *folded, size_t n)
{
	if (w->n >= WORD_MAX)
		return;
	memcpy(w->letters + w->n, folded, n * sizeof *folded);
	w->n += n;
	assert(w->n <= ROOM);
}

/* Adds the word to the list and begins another. */
static void word_end(struct word_list *list, struct word *w)
{
	char out[4 * ROOM];
	size_t bytes = 0;
	if (w->n && list->count++ < list->max) {
		for (size_t i = 0; i < MIN(w->n, WORD_MAX); i++)
			bytes += fold_put(w->letters[i], out + bytes);
		list->words[list->count - 1] = arena_dup(list->arena, out, bytes);
	}
	w->n = 0;
}

/* Ideographs and hiragana, which are written without spaces between words. */
static bool stands_alone(int32_t c)
{
	return (c >= 0x3041 && c <= 0x3096) || (c >= 0x3400 && c <= 0x9fff) ||
		(c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

size_t words_split(
	struct arena *a, const char *text, enum word_parts how, const char *words[], size_t max)
{
	struct word_list list = {.arena = a, .words = words, .max = max};
	struct word part = {.n = 0}, joined = {.n = 0};
	bool parted = false; /* `joined` has several parts */
	const unsigned char *s = (const unsigned char *)text;
	for (bool more = true; more;) {
		int32_t folded[FOLD_MAX];
		size_t n = 0;
		more = *s;
		enum fold_class class = more ? fold_next(&s, folded, &n) : FOLD_GAP;
		bool alone = class == FOLD_WORD && how != WORDS_JOINED && stands_alone(folded[0]);
		if (class == FOLD_APOSTROPHE && how != WORDS_JOINED)
			word_end(&list, &part);
		if (class == FOLD_GAP || alone) {
			word_end(&list, &part);
			if (how == WORDS_BOTH && parted)
				word_end(&list, &joined);
			joined.n = 0;
			parted = false;
		}
		if (class == FOLD_WORD) {
			parted = parted || (joined.n && !part.n);
			word_add(&part, folded, n);
			word_add(&joined, folded, n);
		}
		if (alone) {
			word_end(&list, &part);
			joined.n = 0;
		}
	}
	return list.count;
}
