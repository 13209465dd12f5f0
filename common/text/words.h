/* words: splits texts into words, as search compares them. */
#ifndef TG_TEXT_WORDS_H
#define TG_TEXT_WORDS_H

#include "common/base/arena.h"

#include <stddef.h>

#define WORD_MAX 40 /* characters of a word; the rest is cut off */

/* How words of several parts are read: those with apostrophes, and runs of ideographs. */
enum word_parts {
	WORDS_JOINED, /* "Rock'n'Roll" gives rocknroll, a run of ideographs is one word */
	WORDS_SPLIT, /* rock, n, roll; each ideograph is a word */
	WORDS_BOTH, /* rock, n, roll and rocknroll, so that either spelling is found; ideographs
	               split */
};

/* Splits a UTF-8 text into words without case, accents and compatibility forms (fold.h). Words end
 * at spaces, punctuation and symbols of any script, and ideographs and hiragana are a word each
 * unless joined (Unicode Standard Annex 29, rules WB4 and WB999; of MidLetter and ExtendNumLet only
 * apostrophes join). Returns the number of words; the first `max` are in `words`, in the arena. */
size_t words_split(
	struct arena *a, const char *text, enum word_parts how, const char *words[], size_t max);

#endif
