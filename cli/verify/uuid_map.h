/* uuid_map: a table in memory from an id to what was added up for it. */
#ifndef TG_CLI_VERIFY_UUID_MAP_H
#define TG_CLI_VERIFY_UUID_MAP_H

#include "common/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>

struct sums {
	size_t value; /* bytes of one entry's value */
	size_t n, size;
	unsigned char *slots;
};

void sums_init(struct sums *s, size_t value);
void sums_free(struct sums *s);
void *sums_find(const struct sums *s, const struct uuid *key); /* NULL when there is none */
/* made of zeros when new; moves when another is made */
void *sums_at(struct sums *s, const struct uuid *key);
/* Walks all: start with *at 0; NULL at the end. */
void *sums_next(const struct sums *s, size_t *at, struct uuid *key);

#endif
