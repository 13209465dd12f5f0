/* command: the shared directory: read from CSV and from the database, compared, written, indexed.
 */
#ifndef TG_CLI_VENUE_COMMAND_H
#define TG_CLI_VENUE_COMMAND_H

#include "cli/core/cli.h"
#include "cli/venue/directory.h"

struct bad_line {
	size_t line;
	const char *why;
};
struct difference {
	const struct venue_record *place; /* as it becomes */
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
void venue_rows_read(struct venue_load *v, struct directory *out);

/* What the file would change, counted, with the first differences; nothing is written. Their text
 * lives in `a`. */
NODISCARD enum err venue_import_compare(struct cli *c, struct venue_load *v, struct arena *a);
/* Inside a transaction: every line is inserted, or updated where it differs, by external id; then
   the index is written anew when anything changed, or when it does not fit the directory.
   ERR_VALIDATION: a line is bad, and nothing was written. Without a text only the index is looked
   at. */
NODISCARD enum err venue_import_load(struct cli *c, struct venue_load *v);

/* A new generation of the index for all of `d`, and the only one that counts once the transaction
 * commits. `d` is sorted by it. */
NODISCARD enum err venue_index_write(struct cli *c, struct directory *d, int64_t generation);
NODISCARD enum err venue_index_build(struct cli *c); /* inside a transaction, come what may */

#endif
