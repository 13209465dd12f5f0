/* rank: which venues have all the words, how well, and in which order. */
#ifndef TG_VENUES_RANK_H
#define TG_VENUES_RANK_H

#include "common/ticketing/venue_index_format.h"
#include "common/base/value.h"

/* How a word was found. What one word costs: 3 times this, plus the part it stands in (enum
 * venue_part). A venue's score is the sum over the words; the smallest is the best. */
enum venue_fit { EXACT, BEGINS, TYPO };

#define SCORE_NONE 255 /* a word is missing */
#define TYPOS_MAX 64
#define TERMS_MAX (VENUE_NAME_WORDS + 2)

/* A word that every hit must have; or a filter, which has no word and costs nothing. */
struct term {
	const char *word;
	uint8_t *cost; /* by venue */
	bool begun; /* the words that begin so came in one list */
	const char *typos[TYPOS_MAX];
	size_t typos_n;
};
struct ranking {
	struct arena *arena;
	size_t venues;
	struct term terms[TERMS_MAX];
	size_t terms_n;
	uint32_t *named; /* venues whose whole name was typed */
	size_t named_n;
	uint8_t *score;
	bool near;
	struct point here;
	uint32_t reach; /* a chord: farther ones are out */
	uint32_t *chords; /* by venue; UINT32_MAX: not known, or too far for this page */
	struct nearness *nearness;
	uint64_t total;
	uint64_t scored[SCORE_NONE + 1]; /* how many venues have each score */
};

/* In this order: near, terms, start, lists, names; join; what fcgi/venues/near.h says; count; take.
 */
void ranking_near(struct ranking *k, struct point here);
/* the same word twice is one term */
struct term *ranking_term(struct ranking *k, const char *word);
void ranking_start(struct ranking *k, struct val data); /* of the entry m */
void ranking_list(struct ranking *k, struct term *t, struct val data, enum venue_fit fit);
void ranking_names(struct ranking *k, struct val data, uint64_t hash);
void ranking_join(struct ranking *k);
void ranking_count(struct ranking *k);
/* The hits from place `skip` on, at most `take`: by score, then distance, then number. */
size_t ranking_take(struct ranking *k, uint64_t skip, size_t take, uint32_t *hits);

#endif
