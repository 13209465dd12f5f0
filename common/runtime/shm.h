/* shm: rate limits and caches in memory shared by all processes of a node. */
#ifndef TG_RUNTIME_SHM_H
#define TG_RUNTIME_SHM_H

#include "common/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A mapped file of fixed size, mode 0600. The first process creates it under a temporary name and
 * link(2)s it, so that no other sees it incomplete; root gives it to the owner of `owner_like`. Its
 * header has a magic number, layout version and boot id (/proc/sys/kernel/random/boot_id); a file
 * that does not match is replaced. There are no locks: any process may be killed at any
 * instruction. Words are changed by 64-bit compare-and-swap; larger entries have a sequence number
 * and a checksum. */
struct shm;

/* When the file cannot be used, for example because another user made it first, a file beside
 * `owner_like` (the key file, with the suffix .shm) is used; `why` then says why. Never NULL: when
 * neither can be used, private memory is, and shm_shared() is false. Freed by shm_detach(). */
struct shm *shm_attach(const char *path, const char *owner_like, char *why, size_t why_size);
void shm_detach(struct shm *s);
bool shm_shared(const struct shm *s);
/* The file that is used: the given one or the one beside `owner_like`. */
const char *shm_path(const struct shm *s);
/* Maps the current file when the one mapped was removed or replaced (systemd removes a user's files
 * in /dev/shm at logout: RemoveIPC in logind.conf(5)), or when there was none to share. Call it
 * before each request; it checks at most once per second. */
void shm_reattach(struct shm *s, int64_t now_ns);
/* The same at once. Returns the inode number of the file; 0: the memory is private. */
uint64_t shm_reattach_now(struct shm *s);

/* Rate limiting by the generic cell rate algorithm (ITU-T I.371, virtual scheduling): `quota`
 * requests per `window_ns`, in bursts of up to `quota`, exact over all processes. `tag` identifies
 * the caller: a keyed hash or random number, not 0. `now_ns` is clock_mono_ns(). When the table is
 * full, the caller that has had its full quota for the longest time is replaced; when all 8
 * possible places are in use, the request is admitted. */
struct quota {
	bool admitted;
	int64_t limit, remaining; /* requests */
	int64_t full_ns; /* time until the full quota is available */
	int64_t retry_ns; /* time until the next request is admitted; 0: this one was */
};
struct quota shm_consume(
	struct shm *s, uint64_t tag, int64_t quota, int64_t window_ns, int64_t now_ns);
/* Takes one request back that shm_consume() has admitted with the same quota and window. */
void shm_refund(struct shm *s, uint64_t tag, int64_t quota, int64_t window_ns, int64_t now_ns);
/* Whether shm_consume() would admit a request; counts nothing. */
bool shm_admits(struct shm *s, uint64_t tag, int64_t quota, int64_t window_ns, int64_t now_ns);
/* Marks a tag until `until_ns`, best effort; a time in the past removes the mark. */
void shm_mark(struct shm *s, uint64_t tag, int64_t until_ns, int64_t now_ns);
bool shm_marked(struct shm *s, uint64_t tag, int64_t now_ns);
/* True once per `every_ns` and tag over all processes, such as for throttling writes. */
bool shm_once(struct shm *s, uint64_t tag, int64_t every_ns, int64_t now_ns);

/* What processes are about to take for a tag, together, until each gives its amount back (a
 * negative one): tickets, say, that no transaction shows yet. Returns what was claimed before. When
 * the table is full nothing is; what a killed process has claimed ends SHM_CLAIM_MS after the tag's
 * last change. */
#define SHM_CLAIM_MAX 0xfffff /* of a tag; more counts as this */
#define SHM_CLAIM_MS 30000
int64_t shm_claim(struct shm *s, uint64_t tag, int64_t amount, int64_t now_ns);

/* Places that a tag may occupy at once, `most` over all processes: locks on bytes of the file
 * (fcntl(2), F_SETLK), which the kernel gives back when the process ends, however it ends. A
 * process can have one at a time: closing another descriptor of the file would give it back, and
 * shm_reattach() may close one. *fd is for shm_slot_leave(), -1 unless TAKEN. */
#define SHM_SLOTS_MAX 256
enum shm_slot { SHM_SLOT_TAKEN, SHM_SLOT_FULL, SHM_SLOT_UNKNOWN /* no shared file */ };
enum shm_slot shm_slot_take(const struct shm *s, uint64_t tag, int64_t most, int *fd);
void shm_slot_leave(int *fd); /* -1: nothing to leave */

/* Caches of bytes by a 32-byte name, until an expiry time or until invalidated. Entries of an older
 * generation are ignored: read the generation before reading the database, and pass it to
 * shm_put(). There is a generation of everything, scope 0, and one of each other scope, which
 * includes it; all scopes share 16,384 of them. */
enum shm_cache { SHM_CACHE_KEYS, SHM_CACHE_SMALL, SHM_CACHE_LARGE };
#define SHM_KEY_MAX 6144 /* bytes of an entry in SHM_CACHE_KEYS */
#define SHM_SMALL_MAX 3968 /* in SHM_CACHE_SMALL: an event of a few ticket types */
#define SHM_ANSWER_MAX 24576 /* in SHM_CACHE_LARGE: a public event with performers and schedule */
uint64_t shm_generation(const struct shm *s, uint64_t scope);
/* A process that changes data begins the change of its scope before COMMIT, and ends it before it
 * responds. Both change the generation. Others may have replaced the file meanwhile, so call
 * shm_reattach_now() before each; when the file is another one at the end, shm_invalidate() there.
 * shm_invalidate() does both, for changes after which an entry may be outdated until it expires
 * when the process is killed between COMMIT and the call. */
void shm_change_begin(struct shm *s, uint64_t scope);
void shm_change_end(struct shm *s, uint64_t scope);
void shm_invalidate(struct shm *s, uint64_t scope);
/* shm_generation(); sets *settled to false while a change is under way that has begun within
 * SHM_CHANGE_MS: what is read from the database then may be changed without a new generation. A
 * process that is killed in a change leaves its scope unsettled for so long after each later
 * change, too. */
#define SHM_CHANGE_MS 600000
uint64_t shm_snapshot(const struct shm *s, uint64_t scope, bool *settled);
/* shm_invalidate() of everything for a process that is not attached; false when there is no shared
 * memory. */
bool shm_invalidate_at(const char *path, const char *owner_like);
struct shm_key {
	enum shm_cache cache;
	uint64_t scope; /* 0: invalidated with everything only */
	const uint8_t *name; /* 32 bytes */
};
/* A buffer for shm_get(). */
struct shm_room {
	void *p;
	size_t size;
	size_t n; /* bytes found */
};
/* Copies an entry. False when it is missing, expired, invalidated, being written or too large. */
bool shm_get(struct shm *s, const struct shm_key *key, struct shm_room *room, int64_t now_ns);
/* Stores an entry, best effort. `generation` must have been read before the data. */
void shm_put(struct shm *s, const struct shm_key *key, struct span data, uint64_t generation,
	int64_t expires_ns);

#endif
