/* uuid_map: a hash table from a UUID to a value of fixed size, with open addressing. */
#include "cli/verify/uuid_map.h"

#include "common/base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A slot: this head, followed by the value. */
struct head {
	struct uuid key;
	uint64_t used;
};

static size_t step(const struct uuid_map *s)
{
	return sizeof(struct head) + s->value;
}

/* The slot of a key, or the free slot where it belongs. Mixes both halves of the key: a UUIDv7 is
 * random in its second half, other keys only in their first. */
static struct head *uuid_map_slot(const struct uuid_map *s, const struct uuid *key)
{
	uint64_t a, b;
	memcpy(&a, key->b, sizeof a);
	memcpy(&b, key->b + 8, sizeof b);
	assert(s->size && (s->size & (s->size - 1)) == 0 && s->n < s->size);
	size_t i =
		(size_t)((a ^ (b * UINT64_C(0x9E3779B97F4A7C15))) * UINT64_C(0xD6E8FEB86659FD93) >>
			20) &
		(s->size - 1);
	for (;; i = (i + 1) & (s->size - 1)) {
		struct head *h = (struct head *)(void *)(s->slots + i * step(s));
		if (!h->used || uuid_equal(&h->key, key))
			return h;
	}
}

/* Moves all entries to `size` slots, a power of two. */
static void room(struct uuid_map *s, size_t size)
{
	struct uuid_map old = *s;
	s->slots = oom_check(calloc(size, step(s)));
	s->size = size;
	assert(2 * s->n <= s->size);
	for (size_t i = 0; i < old.size; i++) {
		struct head *h = (struct head *)(void *)(old.slots + i * step(s));
		if (h->used)
			memcpy(uuid_map_slot(s, &h->key), h, step(s));
	}
	free(old.slots);
}

void uuid_map_init(struct uuid_map *s, size_t value)
{
	*s = (struct uuid_map){.value = (value + 7) / 8 * 8};
	room(s, 1024);
}

void uuid_map_free(struct uuid_map *s)
{
	free(s->slots);
	*s = (struct uuid_map){0};
}

void *uuid_map_find(const struct uuid_map *s, const struct uuid *key)
{
	struct head *h = uuid_map_slot(s, key);
	if (h->used)
		return h + 1;
	return NULL;
}

void *uuid_map_at(struct uuid_map *s, const struct uuid *key)
{
	struct head *h = uuid_map_slot(s, key);
	if (h->used)
		return h + 1;
	if (2 * ++s->n > s->size) {
		room(s, s->size * 2);
		h = uuid_map_slot(s, key);
	}
	h->key = *key;
	h->used = 1;
	return h + 1;
}

void *uuid_map_next(const struct uuid_map *s, size_t *at, struct uuid *key)
{
	while (*at < s->size) {
		struct head *h = (struct head *)(void *)(s->slots + (*at)++ * step(s));
		if (!h->used)
			continue;
		*key = h->key;
		return h + 1;
	}
	return NULL;
}
