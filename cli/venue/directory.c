/* directory: an in-memory table of venues, indexed by external id. */
#include "cli/venue/directory.h"

#include <string.h>

void directory_start(struct directory *d, struct arena *a)
{
	*d = (struct directory){.arena = a, .room = 1024};
	d->list = arena_array(a, d->room, sizeof *d->list);
	map_init(&d->by_id, a, MAP_TEXT, sizeof(size_t));
}

struct venue_record *directory_find(const struct directory *d, const char *external_id)
{
	const size_t *place = map_find(&d->by_id, external_id);

	if (place)
		return &d->list[*place];
	return NULL;
}

/* Doubles the list. The old one stays in the arena. */
static void directory_grow(struct directory *d)
{
	struct venue_record *list = arena_array(d->arena, d->room *= 2, sizeof *list);

	memcpy(list, d->list, d->n * sizeof *list);
	d->list = list;
}

bool directory_add(struct directory *d, const struct venue_record *p, struct venue_record **at)
{
	struct venue_record *there =
		p->v[EXTERNAL_ID] ? directory_find(d, p->v[EXTERNAL_ID]) : NULL;
	*at = there;
	if (there)
		return false;
	if (d->n == d->room)
		directory_grow(d);
	*at = &d->list[d->n];
	**at = *p;
	if (p->v[EXTERNAL_ID])
		*(size_t *)map_at(&d->by_id, p->v[EXTERNAL_ID]) = d->n;
	d->n++;
	return true;
}
