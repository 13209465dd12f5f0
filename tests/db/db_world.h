/* db_world: a connection, tables of its own, and statements on them, for the database's tests. */
#ifndef TG_DB_DB_WORLD_H
#define TG_DB_DB_WORLD_H

#include "tests/db/test_db.h"

#define R (SQL_READ | SQL_GLOBAL)
#define W (SQL_WRITE | SQL_GLOBAL)

struct world {
	struct db *admin, *db;
	struct arena *a;
	struct params p;
	struct rows r;
};

extern const struct statement put_types, get_types, select_any, connection_id, add_one, bump_row,
	same_row, count_rows;

enum err run_statement(struct world *w, const struct statement *st);
void set_param(struct world *w, const char *name, struct val v);
void add_row(struct world *w, int64_t id, const char *name);
int64_t rows_in_table(struct world *w);
void kill_db(struct world *w); /* the connection under test, from the other one */

/* A test's set-up and tear-down. */
int begin(void **state);
int end(void **state);

#endif
