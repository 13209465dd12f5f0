/* map: a hash table with open addressing and linear probing. */
#include "common/base/map.h"

#include "common/base/hash.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define START_SIZE 64 /* slots of an empty map */

/* A slot: this head, the key (for texts its address) and the value. */
struct map_slot {
	uint64_t hash; /* never 0; 0: the slot is free */
};

static size_t key_room(const struct map *m)
{
	if (m->key == MAP_TEXT)
		return sizeof(const char *);
	return (m->key + 7) / 8 * 8;
}

static size_t slot_size(const struct map *m)
{
	return sizeof(struct map_slot) + key_room(m) + m->value;
}

static struct map_slot *slot_number(const struct map *m, size_t i)
{
	return (struct map_slot *)(void *)(m->slots + i * slot_size(m));
}

static void *value_of(const struct map *m, struct map_slot *slot)
{
	return (unsigned char *)(slot + 1) + key_room(m);
}

static uint64_t map_hash(const struct map *m, const void *key)
{
	uint64_t hash = hash_bytes(HASH_START, key, m->key == MAP_TEXT ? strlen(key) : m->key);

	/* FNV-1a mixes the last bytes into the low bits least */
	return (hash ^ hash >> 31) | UINT64_C(1) << 63;
}

static bool same_key(const struct map *m, const struct map_slot *slot, const void *key)
{
	const char *text;

	if (m->key != MAP_TEXT)
		return memcmp(slot + 1, key, m->key) == 0;
	memcpy(&text, slot + 1, sizeof text);
	return strcmp(text, key) == 0;
}

/* The slot of a key, or the free slot where it belongs. At least half of the slots are free, so the
 * search ends. */
static struct map_slot *slot_of(const struct map *m, uint64_t hash, const void *key)
{
	assert(m->size && (m->size & (m->size - 1)) == 0 && 2 * m->n <= m->size);
	for (size_t i = (size_t)hash & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
		struct map_slot *slot = slot_number(m, i);

		if (!slot->hash || (slot->hash == hash && same_key(m, slot, key)))
			return slot;
	}
}

static unsigned char *slots_new(const struct map *m, size_t size)
{
	if (m->arena)
		return arena_array(m->arena, size, slot_size(m));
	return oom_check(calloc(size, slot_size(m)));
}

/* Doubles the number of slots. In an arena the old ones stay. */
static void map_grow(struct map *m)
{
	struct map old = *m;

	m->slots = slots_new(m, m->size *= 2);
	for (size_t i = 0; i < old.size; i++) {
		const struct map_slot *from = slot_number(&old, i);
		size_t k = (size_t)from->hash & (m->size - 1);

		if (!from->hash)
			continue;
		while (slot_number(m, k)->hash)
			k = (k + 1) & (m->size - 1);
		memcpy(slot_number(m, k), from, slot_size(m));
	}
	if (!m->arena)
		free(old.slots);
}

void map_init(struct map *m, struct arena *arena, size_t key, size_t value)
{
	*m = (struct map){
		.arena = arena, .key = key, .value = (value + 7) / 8 * 8, .size = START_SIZE};
	m->slots = slots_new(m, m->size);
}

void map_free(struct map *m)
{
	if (!m->arena)
		free(m->slots);
	*m = (struct map){0};
}

void *map_find(const struct map *m, const void *key)
{
	struct map_slot *slot = slot_of(m, map_hash(m, key), key);

	if (slot->hash)
		return value_of(m, slot);
	return NULL;
}

void *map_at(struct map *m, const void *key)
{
	uint64_t hash = map_hash(m, key);
	struct map_slot *slot = slot_of(m, hash, key);

	if (slot->hash)
		return value_of(m, slot);
	if (2 * (m->n + 1) > m->size) {
		map_grow(m);
		slot = slot_of(m, hash, key);
	}
	m->n++;
	slot->hash = hash;
	if (m->key == MAP_TEXT)
		memcpy(slot + 1, &key, sizeof key);
	else
		memcpy(slot + 1, key, m->key);
	return value_of(m, slot);
}

void *map_next(const struct map *m, size_t *at, void *key)
{
	while (*at < m->size) {
		struct map_slot *slot = slot_number(m, (*at)++);

		if (!slot->hash)
			continue;
		memcpy(key, slot + 1, m->key == MAP_TEXT ? sizeof(const char *) : m->key);
		return value_of(m, slot);
	}
	return NULL;
}
