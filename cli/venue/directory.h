/* directory: many venues in memory, found by their external id. */
#ifndef TG_CLI_VENUE_DIRECTORY_H
#define TG_CLI_VENUE_DIRECTORY_H

#include "common/base/arena.h"
#include "common/base/uuid.h"

#include <stdbool.h>

/* The columns of the file, in the order of an export. */
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
	size_t line; /* of the file */
	enum { PLACE_SAME, PLACE_NEW, PLACE_CHANGED } state;
};

/* Many, found by external id. Everything lives in its arena. */
struct directory {
	struct arena *arena;
	struct venue_record *list;
	size_t n, room;
	size_t *slots, slots_n; /* places + 1; 0: free */
};
void directory_start(struct directory *d, struct arena *a);
/* False when the external id is there already; `*at` is the one there. A place without an external
 * id is always added. */
bool directory_add(struct directory *d, const struct venue_record *p, struct venue_record **at);
struct venue_record *directory_find(const struct directory *d, const char *external_id);

#endif
