/* uuid_map: a hash table from a UUID to a value of fixed size. */
#ifndef TG_CLI_VERIFY_UUID_MAP_H
#define TG_CLI_VERIFY_UUID_MAP_H

#include "common/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>

struct uuid_map {
	size_t value; /* bytes of a value, rounded up to a multiple of 8 */
	size_t n, size; /* entries; slots, a power of two and at least 2 * n */
	unsigned char *slots; /* malloc; freed by uuid_map_free() */
};

/* An empty table of values of `value` bytes; running out of memory ends the process. */
void uuid_map_init(struct uuid_map *s, size_t value);
void uuid_map_free(struct uuid_map *s);
void *uuid_map_find(const struct uuid_map *s, const struct uuid *key); /* NULL when there is none */
/* The value of a key, zeroed when new. The pointer is valid until another key is added. */
void *uuid_map_at(struct uuid_map *s, const struct uuid *key);
/* Iterates over all entries, in no particular order: start with *at 0; returns NULL at the end. */
void *uuid_map_next(const struct uuid_map *s, size_t *at, struct uuid *key);

#endif
