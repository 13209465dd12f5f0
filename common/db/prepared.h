/* prepared: the prepared statements of one connection. */
#ifndef TG_DB_PREPARED_H
#define TG_DB_PREPARED_H

#include "common/db/column.h"

struct statement;

struct prepared_statement {
	const struct statement *st;
	const char *sql; /* with st: the name it is found by */
	MYSQL_STMT *stmt;
	struct column_params in;
	struct column_result out;
	size_t last_rows; /* room to start with */
};

/* Open addressing, keyed by the statement's address. */
struct prepared {
	struct arena *arena; /* what lives as long as the connection */
	struct prepared_statement **slot;
	size_t size, n;
	struct prepared_statement *busy; /* has rows unread */
};

/* The table in *list, made when there is none yet. */
struct prepared *prepared_open(struct prepared **list);
/* The slot of a statement, or the empty one where it belongs. */
struct prepared_statement **prepared_slot(
	struct prepared_statement **slot, size_t size, const struct statement *st, const char *sql);
/* Doubles the table. */
void prepared_grow(struct prepared *t);
/* Closes all statements; `list` may be NULL. After mysql_close it sends nothing. */
void prepared_free(struct prepared *list);
/* Reads away a result that a longjmp (arena_guard) left half read; `list` may be NULL. */
void prepared_drain(struct prepared *list);

#endif
