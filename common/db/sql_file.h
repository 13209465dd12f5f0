/* sql_file: splits the text of a migration into its statements. */
#ifndef TG_DB_SQL_FILE_H
#define TG_DB_SQL_FILE_H

#include "common/base/arena.h"

#include <stdbool.h>

struct sql_statements {
	char **list; /* without the semicolons at their ends */
	size_t n;
};

/* Splits a text in place, which must outlive the statements; the list is in the arena. A statement
 * ends at a line that ends with a semicolon; blank lines and lines that start with -- are dropped.
 * False when there is text after the last semicolon. */
bool sql_file_split(struct arena *a, char *text, struct sql_statements *out);

#endif
