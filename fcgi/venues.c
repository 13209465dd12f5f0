/* venues: the directory of places, shared by all organizations. */
#include "fcgi/venues.h"

const struct field venue_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .sentence = "Identifies the venue; send it as an event's venueId."},
	{"name", FIELD_TEXT, FIELD_OUT, .sentence = "The name of the place."},
	{"address", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .sentence = "Street and number."},
	{"city", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .sentence = "City or municipality."},
	{"region", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .sentence = "Province, state or region."},
	{"country", FIELD_TEXT, FIELD_OUT, .sentence = "ISO 3166-1 alpha-2."},
	{"postalCode", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .sentence = "Postal code."},
	{"latitude", FIELD_DECIMAL, FIELD_OUT | FIELD_NULLABLE, .sentence = "Degrees north, WGS 84."},
	{"longitude", FIELD_DECIMAL, FIELD_OUT | FIELD_NULLABLE, .sentence = "Degrees east, WGS 84."},
	{"capacity", FIELD_INT, FIELD_OUT | FIELD_NULLABLE, .sentence = "How many people the place holds."},
	{"timezone", FIELD_ZONE, FIELD_OUT | FIELD_NULLABLE, .sentence = "IANA time zone."},
	{0},
};

const struct statement venue_get = {
	"venue_get",
	"SELECT id, name, address, city, region, country, postal_code AS postalCode, latitude, longitude, capacity, timezone, version FROM venues WHERE id = :id",
	SQL_READ | SQL_GLOBAL,
};

const struct resource venue = {
	.noun = "Venue",
	.name = "venue",
	.fields = venue_fields,
	.get = &venue_get,
};
