/* prepared: the table of a connection's prepared statements. */
#ifndef TG_DB_PREPARED_H
#define TG_DB_PREPARED_H

#include "common/db/column.h"

struct statement;

/* A prepared statement with its buffers. */
struct prepared_statement {
	const struct statement *st;
	const char *sql; /* the key, together with st */
	MYSQL_STMT *stmt;
	struct column_params in;
	struct column_result out;
	size_t last_rows; /* rows of the last result: initial size of the next */
};

/* A hash table with open addressing, keyed by the statement's address. */
struct prepared {
	struct arena *arena; /* lives as long as the connection */
	struct prepared_statement **slot;
	size_t size, n; /* slots, a power of two and at least 2 * n; statements */
	struct prepared_statement *busy; /* has unread rows; NULL: none */
};

/* The table in *list, created when there is none yet. */
struct prepared *prepared_open(struct prepared **list);
/* The slot of a statement, or the empty one where it belongs. */
struct prepared_statement **prepared_slot(
	struct prepared_statement **slot, size_t size, const struct statement *st, const char *sql);
/* Doubles the number of slots. */
void prepared_grow(struct prepared *t);
/* Closes all statements; `list` may be NULL. After mysql_close() it sends nothing to the server. */
void prepared_free(struct prepared *list);
/* Discards a result that a longjmp (see arena_guard()) left partly read; `list` may be NULL. */
void prepared_drain(struct prepared *list);

#endif
