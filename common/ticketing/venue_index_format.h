/* venue_index_format: what the venues' search index is made of: words, typos, places on the globe,
 * packed lists. The command writes it, venues.fcgi reads it. */
#ifndef TG_TICKETING_VENUE_INDEX_FORMAT_H
#define TG_TICKETING_VENUE_INDEX_FORMAT_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Venues are numbered from 0 in the order of their static rank: the largest capacity first, then by
   name. The entries of an index (venue_entries), by the first letter of their key; numbers are
   little-endian: m            how many venues there are: 4 bytes w<word>      a list: the venues
   that have the word p<letters>   a list: the venues that have a word beginning so; only where more
   than VENUE_PREFIX_WORDS words do. Fewer are read as a range of w. t<bucket>    the words of five
   or more letters one of whose variants (itself, or itself without one letter) falls into the
   bucket: each a length byte and its bytes n<bucket>    names in full that fall into the bucket: 8
   bytes of hash and 4 of number each c<country>   a list; y<city> a list, by the words of the
   city's whole name i<block>     the ids of VENUE_IDS venues, 16 bytes each G            the
   patches of the globe, 16 bytes each: a point in the middle, and how far from it the farthest
   venue is L            the patch of each venue, 2 bytes; VENUE_NOWHERE when its place is not known
   g<patch>     the venues of a patch, 16 bytes each: number and point
   A list is one varint a venue, in order: the distance to the number before, times 4, plus where
   the word stands (enum venue_part). */
#define VENUE_PREFIX_WORDS 24
#define VENUE_BUCKETS 4096
#define VENUE_IDS 256
#define VENUE_PATCH 256 /* venues of a patch, at most */
#define VENUE_NOWHERE 0xffff
#define VENUE_ENTRY 64 /* characters of a key */
#define VENUE_WORD 40 /* characters of a word */
#define VENUE_NAME_WORDS 10 /* words of a name or of a query that count */
#define VENUES_MAX (1 << 22)

enum venue_part { PART_NAME, PART_CITY, PART_OTHER };

/* The words of a text, in order, without case, accents and apostrophes: "Café O'Hara" gives cafe,
   ohara. Latin letters become ASCII; of other scripts only Greek and Cyrillic are folded. How many
   there are; the first `max` are in `words`, each of at most VENUE_WORD characters. */
size_t venue_words(struct arena *a, const char *text, const char *words[], size_t max);
/* The words with one blank between; at most `max` of them. Without the words that only say "city".
 */
char *venue_city(struct arena *a, const char *city);
uint64_t venue_name_hash(const char *const *words, size_t n);

/* Is it a word in which a typo is forgiven (letters only, `least` or more)? Words of the directory
 * need five; what was typed may lack one. */
bool typo_word(const char *word, size_t least);
/* The bucket of the word without the letter at `skip`; the whole word when that is its length. */
unsigned typo_bucket(const char *word, size_t n, size_t skip);
/* Is one insertion, deletion, substitution or transposition of neighbours all that lies between?
 * Equal words: false. */
bool typo_is_one_apart(const char *a, const char *b);

struct point {
	int32_t x, y, z; /* 2^30 is the radius of the globe */
};
struct point point_from_degrees(double latitude, double longitude);
/* the straight line through the globe, in 2^-30 radii: grows with the distance */
uint32_t point_chord(struct point a, struct point b);
double km_from_chord(uint32_t chord); /* the way on the surface, mean radius */
uint32_t chord_from_km(double km);

/* A varint at `p`, of at most `n` bytes. The bytes taken, 0 when it is not whole. */
size_t varint_get(const unsigned char *p, size_t n, uint32_t *out);
size_t varint_put(unsigned char out[5], uint32_t v);
uint32_t uint32_get(const unsigned char *p); /* 4 bytes */

#endif
