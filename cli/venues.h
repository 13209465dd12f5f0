/* venues: the shared directory, loaded from CSV. */
#ifndef TG_CLI_VENUES_H
#define TG_CLI_VENUES_H

#include "cli.h"

struct venue_load {
	const char *path; /* for sentences */
	const char *text;
	size_t n;
	size_t read, added, changed; /* the result */
	char why[400];               /* after ERR_VALIDATION: line and what is wrong */
};

/* Inside a transaction: every row is inserted, or updated where it differs, by external_id. ctx is a struct venue_load. */
MUST enum err venues_load(struct cli *c, struct venue_load *v);

/* The whole file in the arena; NULL with a sentence in `why`. */
const char *file_read(struct arena *a, const char *path, size_t *n, char *why, size_t why_size);

#endif
