/* directory: an in-memory table of venues, indexed by external id. */
#ifndef TG_CLI_VENUE_DIRECTORY_H
#define TG_CLI_VENUE_DIRECTORY_H

#include "common/base/arena.h"
#include "common/base/map.h"
#include "common/base/uuid.h"

#include <stdbool.h>

/* The columns of the CSV file, in the order that `venue export` writes. */
enum place_column {
	EXTERNAL_ID,
	NAME,
	ADDRESS,
	CITY,
	REGION,
	COUNTRY,
	POSTAL_CODE,
	LATITUDE,
	LONGITUDE,
	CAPACITY,
	TIMEZONE,
	PLACE_COLUMNS
};
extern const char *const place_columns[PLACE_COLUMNS];

/* One venue; all values as text, NULL when not set. */
struct venue_record {
	struct uuid id;
	const char *v[PLACE_COLUMNS];
	size_t line; /* in the file; 0: read from the database */
	enum { PLACE_SAME, PLACE_NEW, PLACE_CHANGED } state;
};

/* Pointers into `list` become invalid when a venue is added. Everything lives in the arena. */
struct directory {
	struct arena *arena;
	struct venue_record *list;
	size_t n, room;
	struct map by_id; /* external id to index in list */
};
void directory_start(struct directory *d, struct arena *a);
/* Copies `p` into the directory; *at is the entry. Returns false, with the existing entry in *at,
 * when the external id is already there. A venue without an external id is always added. */
bool directory_add(struct directory *d, const struct venue_record *p, struct venue_record **at);
/* NULL when there is none. */
struct venue_record *directory_find(const struct directory *d, const char *external_id);

#endif
