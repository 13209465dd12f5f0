/* csv_export: a whole list as a CSV file, in constant memory. */
#ifndef TG_API_CSV_EXPORT_H
#define TG_API_CSV_EXPORT_H

#include "common/api/crud.h"

/* Does the listing have CSV, and does the client like it better than JSON? */
bool csv_export_wanted(struct req *r);

/* Every row that the list's filters let through, in its order, from the cursor on when there is
   one; `page` and `take` do not count. The columns are the shown fields, objects as "buyer.name",
   children in one cell each. `page` is the statement that lists; it is run again and again from the
   row where it ended: no statement runs long, no snapshot is held open while a client reads slowly,
   a lost connection to the database is made again. An error before the first byte is answered as
   any other. Later ones end the file with a line that begins with a quote and is never closed,
   which is no CSV, and the response without its end: no client can take the file for whole. */
NODISCARD enum err csv_export_send(
	struct req *r, const struct statement *page, const char *key, struct params *p);

#endif
