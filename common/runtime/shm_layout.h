/* shm_layout: what the shared file looks like inside; for shm.c and shm_file.c only. */
#ifndef TG_RUNTIME_SHM_LAYOUT_H
#define TG_RUNTIME_SHM_LAYOUT_H

#include "common/runtime/shm.h"

#include <stdatomic.h>

#define SHM_MAGIC UINT64_C(0x3165746167746b74) /* "tktgate1" */
#define SHM_VERSION 3 /* of this layout: change the layout, add one */
#define SHM_BOOT 40
#define SHM_WAYS 8 /* places one name may have */
#define SHM_LIMITS (2048 * SHM_WAYS)
#define SHM_KEY_PLACES (96 * SHM_WAYS)
#define SHM_ANSWER_PLACES (32 * SHM_WAYS)
#define SHM_LANES 1024
#define SHM_NAME_WORDS 4

_Static_assert(
	ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(_Atomic uint64_t) == 8 && sizeof(long long) == 8,
	"shared memory needs lock-free 64-bit atomics");
_Static_assert(SHM_KEY_MAX % 64 == 0 && SHM_ANSWER_MAX % 64 == 0,
	"an entry is copied in words and starts a cache line");

struct header {
	uint64_t magic;
	uint64_t version;
	uint64_t size;
	char boot[SHM_BOOT];
	_Atomic uint64_t generation;
};

/* A caller: its name and its theoretical arrival time. Time in the past, or zeroed memory: the
 * whole quota is there. */
struct limit {
	_Atomic uint64_t tag;
	_Atomic int64_t tat;
};

/* `state`: 40 bits of the writer's start in ms, 23 bits of sequence, 1 bit "being written": one
 * compare-and-swap says all of it. */
struct entry {
	_Alignas(64) _Atomic uint64_t state;
	_Atomic uint64_t sum; /* over all that follows, as far as it is used */
	_Atomic uint64_t generation;
	_Atomic uint64_t expires;
	_Atomic uint64_t length;
	_Atomic uint64_t name[SHM_NAME_WORDS];
	_Alignas(64) _Atomic uint64_t data[]; /* as many as its shelf has room for */
};
#define SHM_PLACE(max) (sizeof(struct entry) + (max))

struct layout {
	struct header header;
	_Alignas(4096) struct limit limits[SHM_LIMITS];
	_Alignas(4096) _Atomic uint64_t lanes[SHM_LANES];
	_Alignas(4096) uint8_t keys[SHM_KEY_PLACES * SHM_PLACE(SHM_KEY_MAX)];
	_Alignas(4096) uint8_t answers[SHM_ANSWER_PLACES * SHM_PLACE(SHM_ANSWER_MAX)];
};

struct shm {
	struct layout *map;
	bool shared;
	/* what shm_reattach needs: which file was mapped, and when to look again */
	char *path, *owner_like;
	uint64_t dev, ino;
	int64_t look_ns;
};

#endif
