/* hash: the 64-bit FNV-1a hash, http://www.isthe.com/chongo/tech/comp/fnv/. */
#ifndef TG_BASE_HASH_H
#define TG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Not for tables that clients fill: they could choose keys that collide. */
#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

/* Continues `hash`, or HASH_START, with n bytes. */
static inline uint64_t hash_bytes(uint64_t hash, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = hash_byte(hash, ((const unsigned char *)p)[i]);
	return hash;
}

#endif
