/* column: binds parameters to prepared statements and reads result columns. */
#ifndef TG_DB_COLUMN_H
#define TG_DB_COLUMN_H

#include "common/base/arena.h"
#include "common/base/value.h"

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

/* The parameters of one prepared statement; everything lives in the arena given. */
struct slot;
struct column_params {
	size_t n;
	const char *const *names; /* n names, in the order of the markers */
	MYSQL_BIND *bind;
	struct slot *slots;
};
void column_params_init(
	struct column_params *in, struct arena *a, const char *const *names, size_t n);
/* Binds by name; parameters that `params` (may be NULL) does not have are bound as NULL. Text and
 * bytes are not copied and must live until the execution. False: the connector reported an error.
 */
bool column_bind_params(struct column_params *in, MYSQL_STMT *stmt, const struct params *params);

/* Binds n lists of parameters column by column, for STMT_ATTR_ARRAY_SIZE, which must be set to n
 * before; the arrays are in the arena. */
bool column_bind_many(struct column_params *in, MYSQL_STMT *stmt, struct arena *a,
	const struct params *const *list, size_t n);

/* The buffers for the rows of one prepared statement. Initialize with zeros; memory from malloc(3),
 * freed by column_result_free(). */
struct column;
struct column_result {
	size_t columns;
	struct column *cols;
	MYSQL_BIND *bind;
	struct val *cells; /* for one row, used while streaming */
	const char *const *names; /* live as long as the process */
};
/* Must be called after each execution, since column types can depend on the parameters and tables
 * can be altered. False: the connector reported an error. */
bool column_bind_result(struct column_result *r, MYSQL_STMT *stmt);
/* Converts the row just fetched. Text is copied to the arena, or with a NULL arena stays in the
 * buffers until the next row. Returns NULL, or what is wrong. */
const char *column_read_row(
	struct column_result *r, MYSQL_STMT *stmt, struct arena *arena, struct val *out);
void column_result_free(struct column_result *r);

#endif
