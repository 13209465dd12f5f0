/* search: the handler of GET /venues, the venue search. */
#ifndef TG_VENUES_SEARCH_H
#define TG_VENUES_SEARCH_H

#include "fcgi/venues/venues.h"

extern const struct field venue_filters[]; /* query parameters */
extern const struct resource venue_match; /* a venue with its distance */
extern const struct statement *const venue_search_statements[];

NODISCARD enum err venue_search(struct req *r);

#endif
