/* prepared: the table of a connection's prepared statements. */
#include "common/db/prepared.h"

#include "common/db/statement.h"

#include <stdlib.h>

#define TABLE_ROOM ((size_t)64 << 20) /* arena ceiling */

/* What a statement is known by. Two statements can have one address at different times. */
struct prepared_key {
	const struct statement *st;
	const char *sql;
};

void prepared_free(struct prepared *list)
{
	struct prepared_statement **value;
	struct prepared_key key;

	if (!list)
		return;
	for (size_t at = 0; (value = map_next(&list->map, &at, &key));) {
		mysql_stmt_close((*value)->stmt);
		column_result_free(&(*value)->out);
	}
	arena_free(list->arena);
	free(list);
}

/* Discards all results, since a connection cannot run another statement before. */
static void drain_results(MYSQL_STMT *stmt)
{
	do
		mysql_stmt_free_result(stmt);
	while (mysql_stmt_more_results(stmt) && mysql_stmt_next_result(stmt) == 0);
}

void prepared_drain(struct prepared *list)
{
	if (!list || !list->busy)
		return;
	drain_results(list->busy->stmt);
	list->busy = NULL;
}

struct prepared *prepared_open(struct prepared **list)
{
	if (!*list) {
		*list = oom_check(calloc(1, sizeof **list));
		(*list)->arena = arena_new(TABLE_ROOM);
		map_init(&(*list)->map, (*list)->arena, sizeof(struct prepared_key),
			sizeof(struct prepared_statement *));
	}
	return *list;
}

struct prepared_statement *prepared_find(const struct prepared *list, const struct statement *st)
{
	const struct prepared_key key = {st, st->sql};
	struct prepared_statement **value = map_find(&list->map, &key);

	if (value)
		return *value;
	return NULL;
}

void prepared_add(struct prepared *list, struct prepared_statement *h)
{
	const struct prepared_key key = {h->st, h->st->sql};

	*(struct prepared_statement **)map_at(&list->map, &key) = h;
}
