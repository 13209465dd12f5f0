/* index: the queries of the venue search index. */
#ifndef TG_VENUES_INDEX_H
#define TG_VENUES_INDEX_H

#include "common/http/request.h"
#include "fcgi/venues/near.h"

#define SEARCH_KEY(s, ...) arena_printf((s)->r->arena, __VA_ARGS__)

struct ask;

/* The state of one search: the request, and the results so far. */
struct search {
	struct req *r;
	struct ranking rank;
	struct val generation; /* null: the current one */
	const char *words[VENUE_NAME_WORDS];
	size_t words_n;
	size_t said_n; /* how many of search and q were sent */
	const char *city, *country;
	double radius; /* km */
	struct ask *asks; /* the keys of the current query, in order */
	size_t asked;
	struct buf keys; /* the same keys as JSON */
	struct json json; /* the writer of keys */
};

extern const struct statement venue_index_entries, venue_index_ranges;

/* Each queries entries of the index and adds them to the ranking. They must be called in this
 * order:
 * - index_words: words and filters
 * - index_ranges: words by prefix
 * - index_typos: words with a typo
 * - index_reach: with near, the venues at the edge of the radius
 * - index_nearest: with near, the nearest venues, until the page from `skip` on is complete */
NODISCARD enum err index_words(struct search *s);
NODISCARD enum err index_ranges(struct search *s);
NODISCARD enum err index_typos(struct search *s);
NODISCARD enum err index_reach(struct search *s);
NODISCARD enum err index_nearest(struct search *s, uint64_t skip);

#endif
