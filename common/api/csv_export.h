/* csv_export: streams a whole list as a CSV file, in constant memory. */
#ifndef TG_API_CSV_EXPORT_H
#define TG_API_CSV_EXPORT_H

#include "common/api/crud.h"

/* Whether the list can be exported and the client's Accept header prefers text/csv to JSON. */
bool csv_export_wanted(struct req *r);

/* Sends every row that matches the list's filters, in its sort order, from the cursor on if there
 * is one; the query parameters page and take are ignored. The columns are the fields of responses,
 * objects as "buyer.name", children in one cell each.
 * `page` is the list's statement for this order, and `key` the column it is ordered by. It is run
 * once for every 500 rows, each time after the last row: no statement runs long, no snapshot is
 * held while a client reads slowly, and a lost database connection is replaced.
 * An error before the first byte gives a normal error response. A later one ends the file with a
 * line whose quote is never closed, which is invalid CSV, and aborts the response: no client can
 * mistake it for complete. */
NODISCARD enum err csv_export_send(
	struct req *r, const struct statement *page, const char *key, struct params *p);

#endif
