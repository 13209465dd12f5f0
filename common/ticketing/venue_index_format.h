/* venue_index_format: the format of the venue search index, which the command writes and
 * venues.fcgi reads. */
#ifndef TG_TICKETING_VENUE_INDEX_FORMAT_H
#define TG_TICKETING_VENUE_INDEX_FORMAT_H

#include "common/base/arena.h"
#include "common/text/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Venues are numbered from 0 in the order of their static rank: largest capacity first, then by
 * name. The entries of an index (table venue_entries) by the first letter of their key; integers
 * are little-endian:
 * - m: the number of venues, 4 bytes
 * - w<word>: list of the venues that have the word
 * - p<letters>: list of the venues that have a word with this prefix; only for prefixes of more
 * than VENUE_PREFIX_WORDS words, others are read as a range of w
 * - t<bucket>: the words of five or more letters of which a variant (the word itself, or without
 * one letter) hashes to the bucket; each is a length byte and the bytes
 * - n<bucket>: the full names that hash to the bucket; each is 8 bytes of hash and 4 bytes of
 * number
 * - c<country>: list of the country's venues
 * - y<city>: list of the city's venues, by the words of the city's whole name
 * - i<block>: the ids of VENUE_IDS venues, 16 bytes each
 * - G: the patches of the globe, 16 bytes each: the center, and the chord to the farthest venue
 * - L: the patch of each venue, 2 bytes; VENUE_NOWHERE when its location is unknown
 * - g<patch>: the venues of a patch, 16 bytes each: number and point
 * A list is one varint for each venue in order: the difference to the previous number, times 4,
 * plus the part that has the word (enum venue_part). */
#define VENUE_PREFIX_WORDS 24
#define VENUE_BUCKETS 4096
#define VENUE_IDS 256
#define VENUE_PATCH 256 /* most venues of a patch */
#define VENUE_NOWHERE 0xffff
#define VENUE_ENTRY 64 /* characters of a key */
#define VENUE_WORD WORD_MAX /* characters of a word */
#define VENUE_NAME_WORDS 10 /* words of a name or a query that are used */
#define VENUES_MAX (1 << 22) /* of the whole directory */

/* The part of a venue that has a word: the name, the city, or address, region and country. */
enum venue_part { PART_NAME, PART_CITY, PART_OTHER };

/* Splits a UTF-8 text into words (common/text/words.h) without case, accents and apostrophes: "Café
 * O'Hara" gives cafe, ohara. Returns the number of words; the first `max` are in `words`, in the
 * arena. The index also contains the parts: o, hara. */
size_t venue_words(struct arena *a, const char *text, const char *words[], size_t max);
/* The key of a city, in the arena: its words joined by spaces, without "City of" before or "City"
 * after them, so that "Quezon City" and "Quezon" are the same. */
char *venue_city(struct arena *a, const char *city);
/* The hash of a full name, from its first VENUE_NAME_WORDS words. */
uint64_t venue_name_hash(const char *const *words, size_t n);

/* Whether typos are tolerated in a word: ASCII letters only, at least `least` of them. That is five
 * for words of the directory, four for typed words, which may lack a letter. */
bool typo_word(const char *word, size_t least);
/* The bucket of a word of n bytes without the letter at `skip`, or of the whole word when `skip` is
 * n. */
unsigned typo_bucket(const char *word, size_t n, size_t skip);
/* Whether two words differ by exactly one insertion, deletion, substitution or transposition of
 * neighbours. */
bool typo_is_one_apart(const char *a, const char *b);

/* A point on the globe as a vector from its center; the radius is 2^30. */
struct point {
	int32_t x, y, z;
};
/* From degrees north and east, WGS 84, on a sphere. */
struct point point_from_degrees(double latitude, double longitude);
/* The length of the straight line between two points, in 2^-30 radii: it increases with the
 * distance on the surface. */
uint32_t point_chord(struct point a, struct point b);
double km_from_chord(uint32_t chord); /* distance on the surface, with the mean radius */
uint32_t chord_from_km(double km);

/* Reads a varint of at most 5 bytes from the n bytes at `p`: 7 bits in each byte, the lowest first,
 * the top bit set in all but the last. Returns its length, 0 when it is incomplete. */
size_t varint_get(const unsigned char *p, size_t n, uint32_t *out);
/* Writes a varint and returns its length. */
size_t varint_put(unsigned char out[5], uint32_t v);
uint32_t uint32_get(const unsigned char *p); /* 4 bytes, little-endian */

#endif
