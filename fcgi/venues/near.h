/* near: how far the venues are, asking for no more places than the page needs. */
#ifndef TG_VENUES_NEAR_H
#define TG_VENUES_NEAR_H

#include "fcgi/venues/rank.h"

/* A patch of the globe, and between which distances its venues lie. */
struct patch {
	size_t number;
	uint32_t low, high;
	size_t candidates; /* venues in it that may still come onto the page */
	bool got; /* its places were asked for */
};
struct nearness {
	struct patch *patches; /* the nearest first */
	size_t n;
	size_t *place; /* of each patch by number */
	const unsigned char *home; /* of each venue: two bytes, its patch */
	uint64_t skip, take;
	unsigned first, last; /* the scores that the page shows: last is one too many */
};

/* Of the entries G and L. */
void near_start(struct ranking *k, struct val patches, struct val homes);
/* Venues of patches beyond the reach are out. */
void near_limit(struct ranking *k);
/* Patches on the edge of the reach, not asked for yet: at most `max`. */
size_t near_edge(struct ranking *k, size_t *which, size_t max);
/* After ranking_count: which page it is. */
void near_page(struct ranking *k, uint64_t skip, uint64_t take);
/* The next nearest patches that this page needs, at most `max`; 0 when the page is certain. */
size_t near_next(struct ranking *k, size_t *which, size_t max);
/* The venues of one patch. */
void near_points(struct ranking *k, struct val data);

#endif
