/* near: distances of venues, computed for as few venues as a page needs. */
#ifndef TG_VENUES_NEAR_H
#define TG_VENUES_NEAR_H

#include "fcgi/venues/rank.h"

/* A patch of the globe, and the range of distances of its venues. */
struct patch {
	size_t number; /* in the index */
	uint32_t low, high; /* chords */
	size_t candidates; /* its venues that may be on the page */
	bool got; /* its venues were queried */
};
/* All patches, for a search near a point. */
struct nearness {
	struct patch *patches; /* sorted by distance */
	size_t n;
	size_t *place; /* by number: the index in patches */
	const unsigned char *home; /* by venue: the number of its patch, two bytes */
	uint64_t skip, take;
	unsigned first, last; /* the scores on the page; last is exclusive */
};

/* Reads the entries G and L. Does nothing when they do not fit: then there are no distances. */
void near_start(struct ranking *k, struct val patches, struct val homes);
/* Excludes the venues of patches beyond the radius. */
void near_limit(struct ranking *k);
/* At most `max` patches at the edge of the radius that were not queried yet; they are marked as
 * queried. */
size_t near_edge(struct ranking *k, size_t *which, size_t max);
/* Sets the page; must be called after ranking_count. */
void near_page(struct ranking *k, uint64_t skip, uint64_t take);
/* At most `max` next nearest patches that the page needs; 0 when the page is complete. */
size_t near_next(struct ranking *k, size_t *which, size_t max);
/* Adds the distances of the venues of one patch, from its entry. */
void near_points(struct ranking *k, struct val data);

#endif
