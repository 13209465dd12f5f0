/* venue: the fields and columns of the venue directory, which all organizations share. */
#include "common/ticketing/venue.h"

const struct field venue_fields[] = {VENUE_FIELDS, {0}};

const struct statement venue_get = {"venue_get",
	"SELECT " VENUE_COLUMNS " FROM venues v WHERE v.id = :id", SQL_READ | SQL_GLOBAL};
