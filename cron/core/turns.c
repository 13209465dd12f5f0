/* turns: shares a sender between organizations, so that what one has to send cannot take the places
 * of another's. */
#include "cron/core/turns.h"

#include "common/base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/param.h>

void *turns_group(struct turns *t, struct uuid org)
{
	assert(t->size >= sizeof(struct turn_group));
	if (!t->by_org.key)
		map_init(&t->by_org, NULL, sizeof org.b, sizeof(struct turn_group *));
	struct turn_group **at = map_at(&t->by_org, org.b);
	if (*at)
		return *at;
	struct turn_group *g = *at = oom_check(calloc(1, t->size));
	if (t->n == t->room) {
		t->room = MAX(2 * t->room, 16);
		t->list = oom_check(realloc(t->list, t->room * sizeof *t->list));
	}
	t->list[t->n++] = g;
	return g;
}

void turns_add(struct turn_group *g, void *item)
{
	if (g->n == g->room) {
		g->room = MAX(2 * g->room, 4);
		g->list = oom_check(realloc(g->list, g->room * sizeof *g->list));
	}
	g->list[g->n++] = item;
}

void turns_free(struct turns *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->list[i]->list);
		free(t->list[i]);
	}
	free(t->list);
	if (t->by_org.key)
		map_free(&t->by_org);
}

/* The organization's next item that the visitor accepts; NULL when there is none. */
static void *next_of(struct turn_group *g, const struct turn_visitor *v)
{
	for (size_t looked = 0; looked < g->n; looked++) {
		void *item = g->list[g->turn];
		g->turn = (g->turn + 1) % g->n;
		if (v->accepts(v->ctx, item))
			return item;
	}
	return NULL;
}

void turns_visit(struct turns *t, const struct turn_visitor *v)
{
	size_t idle = 0; /* organizations in a row that have nothing more */

	for (size_t i = 0; i < t->n; i++)
		t->list[i]->idle = false;
	while (idle < t->n) {
		struct turn_group *g = t->list[t->turn % t->n];
		void *item = NULL;
		if (!g->idle)
			item = next_of(g, v);
		g->idle = !item;
		idle = item ? 0 : idle + 1;
		if (item && !v->visit(v->ctx, item))
			g->idle = true;
		t->turn = (t->turn + 1) % t->n;
		if (v->enough && v->enough(v->ctx))
			return;
	}
}
