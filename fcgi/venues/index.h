/* index: what a search asks of the venue search index. */
#ifndef TG_VENUES_INDEX_H
#define TG_VENUES_INDEX_H

#include "common/http/request.h"
#include "fcgi/venues/near.h"

#define SEARCH_KEY(s, ...) arena_printf((s)->r->arena, __VA_ARGS__)

struct ask;

/* One search: what the client asked, and what the index answered so far. */
struct search {
	struct req *r;
	struct ranking rank;
	struct val generation; /* null: the current one */
	const char *words[VENUE_NAME_WORDS];
	size_t words_n, said_n;
	const char *city, *country;
	double radius;
	struct ask *asks;
	size_t asked;
	struct buf keys;
	struct json json;
};

extern const struct statement venue_index_entries, venue_index_ranges;

/* Each asks for some entries of the index and adds what they hold to the ranking. In this order:
 * words and filters; words by their beginnings; words with a typo; then, for a search near a point,
 * the venues on the edge of the reach, and the nearest until the page from `skip` on is certain. */
NODISCARD enum err index_words(struct search *s);
NODISCARD enum err index_ranges(struct search *s);
NODISCARD enum err index_typos(struct search *s);
NODISCARD enum err index_reach(struct search *s);
NODISCARD enum err index_nearest(struct search *s, uint64_t skip);

#endif
