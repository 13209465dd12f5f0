/* slug: names as URL parts and as search words. */
#ifndef TG_TICKETING_SLUG_H
#define TG_TICKETING_SLUG_H

#include "common/base/arena.h"

#include <stddef.h>

#define SLUG_MAX 120

/* "Café del Mar 2025!" gives "cafe-del-mar-2025": Latin letters without their accents, everything
   else becomes a hyphen; at most SLUG_MAX - 10 characters, so that a suffix fits. A name without a
   Latin letter or digit gives `fallback`. */
char *slug_make(struct arena *a, const char *name, const char *fallback);
/* The same slug with something behind it, for when it is taken: -2 to -5, then a random word. */
char *slug_alternative(struct arena *a, const char *slug, int attempt);

#define WORD_MAX 40 /* characters of a search word */

/* The words of a text, in order, cut at everything that is neither an ASCII letter or digit nor a
   byte of another script, each at most WORD_MAX characters. Returns how many there are; the first
   `max` are in `words`. Case and accents are left to the collation. */
size_t search_words(struct arena *a, const char *text, const char *words[], size_t max);
/* The same as a JSON array, for JSON_TABLE. */
char *search_words_json(struct arena *a, const char *text);

#endif
