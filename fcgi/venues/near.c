/* near: distances of venues, computed for as few venues as a page needs. */
#include "fcgi/venues/near.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* Chords are distances in space, so the triangle inequality holds: no venue of a patch is nearer
 * than the distance of its center minus its radius. */
#define SLACK 4 /* more than the rounding errors */

static int by_distance(const void *a, const void *b)
{
	const struct patch *x = a, *y = b;
	if (x->low != y->low)
		return (x->low > y->low) - (x->low < y->low);
	return (x->number > y->number) - (x->number < y->number);
}

void near_start(struct ranking *k, struct val patches, struct val homes)
{
	struct nearness *w = arena_alloc(k->arena, sizeof *w);
	const unsigned char *p = (const unsigned char *)patches.s;
	if (homes.type != VAL_BYTES || patches.type != VAL_BYTES || homes.n != 2 * k->venues)
		return;
	w->n = patches.n / 16;
	w->home = (const unsigned char *)homes.s;
	w->patches = arena_array(k->arena, w->n + 1, sizeof *w->patches);
	w->place = arena_array(k->arena, w->n + 1, sizeof *w->place);
	for (size_t i = 0; i < w->n; i++, p += 16) {
		struct point middle = {(int32_t)uint32_get(p), (int32_t)uint32_get(p + 4),
			(int32_t)uint32_get(p + 8)};
		uint32_t radius = uint32_get(p + 12) + SLACK, far = point_chord(k->here, middle);
		w->patches[i] = (struct patch){
			.number = i, .low = far > radius ? far - radius : 0, .high = far + radius};
	}
	qsort(w->patches, w->n, sizeof *w->patches, by_distance);
	for (size_t i = 0; i < w->n; i++)
		w->place[w->patches[i].number] = i;
	k->chords = arena_array(k->arena, k->venues, sizeof *k->chords);
	memset(k->chords, 0xff, k->venues * sizeof *k->chords);
	k->nearness = w;
}

/* The patch of a venue; NULL when its location is unknown. */
static struct patch *patch_of(const struct nearness *w, size_t venue)
{
	size_t number = (size_t)w->home[2 * venue] | (size_t)w->home[2 * venue + 1] << 8;
	if (number < w->n)
		return &w->patches[w->place[number]];
	return NULL;
}

/* Counts the candidates of each patch: its venues with scores from `first` to before `last`. */
static void near_count(struct ranking *k, unsigned first, unsigned last)
{
	struct nearness *w = k->nearness;
	for (size_t i = 0; i < w->n; i++)
		w->patches[i].candidates = 0;
	for (size_t i = 0; i < k->venues; i++) {
		struct patch *p =
			k->score[i] >= first && k->score[i] < last ? patch_of(w, i) : NULL;
		if (p)
			p->candidates++;
	}
}

void near_limit(struct ranking *k)
{
	struct nearness *w = k->nearness;
	if (k->reach == UINT32_MAX)
		return;
	for (size_t i = 0; i < k->venues; i++) {
		const struct patch *p = k->score[i] != SCORE_NONE ? patch_of(w, i) : NULL;
		if (!p || p->low > k->reach)
			k->score[i] = SCORE_NONE;
	}
	near_count(k, 0, SCORE_NONE);
}

size_t near_edge(struct ranking *k, size_t *which, size_t max)
{
	struct nearness *w = k->nearness;
	size_t n = 0;
	for (struct patch *p = w->patches;
		p < w->patches + w->n && k->reach != UINT32_MAX && n < max; p++)
		if (p->candidates && !p->got && p->low <= k->reach && p->high > k->reach) {
			p->got = true;
			which[n++] = p->number;
		}
	return n;
}

void near_page(struct ranking *k, uint64_t skip, uint64_t take)
{
	struct nearness *w = k->nearness;
	uint64_t before = 0;
	w->skip = skip;
	w->take = take;
	for (w->first = 0; w->first < SCORE_NONE && before + k->scored[w->first] <= skip;
		w->first++)
		before += k->scored[w->first];
	for (w->last = w->first; w->last < SCORE_NONE && before < skip + take; w->last++)
		before += k->scored[w->last];
	near_count(k, w->first, w->last);
}

/* Whether for every score on the page enough venues are certainly nearer than any venue of `next`;
 * for scores that are entirely on the page, all of them. */
static bool page_is_certain(const struct ranking *k, const struct patch *next)
{
	const struct nearness *w = k->nearness;
	uint64_t before = 0, nearer[SCORE_NONE + 1] = {0};
	for (size_t i = 0; i < k->venues; i++)
		if (k->chords[i] >> 3 < next->low >> 3)
			nearer[k->score[i]]++;
	for (unsigned s = 0; s < w->last; before += k->scored[s++]) {
		uint64_t wanted = w->skip + w->take > before ? w->skip + w->take - before : 0;
		if (s >= w->first && nearer[s] < (MIN(wanted, k->scored[s])))
			return false;
	}
	return true;
}

size_t near_next(struct ranking *k, size_t *which, size_t max)
{
	struct nearness *w = k->nearness;
	size_t n = 0;
	for (struct patch *p = w->patches; p < w->patches + w->n && n < max; p++) {
		if (!p->candidates || p->got)
			continue;
		if (n == 0 && page_is_certain(k, p))
			return 0;
		p->got = true;
		which[n++] = p->number;
	}
	return n;
}

void near_points(struct ranking *k, struct val data)
{
	const unsigned char *p = (const unsigned char *)data.s;
	assert(k->chords && k->nearness); /* near_start has run */
	for (size_t i = 0; i < data.n / 16; i++, p += 16) {
		struct point at = {(int32_t)uint32_get(p + 4), (int32_t)uint32_get(p + 8),
			(int32_t)uint32_get(p + 12)};
		size_t venue = uint32_get(p);
		if (venue >= k->venues || k->score[venue] == SCORE_NONE)
			continue;
		k->chords[venue] = point_chord(k->here, at);
		if (k->chords[venue] > k->reach)
			k->score[venue] = SCORE_NONE;
	}
}
