/* words: splits texts into words, as search compares them. */
#ifndef TG_TEXT_WORDS_H
#define TG_TEXT_WORDS_H

#include "common/base/arena.h"

#include <stddef.h>

#define WORD_MAX 40 /* characters of a word; the rest is cut off */

/* How apostrophes inside words are read. */
enum word_apostrophes {
	WORDS_JOINED, /* "Rock'n'Roll" gives rocknroll */
	WORDS_SPLIT, /* rock, n, roll */
	WORDS_BOTH, /* all four: what an index contains, so that either spelling is found */
};

/* Splits a UTF-8 text into words without case, accents and compatibility forms (fold.h), each in
 * Unicode NFC. Words end at spaces, punctuation and symbols of any script, and ideographs and
 * hiragana are a word each (Unicode Standard Annex 29, rules WB4 and WB999; of MidLetter and
 * ExtendNumLet only apostrophes join). Returns the number of words; the first `max` are in `words`,
 * in the arena. */
size_t words_split(struct arena *a, const char *text, enum word_apostrophes how,
	const char *words[], size_t max);

#endif
