/* fold: letters without case, accents and compatibility forms, as search and slugs compare them. */
#ifndef TG_TEXT_FOLD_H
#define TG_TEXT_FOLD_H

#include <stddef.h>
#include <stdint.h>

#define FOLD_MAX 18 /* code points that one character folds to: U+FDFA is the longest */

enum fold_class {
	FOLD_WORD, /* a letter or digit, or a mark that belongs to one */
	FOLD_SILENT, /* nothing of it is compared: accents, apostrophes, invisible characters */
	FOLD_GAP, /* separates words */
};

/* One character of the NUL-terminated UTF-8 text *s, which moves on. `out` gets the code points of
 * its Unicode NFKD form with full case folding, less the accents of U+0300 to U+036F, and with
 * Latin letters that Unicode does not decompose (ø, ł, æ) as ASCII; `n` how many, 0 unless
 * FOLD_WORD. An invalid byte is a FOLD_GAP. (Unicode Standard Annex 15; libutf8proc.) */
enum fold_class fold_next(const unsigned char **s, int32_t out[FOLD_MAX], size_t *n);
/* The code point as UTF-8. Returns its length. */
size_t fold_put(int32_t c, char out[4]);

#endif
