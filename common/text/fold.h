/* fold: letters without case, accents and compatibility forms, as search and slugs compare them. */
#ifndef TG_TEXT_FOLD_H
#define TG_TEXT_FOLD_H

#include <stddef.h>
#include <stdint.h>

#define FOLD_MAX 18 /* code points that one character folds to: U+FDFA is the longest */

enum fold_class {
	FOLD_WORD, /* a letter or digit, or a mark that belongs to one */
	FOLD_SILENT, /* ignored in comparisons: accents and invisible characters */
	FOLD_APOSTROPHE, /* optional inside words: "O'Hara" is also typed "OHara" */
	FOLD_GAP, /* separates words */
};

/* Folds one character of the NUL-terminated UTF-8 text *s and advances *s. `out` gets the code
 * points of its Unicode NFKD form (Unicode Standard Annex 15) with full case folding, without the
 * accents U+0300 to U+036F, and with Latin letters that Unicode does not decompose (ø, ł, æ) as
 * ASCII; *n their number, 0 unless FOLD_WORD. An invalid byte is a FOLD_GAP. */
enum fold_class fold_next(const unsigned char **s, int32_t out[FOLD_MAX], size_t *n);
/* Encodes a code point in UTF-8; returns its length. */
size_t fold_put(int32_t c, char out[4]);

#endif
