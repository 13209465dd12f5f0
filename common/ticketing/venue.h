/* venue: the fields and columns of the venue directory, which all organizations share. */
#ifndef TG_TICKETING_VENUE_H
#define TG_TICKETING_VENUE_H

#include "common/schema/field.h"
#include "common/db/statement.h"

/* The fields of a venue, as rows of a field table. */
#define VENUE_FIELDS                                                                               \
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Venue id, for venueId of an event."},                \
		{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name."},                                   \
		{"address", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Street and number."},  \
		{"city", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "City or municipality."},  \
		{"region", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,                                 \
			.doc = "Province, state or region."},                                      \
		{"country", FIELD_TEXT, FIELD_OUT, .doc = "ISO 3166-1 alpha-2 country code."},     \
		{"postalCode", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Postal code."},     \
		{"latitude", FIELD_DECIMAL, FIELD_OUT | FIELD_NULLABLE,                            \
			.doc = "Latitude in degrees north, WGS 84."},                              \
		{"longitude", FIELD_DECIMAL, FIELD_OUT | FIELD_NULLABLE,                           \
			.doc = "Longitude in degrees east, WGS 84."},                              \
		{"capacity", FIELD_INT, FIELD_OUT | FIELD_NULLABLE, .doc = "Capacity in people."}, \
	{                                                                                          \
		"timezone", FIELD_ZONE, FIELD_OUT | FIELD_NULLABLE, .doc = "IANA time zone."       \
	}

/* The columns of venues v for these fields. */
#define VENUE_COLUMNS                                                                    \
	"v.id, v.name, v.address, v.city, v.region, v.country,"                          \
	" v.postal_code AS postalCode, v.latitude, v.longitude, v.capacity, v.timezone," \
	" v.version"

extern const struct field venue_fields[];
extern const struct statement venue_get; /* one venue: :id */

#endif
