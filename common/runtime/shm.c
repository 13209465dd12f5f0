/* shm: rate limits and caches in memory shared by all processes of a node. */
#include "common/runtime/shm.h"

#include "common/base/clock.h"
#include "common/runtime/shm_layout.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define ABANDONED_MS 1000 /* a writer that began earlier than this is considered dead */
/* A caller's `now` may be late, if its process was suspended. An arrival time still further ahead
 * is corrupt, and ignored. */
#define LATE_NS INT64_C(3600000000000)
/* keep the tags of shm_once(), shm_mark(), shm_claim() and shm_consume() apart */
#define ONCE UINT64_C(0x6c61737455736564)
#define MARK_TAG UINT64_C(0x6d61726b65642121)
#define CLAIM_TAG UINT64_C(0x636c61696d656421)

/* --- rate limits --- */

static uint64_t mix(uint64_t x) /* the finalizer of SplitMix64 */
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static struct limit *limit_seek(struct limit *set, uint64_t tag)
{
	for (int i = 0; i < SHM_WAYS; i++)
		if (atomic_load(&set[i].tag) == tag)
			return &set[i];
	return NULL;
}

/* An unused place: an empty one, or else the one whose caller has had its full quota for the
 * longest time. NULL when all are in use. *owner gets its current tag. */
static struct limit *limit_spare(struct limit *set, int64_t now, uint64_t *owner)
{
	struct limit *best = NULL;
	int64_t oldest = now;

	for (int i = 0; i < SHM_WAYS; i++) {
		uint64_t tag = atomic_load(&set[i].tag);
		int64_t tat = atomic_load(&set[i].tat);

		if (tat > now || (best && tag && tat >= oldest))
			continue;
		best = &set[i];
		oldest = tat;
		*owner = tag;
		if (!tag)
			break;
	}
	return best;
}

/* Two processes may have given one tag two places at the same time. Keeps the first place and adds
 * the others' hits to it. The tag is removed before the time is read, so that a later hit finds its
 * place gone and is counted again in the right one. */
static void limit_merge(struct limit *set, uint64_t tag, int64_t now)
{
	struct limit *first = limit_seek(set, tag);

	for (struct limit *l = first ? first + 1 : set + SHM_WAYS; l < set + SHM_WAYS; l++) {
		uint64_t owner = tag;
		int64_t tat, there;

		if (!atomic_compare_exchange_strong(&l->tag, &owner, 0))
			continue;
		tat = atomic_load(&l->tat);
		if (tat <= now)
			continue;
		atomic_compare_exchange_strong(&l->tat, &tat, 0);
		there = atomic_load(&first->tat);
		while (!atomic_compare_exchange_weak(
			&first->tat, &there, (MAX(there, now)) + (tat - now)))
			;
	}
}

/* The place of a tag, created if necessary; NULL when all places of its set are in use. */
static struct limit *limit_find(struct shm *s, uint64_t tag, int64_t now)
{
	struct limit *set = &s->map->limits[mix(tag) % (SHM_LIMITS / SHM_WAYS) * SHM_WAYS];

	for (int tries = 0; tries < 64; tries++) {
		struct limit *l = limit_seek(set, tag);
		uint64_t owner = 0;

		if (l)
			return l;
		l = limit_spare(set, now, &owner);
		if (!l)
			return NULL;
		if (atomic_compare_exchange_strong(&l->tag, &owner, tag))
			limit_merge(set, tag, now);
	}
	return NULL;
}

/* Counts a request by GCRA: `tat` is the theoretical arrival time, which advances by `step` per
 * request and may be at most step * limit ahead of now. False when the place was given to another
 * tag meanwhile: the caller must search again. */
static bool limit_hit(struct limit *l, uint64_t tag, int64_t step, int64_t now, struct quota *q)
{
	assert(step > 0 && q->limit > 0);
	int64_t depth = step * q->limit, tat = atomic_load(&l->tat), from, next;

	do {
		from = tat > now && tat - now <= depth + LATE_NS ? tat : now;
		next = from + step;
		if (next - now > depth) {
			q->admitted = false;
			q->remaining = 0;
			q->full_ns = from - now;
			q->retry_ns = next - now - depth;
			return atomic_load(&l->tag) == tag;
		}
	} while (!atomic_compare_exchange_weak(&l->tat, &tat, next));
	assert(next > now && next - now <= depth);
	q->admitted = true;
	q->remaining = (depth - (next - now)) / step;
	q->full_ns = next - now;
	q->retry_ns = 0;
	return atomic_load(&l->tag) == tag;
}

static int64_t step_of(int64_t quota, int64_t window_ns)
{
	/* rounded up, so that the quota is never exceeded */
	return window_ns / quota + (window_ns % quota != 0);
}

struct quota shm_consume(
	struct shm *s, uint64_t tag, int64_t quota, int64_t window_ns, int64_t now_ns)
{
	struct quota q = {.limit = quota, .retry_ns = window_ns, .full_ns = window_ns};
	int64_t step;

	if (quota <= 0 || window_ns <= 0)
		return q;
	if (!tag)
		tag = 1;
	step = step_of(quota, window_ns);
	for (int tries = 0; tries < 64; tries++) {
		struct limit *l = limit_find(s, tag, now_ns);

		if (!l)
			break;
		if (limit_hit(l, tag, step, now_ns, &q))
			return q;
	}
	return (struct quota){
		.admitted = true, .limit = quota, .remaining = quota - 1, .full_ns = step};
}

bool shm_once(struct shm *s, uint64_t tag, int64_t every_ns, int64_t now_ns)
{
	return shm_consume(s, tag ^ ONCE, 1, every_ns, now_ns).admitted;
}

/* The theoretical arrival time of a tag; 0 when it has no place. */
static int64_t limit_time(const struct shm *s, uint64_t tag)
{
	struct limit *set = &s->map->limits[mix(tag) % (SHM_LIMITS / SHM_WAYS) * SHM_WAYS],
		     *l = limit_seek(set, tag);

	return l ? atomic_load(&l->tat) : 0;
}

bool shm_admits(struct shm *s, uint64_t tag, int64_t quota, int64_t window_ns, int64_t now_ns)
{
	int64_t step, tat = limit_time(s, tag ? tag : 1);

	if (quota <= 0 || window_ns <= 0)
		return false;
	step = step_of(quota, window_ns);
	return tat <= now_ns || tat - now_ns > step * quota + LATE_NS ||
		tat + step - now_ns <= step * quota;
}

void shm_refund(struct shm *s, uint64_t tag, int64_t quota, int64_t window_ns, int64_t now_ns)
{
	struct limit *l = limit_find(s, tag ? tag : 1, now_ns);
	int64_t tat = l ? atomic_load(&l->tat) : 0, step = step_of(quota, window_ns);

	while (tat > now_ns && !atomic_compare_exchange_weak(&l->tat, &tat, tat - step))
		;
}

void shm_mark(struct shm *s, uint64_t tag, int64_t until_ns, int64_t now_ns)
{
	struct limit *l = limit_find(s, (tag ^ MARK_TAG) | 1, now_ns);

	if (l)
		atomic_store(&l->tat, until_ns);
}

bool shm_marked(struct shm *s, uint64_t tag, int64_t now_ns)
{
	int64_t tat = limit_time(s, (tag ^ MARK_TAG) | 1);

	return tat > now_ns && tat - now_ns <= LATE_NS;
}

/* The place's time is when the claims end, a multiple of 2^20 ns, plus their sum: one word, so that
 * one compare-and-swap changes both. limit_merge() adds the sums of two places, too. */
int64_t shm_claim(struct shm *s, uint64_t tag, int64_t amount, int64_t now_ns)
{
	int64_t now = now_ns & ~(int64_t)SHM_CLAIM_MAX, ends = SHM_CLAIM_MS * INT64_C(1000000);

	tag = (tag ^ CLAIM_TAG) | 1;
	ends = now + (ends & ~(int64_t)SHM_CLAIM_MAX);
	for (int tries = 0; tries < 64; tries++) {
		struct limit *l = limit_find(s, tag, now);
		int64_t word = l ? atomic_load(&l->tat) : 0, sum, next;

		if (!l)
			break;
		do {
			sum = word > now && word - now <= LATE_NS ? word & SHM_CLAIM_MAX : 0;
			next = MAX(MIN(sum + amount, SHM_CLAIM_MAX), 0);
		} while (!atomic_compare_exchange_weak(&l->tat, &word, next ? ends + next : 0));
		if (atomic_load(&l->tag) == tag)
			return sum;
	}
	return 0;
}

/* --- caches --- */

#define RELAXED memory_order_relaxed

static uint64_t now_ms(void)
{
	return (uint64_t)(clock_mono_ns() / 1000000);
}

static struct lane *lane_of(const struct shm *s, uint64_t scope)
{
	return scope ? &s->map->lanes[scope % SHM_LANES] : &s->map->header.all;
}

/* Both counters only grow, so an unchanged sum means that neither has changed. `ended` is read
 * first and never passes `begun`: when they are equal, no change was under way at that moment. */
static uint64_t lane_read(const struct lane *l, bool *settled)
{
	uint64_t ended = atomic_load(&l->ended), begun = atomic_load(&l->begun);

	if (begun != ended && now_ms() - atomic_load(&l->begun_ms) < SHM_CHANGE_MS)
		*settled = false;
	return begun + ended;
}

uint64_t shm_snapshot(const struct shm *s, uint64_t scope, bool *settled)
{
	uint64_t all = lane_read(lane_of(s, 0), settled);

	return scope ? all + lane_read(lane_of(s, scope), settled) : all;
}

uint64_t shm_generation(const struct shm *s, uint64_t scope)
{
	const struct lane *all = lane_of(s, 0), *l = lane_of(s, scope);
	uint64_t sum = atomic_load(&all->begun) + atomic_load(&all->ended);

	return scope ? sum + atomic_load(&l->begun) + atomic_load(&l->ended) : sum;
}

void shm_change_begin(struct shm *s, uint64_t scope)
{
	struct lane *l = lane_of(s, scope);

	atomic_store(&l->begun_ms, now_ms());
	atomic_fetch_add(&l->begun, 1);
}

void shm_change_end(struct shm *s, uint64_t scope)
{
	atomic_fetch_add(&lane_of(s, scope)->ended, 1);
}

void shm_invalidate(struct shm *s, uint64_t scope)
{
	shm_change_begin(s, scope);
	shm_change_end(s, scope);
}

static bool state_busy(uint64_t state)
{
	return state & 1;
}

static bool state_abandoned(uint64_t state, uint64_t ms)
{
	/* a signed difference of 40 bits: clocks are read at different moments */
	int64_t age = (int64_t)((ms << 24) - (state & ~UINT64_C(0xffffff))) / (1 << 24);

	return state_busy(state) && (age > ABANDONED_MS || age < -ABANDONED_MS);
}

/* Adds a word to a checksum, which detects torn entries but is not cryptographic. */
static uint64_t sum_word(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ (sum >> 32);
}

/* The i-th 8-byte word of n bytes, padded with zeros. */
static uint64_t word_at(const uint8_t *p, size_t n, size_t i)
{
	uint64_t word = 0;

	memcpy(&word, p + i * 8, MIN(n - i * 8, 8));
	return word;
}

/* Where a cache lies in the layout: byte offset, number of places, and bytes of data per place. */
struct shelf {
	size_t offset, places, max;
};
static const struct shelf shelves[] = {
	[SHM_CACHE_KEYS] = {offsetof(struct layout, keys), SHM_KEY_PLACES, SHM_KEY_MAX},
	[SHM_CACHE_SMALL] = {offsetof(struct layout, small), SHM_SMALL_PLACES, SHM_SMALL_MAX},
	[SHM_CACHE_LARGE] = {offsetof(struct layout, large), SHM_LARGE_PLACES, SHM_ANSWER_MAX},
};

/* One of the SHM_WAYS places where an entry of that name may be. */
static struct entry *entry_way(
	const struct shm *s, const struct shelf *shelf, const uint8_t name[32], size_t way)
{
	uint64_t h = 0;

	for (size_t i = 0; i < SHM_NAME_WORDS; i++)
		h = mix(h ^ word_at(name, 32, i));
	uint8_t *place = (uint8_t *)s->map + shelf->offset +
		(h % (shelf->places / SHM_WAYS) * SHM_WAYS + way) * SHM_PLACE(shelf->max);
	assert(way < SHM_WAYS && (uintptr_t)place % _Alignof(struct entry) == 0);
	return (struct entry *)(void *)place;
}

static bool entry_named(const struct entry *e, const uint8_t name[32])
{
	for (size_t i = 0; i < SHM_NAME_WORDS; i++)
		if (atomic_load_explicit(&e->name[i], RELAXED) != word_at(name, 32, i))
			return false;
	return true;
}

/* The checksum's start, over everything but the data. */
static uint64_t head_sum(
	uint64_t generation, uint64_t expires, uint64_t length, const uint8_t name[32])
{
	uint64_t sum = sum_word(sum_word(sum_word(SHM_MAGIC, generation), expires), length);

	for (size_t i = 0; i < SHM_NAME_WORDS; i++)
		sum = sum_word(sum, word_at(name, 32, i));
	return sum;
}

/* Copies an entry, then verifies that no writer changed it meanwhile (a sequence lock, with a
 * checksum in case a writer was killed or suspended). *of gets its generation. */
static bool entry_read(const struct entry *e, const uint8_t name[32], struct shm_room *room,
	int64_t now_ns, uint64_t *of)
{
	uint64_t state = atomic_load_explicit(&e->state, memory_order_acquire);
	uint64_t generation = atomic_load_explicit(&e->generation, RELAXED),
		 expires = atomic_load_explicit(&e->expires, RELAXED);
	uint64_t length = atomic_load_explicit(&e->length, RELAXED),
		 sum = head_sum(generation, expires, length, name), expected;

	if (state_busy(state) || !entry_named(e, name) || (int64_t)expires <= now_ns ||
		length > room->size)
		return false;
	for (size_t i = 0; i * 8 < length; i++) {
		uint64_t word = atomic_load_explicit(&e->data[i], RELAXED);

		sum = sum_word(sum, word);
		memcpy((uint8_t *)room->p + i * 8, &word, MIN(length - i * 8, 8));
	}
	expected = atomic_load_explicit(&e->sum, RELAXED);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&e->state, RELAXED) != state || sum != expected)
		return false;
	room->n = length;
	*of = generation;
	return true;
}

bool shm_get(struct shm *s, const struct shm_key *key, struct shm_room *room, int64_t now_ns)
{
	const struct shelf *shelf = &shelves[key->cache];
	struct shm_room bounded = {room->p, MIN(room->size, shelf->max), 0};
	uint64_t generation;

	for (size_t i = 0; i < SHM_WAYS; i++) {
		struct entry *e = entry_way(s, shelf, key->name, i);
		if (!entry_read(e, key->name, &bounded, now_ns, &generation))
			continue;
		room->n = bounded.n;
		return generation == shm_generation(s, key->scope);
	}
	return false;
}

/* The place for a new entry: that of the same name, or an expired one, or the one that expires
 * first. Never one that is being written; NULL when all are. */
static struct entry *entry_choose(
	const struct shm *s, const struct shelf *shelf, const uint8_t name[32], uint64_t ms)
{
	struct entry *best = NULL;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < SHM_WAYS; i++) {
		struct entry *e = entry_way(s, shelf, name, i);
		uint64_t state = atomic_load(&e->state),
			 expires = atomic_load_explicit(&e->expires, RELAXED);

		if (state_busy(state) && !state_abandoned(state, ms))
			continue;
		if (entry_named(e, name))
			return e;
		if (state_busy(state) || expires / 1000000 <= ms)
			expires = 0;
		if (!best || expires < least) {
			best = e;
			least = expires;
		}
	}
	return best;
}

static void entry_write(struct entry *e, const uint8_t name[32], struct span data,
	uint64_t generation, uint64_t expires)
{
	uint64_t sum = head_sum(generation, expires, data.n, name);

	for (size_t i = 0; i < SHM_NAME_WORDS; i++)
		atomic_store_explicit(&e->name[i], word_at(name, 32, i), RELAXED);
	atomic_store_explicit(&e->generation, generation, RELAXED);
	atomic_store_explicit(&e->expires, expires, RELAXED);
	atomic_store_explicit(&e->length, data.n, RELAXED);
	for (size_t i = 0; i * 8 < data.n; i++) {
		uint64_t word = word_at(data.p, data.n, i);

		sum = sum_word(sum, word);
		atomic_store_explicit(&e->data[i], word, RELAXED);
	}
	atomic_store_explicit(&e->sum, sum, RELAXED);
}

/* When another process is writing the place, this entry is dropped. A writer that was suspended for
 * longer than ABANDONED_MS may corrupt the entry written meanwhile; the checksum then makes readers
 * ignore it. */
void shm_put(struct shm *s, const struct shm_key *key, struct span data, uint64_t generation,
	int64_t expires_ns)
{
	const struct shelf *shelf = &shelves[key->cache];
	uint64_t ms = now_ms(), old, mine;
	struct entry *e;

	if (data.n > shelf->max || expires_ns <= 0 || generation != shm_generation(s, key->scope))
		return;
	e = entry_choose(s, shelf, key->name, ms);
	if (!e)
		return;
	old = atomic_load(&e->state);
	if (state_busy(old) && !state_abandoned(old, ms))
		return;
	mine = ms << 24 | (((old >> 1) + 1) & 0x7fffff) << 1 | 1;
	assert(state_busy(mine));
	if (!atomic_compare_exchange_strong(&e->state, &old, mine))
		return;
	atomic_thread_fence(memory_order_release);
	entry_write(e, key->name, data, generation, (uint64_t)expires_ns);
	atomic_compare_exchange_strong(&e->state, &mine, mine & ~UINT64_C(1));
}
