/* directory: an in-memory table of venues, indexed by external id. */
#include "cli/venue/directory.h"

#include <assert.h>
#include <string.h>

void directory_start(struct directory *d, struct arena *a)
{
	*d = (struct directory){.arena = a, .room = 1024, .slots_n = 4096};
	d->list = arena_array(a, d->room, sizeof *d->list);
	d->slots = arena_array(a, d->slots_n, sizeof *d->slots);
}

/* The slot of an external id, or the free slot where it belongs: FNV-1a with linear probing.
 * slots_n is a power of two, and at least half of the slots are free, so the search ends. */
static size_t *slot_of(const struct directory *d, const char *external_id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (const char *s = external_id; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	assert((d->slots_n & (d->slots_n - 1)) == 0 && 2 * d->n <= d->slots_n);
	size_t i = (size_t)(h ^ h >> 31) & (d->slots_n - 1);
	while (d->slots[i] && strcmp(d->list[d->slots[i] - 1].v[EXTERNAL_ID], external_id) != 0)
		i = (i + 1) & (d->slots_n - 1);
	return &d->slots[i];
}

struct venue_record *directory_find(const struct directory *d, const char *external_id)
{
	size_t at = *slot_of(d, external_id);
	if (at)
		return &d->list[at - 1];
	return NULL;
}

/* Doubles list and slots. The old ones stay in the arena. */
static void directory_grow(struct directory *d)
{
	struct venue_record *list = arena_array(d->arena, d->room *= 2, sizeof *list);
	memcpy(list, d->list, d->n * sizeof *list);
	d->list = list;
	d->slots_n *= 2;
	d->slots = arena_array(d->arena, d->slots_n, sizeof *d->slots);
	for (size_t i = 0; i < d->n; i++)
		if (list[i].v[EXTERNAL_ID])
			*slot_of(d, list[i].v[EXTERNAL_ID]) = i + 1;
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
	*at = &d->list[d->n++];
	**at = *p;
	if (p->v[EXTERNAL_ID])
		*slot_of(d, p->v[EXTERNAL_ID]) = d->n;
	return true;
}
