/* prepared: the table of a connection's prepared statements. */
#include "common/db/prepared.h"

#include <assert.h>
#include <stdlib.h>

#define TABLE_ROOM ((size_t)64 << 20) /* arena ceiling */

void prepared_free(struct prepared *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->size; i++)
		if (list->slot[i]) {
			mysql_stmt_close(list->slot[i]->stmt);
			column_result_free(&list->slot[i]->out);
		}
	free(list->slot);
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
		(*list)->size = 64;
		(*list)->slot =
			oom_check(calloc((*list)->size, sizeof(struct prepared_statement *)));
	}
	return *list;
}

struct prepared_statement **prepared_slot(
	struct prepared_statement **slot, size_t size, const struct statement *st, const char *sql)
{
	assert(size && (size & (size - 1)) == 0);
	size_t i = (size_t)(((uintptr_t)st >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (size - 1);
	while (slot[i] && (slot[i]->st != st || slot[i]->sql != sql))
		i = (i + 1) & (size - 1);
	return &slot[i];
}

void prepared_grow(struct prepared *t)
{
	size_t size = t->size * 2;
	struct prepared_statement **slot =
		oom_check(calloc(size, sizeof(struct prepared_statement *)));
	for (size_t i = 0; i < t->size; i++)
		if (t->slot[i])
			*prepared_slot(slot, size, t->slot[i]->st, t->slot[i]->sql) = t->slot[i];
	free(t->slot);
	t->slot = slot;
	t->size = size;
	assert(2 * t->n <= t->size);
}
