/* map: a hash table from keys of one size, or from texts, to values of one size. */
#ifndef TG_BASE_MAP_H
#define TG_BASE_MAP_H

#include "common/base/arena.h"

#include <stddef.h>

#define MAP_TEXT 0 /* as size of the keys: NUL-terminated texts, which must outlive the map */

struct map {
	struct arena *arena; /* NULL: malloc, freed by map_free() */
	size_t key, value; /* bytes; the value's are rounded up to a multiple of 8 */
	size_t n, size; /* entries; slots, a power of two and at least 2 * n */
	unsigned char *slots;
};

/* An empty map; running out of memory ends the process. */
void map_init(struct map *m, struct arena *arena, size_t key, size_t value);
void map_free(struct map *m);
/* `key` points to the key's bytes or is the text itself. NULL when the key has no value. */
void *map_find(const struct map *m, const void *key);
/* The value of a key, zeroed when new. The pointer is valid until another key is added. */
void *map_at(struct map *m, const void *key);
/* Iterates over all entries, in no particular order: start with *at 0; returns NULL at the end.
 * Copies the key to `key`, a buffer of the key's size, or for texts the address of a pointer. */
void *map_next(const struct map *m, size_t *at, void *key);

#endif
