/* rank: scores venues by how well they match all terms of a search, and selects a page. */
#ifndef TG_VENUES_RANK_H
#define TG_VENUES_RANK_H

#include "common/ticketing/venue_index_format.h"
#include "common/base/value.h"

/* How a word matched. The cost of a word is 3 times this plus the part that has it (enum
 * venue_part). A venue's score is the sum over all words; the lowest is the best. */
enum venue_fit { EXACT, BEGINS, TYPO };

#define SCORE_NONE 255 /* no match: a word is missing */
#define TYPOS_MAX 64 /* similar words of one term */
#define TERMS_MAX (VENUE_NAME_WORDS + 2) /* words, city and country */

/* A word that every hit must have, or a filter, which has an empty word and no cost. */
struct term {
	const char *word;
	uint8_t *cost; /* by venue; SCORE_NONE: no match */
	bool begun; /* its prefix has an entry of its own */
	const char *typos[TYPOS_MAX];
	size_t typos_n;
};
/* The state of a ranking. Arrays by venue have `venues` elements and are in the arena. */
struct ranking {
	struct arena *arena;
	size_t venues; /* in the index; 0: nothing can match */
	struct term terms[TERMS_MAX];
	size_t terms_n;
	uint32_t *named; /* venues whose full name was searched */
	size_t named_n;
	uint8_t *score; /* by venue */
	bool near;
	struct point here; /* with near */
	uint32_t reach; /* the radius as a chord; UINT32_MAX: none */
	uint32_t *chords; /* by venue; UINT32_MAX: unknown, or not needed for the page */
	struct nearness *nearness;
	uint64_t total; /* hits */
	uint64_t scored[SCORE_NONE + 1]; /* number of venues by score */
};

/* Must be called in this order: near, term, start, list, names, join, the functions of
 * fcgi/venues/near.h, count, take. Data comes from index entries
 * (common/ticketing/venue_index_format.h). */
void ranking_near(struct ranking *k, struct point here);
/* Adds a term, or returns the existing one of the same word; at most TERMS_MAX. */
struct term *ranking_term(struct ranking *k, const char *word);
void ranking_start(struct ranking *k, struct val data); /* of the entry m */
void ranking_list(struct ranking *k, struct term *t, struct val data, enum venue_fit fit);
void ranking_names(struct ranking *k, struct val data, uint64_t hash);
void ranking_join(struct ranking *k);
void ranking_count(struct ranking *k);
/* Writes at most `take` hits from position `skip` on, sorted by score, distance and number, and
 * returns how many. */
size_t ranking_take(struct ranking *k, uint64_t skip, size_t take, uint32_t *hits);

#endif
