/* rank: scores venues by how well they match all terms of a search, and selects a page. */
#include "fcgi/venues/rank.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

void ranking_near(struct ranking *k, struct point here)
{
	k->near = true;
	k->here = here;
}

struct term *ranking_term(struct ranking *k, const char *word)
{
	for (size_t i = 0; i < k->terms_n; i++)
		if (*word && strcmp(k->terms[i].word, word) == 0)
			return &k->terms[i];
	assert(k->terms_n < TERMS_MAX);
	k->terms[k->terms_n] = (struct term){.word = word};
	return &k->terms[k->terms_n++];
}

void ranking_start(struct ranking *k, struct val data)
{
	uint32_t n = data.n == 4 ? uint32_get((const unsigned char *)data.s) : 0;
	if (n == 0 || n > VENUES_MAX)
		return;
	k->venues = n;
	k->score = arena_alloc(k->arena, n);
	for (size_t i = 0; i < k->terms_n; i++) {
		k->terms[i].cost = arena_alloc(k->arena, n);
		memset(k->terms[i].cost, SCORE_NONE, n);
	}
}

void ranking_list(struct ranking *k, struct term *t, struct val data, enum venue_fit fit)
{
	const unsigned char *p = (const unsigned char *)data.s;
	size_t left = data.n, used, venue = 0;
	uint32_t v;
	uint8_t base = *t->word ? (uint8_t)(3 * fit) : 0;
	for (; left && (used = varint_get(p, left, &v)); p += used, left -= used) {
		venue += v >> 2;
		if (venue >= k->venues)
			return;
		uint8_t cost = *t->word ? (uint8_t)(base + (v & 3)) : 0;
		if (cost < t->cost[venue])
			t->cost[venue] = cost;
	}
}

void ranking_names(struct ranking *k, struct val data, uint64_t hash)
{
	const unsigned char *p = (const unsigned char *)data.s;
	k->named = arena_array(k->arena, data.n / 12 + 1, sizeof *k->named);
	for (size_t i = 0; i + 12 <= data.n; i += 12)
		if ((uint32_get(p + i) | (uint64_t)uint32_get(p + i + 4) << 32) == hash &&
			uint32_get(p + i + 8) < k->venues)
			k->named[k->named_n++] = uint32_get(p + i + 8);
}

/* Scores start at 1; a full name gets 0, which is better than any other match of its words. */
void ranking_join(struct ranking *k)
{
	if (k->venues)
		memset(k->score, 1, k->venues);
	for (size_t t = 0; t < k->terms_n && k->venues; t++) {
		const uint8_t *cost = k->terms[t].cost;
		uint8_t *score = k->score;
		for (size_t i = 0; i < k->venues; i++) {
			unsigned sum = (unsigned)score[i] + cost[i];
			score[i] = (uint8_t)MIN(sum, SCORE_NONE);
		}
	}
	for (size_t i = 0; i < k->named_n; i++)
		if (k->score[k->named[i]] != SCORE_NONE)
			k->score[k->named[i]] = 0;
}

void ranking_count(struct ranking *k)
{
	for (size_t i = 0; i < k->venues; i++)
		k->scored[k->score[i]]++;
	for (size_t i = 0; i < SCORE_NONE; i++)
		k->total += k->scored[i];
}

/* ---- the page ---- */

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Moves the `at` smallest of n distinct numbers to the front (Hoare's quickselect). */
static void select_smallest(uint64_t *v, size_t n, size_t at)
{
	ptrdiff_t left = 0, right = (ptrdiff_t)n - 1, k = (ptrdiff_t)at - 1;
	while (at > 0 && left < right) {
		uint64_t pivot = v[k];
		ptrdiff_t i = left, j = right;
		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i > j)
				break;
			uint64_t swap = v[i];
			v[i++] = v[j];
			v[j--] = swap;
		}
		if (j < k)
			left = i;
		if (k < i)
			right = j;
	}
}

/* Score, distance (in steps of five centimetres) and number in one integer that sorts by them.
 * Venues without a location are last. */
static uint64_t sort_key(const struct ranking *k, size_t venue)
{
	uint64_t far = k->chords ? k->chords[venue] >> 3 : 0;
	return (uint64_t)k->score[venue] << 56 | far << 24 | venue;
}

size_t ranking_take(struct ranking *k, uint64_t skip, size_t take, uint32_t *hits)
{
	unsigned first = 0, last;
	uint64_t room = 0;
	if (skip >= k->total || !take)
		return 0;
	while (skip >= k->scored[first])
		skip -= k->scored[first++];
	for (last = first; last < SCORE_NONE && room < skip + take; last++)
		room += k->scored[last];
	uint64_t *keys = arena_array(k->arena, room, sizeof *keys);
	size_t n = 0;
	for (size_t i = 0; i < k->venues; i++)
		if (k->score[i] >= first && k->score[i] < last)
			keys[n++] = sort_key(k, i);
	size_t end = (size_t)MIN(skip + take, n);
	select_smallest(keys, n, end);
	select_smallest(keys, end, (size_t)skip);
	assert(skip <= end && end - skip <= take);
	qsort(keys + skip, end - skip, sizeof *keys, by_value);
	for (size_t i = skip; i < end; i++)
		hits[i - skip] = (uint32_t)(keys[i] & 0xffffff);
	return end - (size_t)skip;
}
