/* shm: memory shared by every process of a node: rate limits, remembered keys and
 * answers. */
#ifndef TG_RUNTIME_SHM_H
#define TG_RUNTIME_SHM_H

#include "common/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file of fixed size, mapped. Whoever comes first makes it (O_EXCL under a temporary name, then
   link(2), so that nobody sees half of it), 0600, owned like `owner_like` when root makes it. A
   header with magic, layout version and boot id (/proc/sys/kernel/random/boot_id): one that does
   not fit is replaced. Every structure stays usable when any process is killed at any instruction:
   no locks, only single 64-bit compare-and-swap, and sequence + checksum for larger entries. */
struct shm;

/* Never NULL: when the file cannot be made or mapped, private memory serves this process alone, and
 * shm_shared is false (the caller logs `why`). */
struct shm *shm_attach(const char *path, const char *owner_like, char *why, size_t why_size);
void shm_detach(struct shm *s);
bool shm_shared(const struct shm *s);
/* Goes over to the file that others use when the one mapped here was removed or replaced (systemd
   removes a user's files in /dev/shm when he logs out: RemoveIPC), and to a shared one when there
   was none. Looks once a second; call it before a request. */
void shm_reattach(struct shm *s, int64_t now_ns);

/* Generic cell rate algorithm (ITU-T I.371, as a virtual scheduler): `quota` requests per
   `window_ns`, burst up to `quota`, exact over all processes. `tag` is a keyed or random 64-bit
   name of the caller (never 0). `now_ns` is clock_mono_ns(). A full table gives the slot of the
   stalest caller away; when all 8 places probed are busy it admits. */
struct quota {
	bool admitted;
	int64_t limit, remaining;
	int64_t full_ns; /* until the whole quota is there again */
	int64_t retry_ns; /* until the next one is admitted; 0 when admitted */
};
struct quota shm_consume(
	struct shm *s, uint64_t tag, int64_t quota, int64_t window_ns, int64_t now_ns);
/* True once per `every_ns` and tag over all processes (used to throttle lastUsedAt). */
bool shm_once(struct shm *s, uint64_t tag, int64_t every_ns, int64_t now_ns);

/* Remembered bytes under a 32-byte name, for at most `ttl`. What was stored under an older
   generation is gone: read the generation before the database, pass it to put. There is one
   generation for everything and one for each scope (0: none; other numbers share 1024 of them);
   whoever changed what was remembered forgets its scope before answering. */
enum shm_cache { SHM_CACHE_KEYS, SHM_CACHE_RESPONSES };
#define SHM_KEY_MAX 6144
#define SHM_ANSWER_MAX 24576 /* an event's public page with its line-up and programme */
uint64_t shm_generation(const struct shm *s, uint64_t scope);
void shm_invalidate(struct shm *s, uint64_t scope);
void shm_invalidate_all(struct shm *s);
/* the same, for a program that has not attached; false: there is no shared memory */
bool shm_invalidate_at(const char *path, const char *owner_like);
struct shm_key {
	enum shm_cache cache;
	uint64_t scope; /* whose generation invalidates it; 0: only that of everything */
	const uint8_t *name; /* 32 bytes */
};
struct shm_room {
	void *p;
	size_t size;
	size_t n; /* bytes found */
};
/* False: not there, too old, torn or larger than size. */
bool shm_get(struct shm *s, const struct shm_key *key, struct shm_room *room, int64_t now_ns);
/* Best effort. `generation` was read before the data. */
void shm_put(struct shm *s, const struct shm_key *key, struct span data, uint64_t generation,
	int64_t expires_ns);

#endif
