/* command: import of venues from CSV into the shared directory, and its search index. */
#ifndef TG_CLI_VENUE_COMMAND_H
#define TG_CLI_VENUE_COMMAND_H

#include "cli/core/cli.h"
#include "cli/venue/directory.h"

/* A line of the file that cannot be imported. */
struct bad_line {
	size_t line; /* from 1 */
	const char *why;
};
/* A value that the import changes, for the report. */
struct difference {
	const struct venue_record *place; /* the venue in the file */
	enum place_column column;
	const char *before; /* the stored value, NULL: not set */
};
#define BAD_SHOWN 100
#define DIFFERENCES_SHOWN 10

/* An import: the file, and the result. */
struct venue_load {
	const char *path; /* of the file, for messages */
	const char *text; /* its contents, NULL: rebuild the index only */
	size_t n; /* bytes of text */
	size_t read, added, changed; /* venues in the file, new ones, changed ones */
	char why[400]; /* after ERR_VALIDATION: the first problem, with its line */
	struct bad_line bad[BAD_SHOWN];
	size_t bad_n; /* of all bad lines; only BAD_SHOWN are kept */
	struct difference differences[DIFFERENCES_SHOWN];
	size_t differences_n;
	bool has[PLACE_COLUMNS]; /* the columns in the file's heading */
};

/* Parses v->text into `out` (values in its arena); problems go to v->bad, the first to v->why. */
void venue_rows_read(struct venue_load *v, struct directory *out);

/* Counts what the file would change and keeps the first differences, whose text lives in `a`;
 * writes nothing. ERR_VALIDATION: the file has bad lines. */
NODISCARD enum err venue_import_compare(struct cli *c, struct venue_load *v, struct arena *a);
/* Inserts new venues and updates changed ones by external id, then rebuilds the index when anything
 * changed or when it does not match the directory. Runs inside a transaction. ERR_VALIDATION: the
 * file has bad lines, and nothing was written. */
NODISCARD enum err venue_import_load(struct cli *c, struct venue_load *v);

/* Writes a new generation of the index for the directory, effective when the transaction commits.
 * Sorts `d` by rank. ERR_TOO_LARGE: more than VENUES_MAX venues. */
NODISCARD enum err venue_index_write(struct cli *c, struct directory *d, int64_t generation);
/* Rebuilds the index unconditionally; runs inside a transaction. */
NODISCARD enum err venue_index_build(struct cli *c);

#endif
