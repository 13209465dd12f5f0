/* csv: records of RFC 4180 text, one at a time. */
#ifndef TG_CLI_CORE_CSV_H
#define TG_CLI_CORE_CSV_H

#include "common/base/arena.h"

struct csv_reader {
	const char *p, *end;
	size_t line; /* where the record read last began, from 1 */
	size_t next; /* where the next one begins */
	struct arena *arena;
};

/* a byte order mark is skipped */
void csv_start(struct csv_reader *c, struct arena *a, const char *p, size_t n);

/* The next record's fields, in the arena. Blank lines are skipped. The number of fields; 0 at the
 * end; -1 for more than `most` fields or a quote that is not closed or stands wrong. */
int csv_next(struct csv_reader *c, const char **fields, int most);
/* After -1: goes on at the next line. */
void csv_skip(struct csv_reader *c);

#endif
