/* command: the shared directory: read from CSV and from the database, compared, written, indexed.
 */
#ifndef TG_CLI_VENUE_COMMAND_H
#define TG_CLI_VENUE_COMMAND_H

#include "cli/core/cli.h"

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
struct place {
	struct uuid id;
	const char *v[PLACE_COLUMNS];
	size_t line; /* of the file */
	enum { PLACE_SAME, PLACE_NEW, PLACE_CHANGED } state;
};

/* Many, found by external id. Everything lives in its arena. */
struct directory {
	struct arena *arena;
	struct place *list;
	size_t n, room;
	size_t *slots, slots_n; /* places + 1; 0: free */
};
void directory_start(struct directory *d, struct arena *a);
/* False when the external id is there already; `*at` is the one there. A place without an external
 * id is always added. */
bool directory_add(struct directory *d, const struct place *p, struct place **at);
struct place *directory_find(const struct directory *d, const char *external_id);

struct bad_line {
	size_t line;
	const char *why;
};
struct difference {
	const struct place *place; /* as it becomes */
	enum place_column column;
	const char *before;
};
#define BAD_SHOWN 100
#define DIFFERENCES_SHOWN 10

struct venue_load {
	const char *path; /* for sentences */
	const char *text;
	size_t n;
	size_t read, added, changed; /* the result */
	char why[400]; /* after ERR_VALIDATION: line and what is wrong */
	struct bad_line bad[BAD_SHOWN];
	size_t bad_n; /* all of them, more than are kept */
	struct difference differences[DIFFERENCES_SHOWN];
	size_t differences_n;
	bool has[PLACE_COLUMNS]; /* what the file says something of */
};

/* Every line of v->text as a place; what is wrong goes to v->bad, and v->why tells the first. */
void venue_lines(struct venue_load *v, struct directory *out);

/* What the file would change, counted, with the first differences; nothing is written. Their text
 * lives in `a`. */
MUST enum err venues_compare(struct cli *c, struct venue_load *v, struct arena *a);
/* Inside a transaction: every line is inserted, or updated where it differs, by external id; then
   the index is written anew when anything changed, or when it does not fit the directory.
   ERR_VALIDATION: a line is bad, and nothing was written. Without a text only the index is looked
   at. */
MUST enum err venues_load(struct cli *c, struct venue_load *v);

/* A new generation of the index for all of `d`, and the only one that counts once the transaction
 * commits. `d` is sorted by it. */
MUST enum err venue_index_write(struct cli *c, struct directory *d, int64_t generation);
MUST enum err venue_index_build(struct cli *c); /* inside a transaction, come what may */

/* The whole file in the arena; NULL with a sentence in `why`. */
const char *file_read(struct arena *a, const char *path, size_t *n, char *why, size_t why_size);

#endif
