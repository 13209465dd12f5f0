/* csv: a reader of CSV text (RFC 4180), one record at a time. */
#ifndef TG_CLI_CORE_CSV_H
#define TG_CLI_CORE_CSV_H

#include "common/base/arena.h"

struct csv_reader {
	const char *p, *end;
	size_t line; /* line number of the last record's first line, from 1 */
	size_t next; /* line number at p */
	struct arena *arena;
};

/* Starts at the text's first record; skips a UTF-8 byte order mark. The text must outlive the
 * reader. */
void csv_start(struct csv_reader *c, struct arena *a, const char *p, size_t n);

/* Reads the next record's fields into the arena, skipping blank lines. Returns the number of
 * fields, 0 at the end, or -1 for more than `most` fields, an unclosed quote or a misplaced one. */
int csv_next(struct csv_reader *c, const char **fields, int most);
/* After -1: continues at the next line. */
void csv_skip(struct csv_reader *c);

#endif
