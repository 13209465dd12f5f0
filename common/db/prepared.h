/* prepared: the table of a connection's prepared statements. */
#ifndef TG_DB_PREPARED_H
#define TG_DB_PREPARED_H

#include "common/base/map.h"
#include "common/db/column.h"

struct statement;

/* A prepared statement with its buffers. */
struct prepared_statement {
	const struct statement *st;
	MYSQL_STMT *stmt;
	struct column_params in;
	struct column_result out;
	size_t last_rows; /* rows of the last result: initial size of the next */
};

/* The statements of one connection, by their addresses. */
struct prepared {
	struct arena *arena; /* lives as long as the connection */
	struct map map; /* to struct prepared_statement * */
	struct prepared_statement *busy; /* has unread rows; NULL: none */
};

/* The table in *list, created when there is none yet. */
struct prepared *prepared_open(struct prepared **list);
/* NULL when the statement was not prepared yet. */
struct prepared_statement *prepared_find(const struct prepared *list, const struct statement *st);
/* Adds a statement that the table does not have yet. */
void prepared_add(struct prepared *list, struct prepared_statement *h);
/* Closes all statements; `list` may be NULL. After mysql_close() it sends nothing to the server. */
void prepared_free(struct prepared *list);
/* Discards a result that a longjmp (see arena_guard()) left partly read; `list` may be NULL. */
void prepared_drain(struct prepared *list);

#endif
