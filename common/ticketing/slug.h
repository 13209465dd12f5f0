/* slug: turns names into URL slugs and search words. */
#ifndef TG_TICKETING_SLUG_H
#define TG_TICKETING_SLUG_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define SLUG_MAX 120 /* characters, which are ASCII */

/* Makes a slug from a name, in the arena: "Café del Mar 2025!" gives "cafe-del-mar-2025". Latin
 * letters lose their accents, words with cased letters of other scripts are left out, everything
 * else becomes a hyphen. It has at most SLUG_MAX - 10 characters, so that a suffix fits. A name
 * without a Latin word or digit, or one that looks like a UUID, gives `fallback`. */
char *slug_make(struct arena *a, const char *name, const char *fallback);
/* The slug with a suffix, for a slug that is taken: -2 to -5 for attempts 0 to 3, then random
 * characters. */
char *slug_alternative(struct arena *a, const char *slug, int attempt);

/* The slug with 16 random characters (79 bits): an address that cannot be guessed. */
char *slug_unguessable(struct arena *a, const char *slug);
/* Whether a slug is that of the name, or an alternative of it. */
bool slug_is_of(struct arena *a, const char *slug, const char *name, const char *fallback);

#define SEARCH_WORDS_MAX 100 /* words of a name that are indexed */

/* The words of a search (common/text/words.h), split at apostrophes. Returns their number; the
 * first `max` are in `words`, in the arena. */
size_t search_words(struct arena *a, const char *text, const char *words[], size_t max);
/* The words of a name that the index of event lists contains, as a JSON array for JSON_TABLE, in
 * the arena: with both spellings of words that have apostrophes. */
char *search_words_json(struct arena *a, const char *text);

#endif
