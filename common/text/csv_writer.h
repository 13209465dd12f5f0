/* csv_writer: writes CSV (RFC 4180) that spreadsheets do not run as formulas. */
#ifndef TG_TEXT_CSV_WRITER_H
#define TG_TEXT_CSV_WRITER_H

#include "common/base/buf.h"

/* The writer adds the commas; initialize with the buffer and false. */
struct csv_writer {
	struct buf *out;
	bool comma; /* the row has a cell already */
};

/* Writes a cell of user input, valid UTF-8, quoted as necessary. A cell that a spreadsheet would
 * run as a formula gets a leading apostrophe: one that starts with = + - @, with their full-width
 * forms, or with a tab or line break (OWASP, CSV Injection). Inside a cell the same follows each
 * comma, semicolon, tab and line break, where other readers may begin a cell. */
void csv_put_text(struct csv_writer *s, const char *p, size_t n);
/* The same without the apostrophe, for files that are read back by a program. */
void csv_put_exact(struct csv_writer *s, const char *p, size_t n);
/* Writes a cell of generated data (numbers, ids, times) as it is; n 0: an empty cell. */
void csv_put_plain(struct csv_writer *s, const char *p, size_t n);
/* Begins a file with U+FEFF, by which spreadsheets recognize UTF-8. */
void csv_put_bom(struct csv_writer *s);
void csv_end_row(struct csv_writer *s);

#endif
