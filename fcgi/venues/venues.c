/* venues: the routes of the venue directory. */
#include "fcgi/venues/venues.h"

#include "fcgi/venues/search.h"

static const struct resource venue = {
	.title = "Venue",
	.name = "venue",
	.global = true,
	.fields = venue_fields,
	.sql.get = &venue_get,
};

static const struct route venue_routes[] = {
	{METHOD_GET, "/venues", SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_CACHEABLE | ROUTE_LIST,
		"venue.search", venue_search, &venue_match, .query = venue_filters,
		.doc = "Searches venues, best match first: exact words before prefixes before "
		       "typos, names before cities before regions and addresses; then by distance, "
		       "capacity and name. Without search, near or filters it lists all venues, "
		       "the largest first."},
	{METHOD_GET, "/venues/{id}", SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_CACHEABLE, "venue.get",
		crud_get, &venue, .doc = "Returns a venue."},
	{0},
};

const struct module venues_module = {
	.routes = venue_routes,
	.statements = venue_search_statements,
	.resources =
		(const struct resource *const[]){
			&venue,
			&venue_match,
			NULL,
		},
};
