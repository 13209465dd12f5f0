/* column: values on their way into a statement and out of its result. */
#ifndef TG_DB_COLUMN_H
#define TG_DB_COLUMN_H

#include "common/base/arena.h"
#include "common/base/value.h"

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

/* The parameters of one prepared statement. Memory from the arena given. */
struct slot;
struct column_params {
	size_t n;
	const char *const *names;
	MYSQL_BIND *bind;
	struct slot *slots;
};
void column_params_init(
	struct column_params *in, struct arena *a, const char *const *names, size_t n);
/* By name; what `params` (may be NULL) lacks is NULL. False: the connector refused. Text and bytes
 * are not copied: they must live until the execution. */
bool column_bind_params(struct column_params *in, MYSQL_STMT *stmt, const struct params *params);

/* Where the rows of one prepared statement arrive. Starts zeroed; memory from malloc. */
struct column;
struct column_result {
	size_t columns;
	struct column *cols;
	MYSQL_BIND *bind;
	struct val *cells; /* room for one row */
	const char *const *names; /* outlive the connection */
};
/* After each execution: what a column is may depend on the parameters, or have been altered. False:
 * the connector refused. */
bool column_bind_result(struct column_result *r, MYSQL_STMT *stmt);
/* The row just fetched, into `out`. Text goes to the arena; arena NULL: it stays here until the
 * next row. NULL when good, else what is wrong. */
const char *column_read_row(
	struct column_result *r, MYSQL_STMT *stmt, struct arena *arena, struct val *out);
void column_result_free(struct column_result *r);

#endif
