/* uuid_map: a table in memory from an id to what was added up for it. */
#ifndef TG_CLI_VERIFY_UUID_MAP_H
#define TG_CLI_VERIFY_UUID_MAP_H

#include "common/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>

struct uuid_map {
	size_t value; /* bytes of one entry's value */
	size_t n, size;
	unsigned char *slots;
};

void uuid_map_init(struct uuid_map *s, size_t value);
void uuid_map_free(struct uuid_map *s);
void *uuid_map_find(const struct uuid_map *s, const struct uuid *key); /* NULL when there is none */
/* made of zeros when new; moves when another is made */
void *uuid_map_at(struct uuid_map *s, const struct uuid *key);
/* Walks all: start with *at 0; NULL at the end. */
void *uuid_map_next(const struct uuid_map *s, size_t *at, struct uuid *key);

#endif
