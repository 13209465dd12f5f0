/* shm_layout: the layout of the shared file; for shm.c and shm_file.c only. */
#ifndef TG_RUNTIME_SHM_LAYOUT_H
#define TG_RUNTIME_SHM_LAYOUT_H

#include "common/runtime/shm.h"

#include <stdatomic.h>

#define SHM_MAGIC UINT64_C(0x3165746167746b74) /* "tktgate1" */
#define SHM_VERSION 5 /* increment with every change of the layout */
#define SHM_BOOT 40 /* bytes of a boot id, with the NUL */
#define SHM_WAYS 8 /* places where one name may be: the tables are 8-way set associative */
#define SHM_LIMITS (2048 * SHM_WAYS) /* callers whose rate is limited */
#define SHM_KEY_PLACES (96 * SHM_WAYS)
#define SHM_SMALL_PLACES (320 * SHM_WAYS)
#define SHM_LARGE_PLACES (16 * SHM_WAYS)
#define SHM_LANES 16384 /* generations of scopes */
#define SHM_NAME_WORDS 4

_Static_assert(
	ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(_Atomic uint64_t) == 8 && sizeof(long long) == 8,
	"shared memory needs lock-free 64-bit atomics");
_Static_assert(SHM_KEY_MAX % 64 == 0 && SHM_SMALL_MAX % 64 == 0 && SHM_ANSWER_MAX % 64 == 0,
	"entries are copied in words and aligned to cache lines");

/* The changes of a scope: how many have begun and ended. Their sum is its generation; while they
 * differ, a change is under way or its process was killed. */
struct lane {
	_Alignas(32) _Atomic uint64_t begun;
	_Atomic uint64_t ended;
	_Atomic uint64_t begun_ms; /* when the last one began, ms of clock_mono_ns() */
};

struct header {
	uint64_t magic;
	uint64_t version;
	uint64_t size;
	char boot[SHM_BOOT];
	struct lane all; /* of everything */
};

/* A caller and its theoretical arrival time in ns of clock_mono_ns(). With a time in the past, or
 * in zeroed memory, its full quota is available. */
struct limit {
	_Atomic uint64_t tag; /* 0: free */
	_Atomic int64_t tat;
};

/* `state` has 40 bits of the writer's start time in ms, 23 bits of sequence number and 1 bit "being
 * written", so that one compare-and-swap changes all. `expires` is in ns of clock_mono_ns(). */
struct entry {
	_Alignas(64) _Atomic uint64_t state;
	_Atomic uint64_t sum; /* checksum of everything below, `length` bytes of data included */
	_Atomic uint64_t generation;
	_Atomic uint64_t expires;
	_Atomic uint64_t length;
	_Atomic uint64_t name[SHM_NAME_WORDS];
	_Alignas(64) _Atomic uint64_t data[]; /* as many bytes as the cache allows */
};
#define SHM_PLACE(max) (sizeof(struct entry) + (max))

/* The whole file; each part starts a page. */
struct layout {
	struct header header;
	_Alignas(4096) struct limit limits[SHM_LIMITS];
	_Alignas(4096) struct lane lanes[SHM_LANES];
	_Alignas(4096) uint8_t keys[SHM_KEY_PLACES * SHM_PLACE(SHM_KEY_MAX)];
	_Alignas(4096) uint8_t small[SHM_SMALL_PLACES * SHM_PLACE(SHM_SMALL_MAX)];
	_Alignas(4096) uint8_t large[SHM_LARGE_PLACES * SHM_PLACE(SHM_ANSWER_MAX)];
};

_Static_assert(
	sizeof(struct limit) == 16 && sizeof(struct lane) == 32 && sizeof(struct entry) == 128,
	"the layout is the same in every build");
_Static_assert((SHM_WAYS & (SHM_WAYS - 1)) == 0 && (SHM_LANES & (SHM_LANES - 1)) == 0,
	"table sizes are powers of two");
_Static_assert(offsetof(struct layout, large) % 4096 == 0, "each part starts a page");

/* A process's mapping. */
struct shm {
	struct layout *map;
	bool shared; /* false: private memory */
	/* for shm_reattach(): which file is mapped, and when to check again (clock_mono_ns()) */
	char *path, *owner_like;
	char *beside; /* the second choice, NULL when there is none */
	bool second; /* that one is mapped */
	uint64_t dev, ino;
	int64_t look_ns;
};

#endif
