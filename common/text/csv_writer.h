/* csv_writer: CSV (RFC 4180) that a spreadsheet takes for data only. */
#ifndef TG_TEXT_CSV_WRITER_H
#define TG_TEXT_CSV_WRITER_H

#include "common/base/buf.h"

/* Cells of one row after the other; commas are the writer's business. */
struct csv_writer {
	struct buf *out;
	bool comma;
};

/* What people wrote. A cell that a spreadsheet would run as a formula gets an apostrophe in front:
   one that begins with = + - @, a tab or a line break, or the full-width forms of the signs (OWASP,
   CSV Injection). Valid UTF-8. */
void csv_put_text(struct csv_writer *s, const char *p, size_t n);
/* What the suite wrote: numbers, ids, times. n 0: an empty cell. */
void csv_put_plain(struct csv_writer *s, const char *p, size_t n);
void csv_end_row(struct csv_writer *s); /* of the row */

#endif
