/* turns: shares a sender between organizations, so that what one has to send cannot take the places
 * of another's. */
#ifndef TG_CRON_CORE_TURNS_H
#define TG_CRON_CORE_TURNS_H

#include "common/base/map.h"
#include "common/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>

/* What an organization has, in turn among itself: the first member of what a job keeps of it. */
struct turn_group {
	void **list;
	size_t n, room, turn; /* turn: where the next visit starts in list */
	bool idle; /* turns_visit(): has nothing more */
};

/* All organizations, in turn among each other. */
struct turns {
	size_t size; /* of a job's structure that begins with struct turn_group; set by the job */
	struct map by_org; /* struct turn_group * */
	struct turn_group **list;
	size_t n, room, turn; /* turn: whose turn is next */
};

/* The structure of an organization, zeroed when new. */
void *turns_group(struct turns *t, struct uuid org);
void turns_add(struct turn_group *g, void *item);
void turns_free(struct turns *t); /* but not the items */

/* What turns_visit() does with items. */
struct turn_visitor {
	bool (*accepts)(void *ctx, const void *item);
	bool (*visit)(void *ctx, void *item); /* false: no more of this organization */
	bool (*enough)(void *ctx); /* ends the visits; NULL: they end when nothing is accepted */
	void *ctx;
};
/* Visits one item of each organization in turn, until none is accepted. Turns go on where the last
 * call ended. */
void turns_visit(struct turns *t, const struct turn_visitor *v);

#endif
