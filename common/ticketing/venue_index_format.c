/* venue_index_format: the words, typo buckets, points and packed lists of the venue search
 * index. */
#include "common/ticketing/venue_index_format.h"

#include "common/base/hash.h"
#include "common/text/words.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <sys/param.h>

/* ---- words ---- */

size_t venue_words(struct arena *a, const char *text, const char *words[], size_t max)
{
	return words_split(a, text, WORDS_JOINED, words, max);
}

static char *join(struct arena *a, const char *const *words, size_t n)
{
	char *out = arena_strdup(a, "");
	for (size_t i = 0; i < n; i++)
		out = arena_list(a, out, " ", words[i]);
	return out;
}

/* Drops "City" and "City of", and cuts the rest so that the key fits VENUE_ENTRY characters. */
char *venue_city(struct arena *a, const char *city)
{
	const char *words[8], **from = words;
	size_t n = venue_words(a, city, words, 8);
	n = MIN(n, 8);
	if (n > 2 && strcmp(words[0], "city") == 0 && strcmp(words[1], "of") == 0) {
		from += 2;
		n -= 2;
	} else if (n > 1 && strcmp(words[n - 1], "city") == 0) {
		n--;
	}
	char *out = join(a, from, n);
	size_t most = VENUE_ENTRY - 2, i = 0;
	for (size_t characters = 0; out[i]; i++)
		if (((unsigned char)out[i] & 0xc0) != 0x80 && characters++ == most)
			break;
	out[i] = 0;
	return out;
}

uint64_t venue_name_hash(const char *const *words, size_t n)
{
	uint64_t h = HASH_START;
	for (size_t i = 0; i < n && i < VENUE_NAME_WORDS; i++)
		h = hash_bytes(h, words[i], strlen(words[i]) + 1);
	return h;
}

/* ---- typos ---- */

bool typo_word(const char *word, size_t least)
{
	size_t n = strlen(word);
	if (n < least || n > VENUE_WORD)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalpha((unsigned char)word[i]))
			return false;
	return true;
}

unsigned typo_bucket(const char *word, size_t n, size_t skip)
{
	uint64_t h = hash_bytes(HASH_START, word, skip);
	if (skip < n)
		h = hash_bytes(h, word + skip + 1, n - skip - 1);
	return (unsigned)((h ^ h >> 29) % VENUE_BUCKETS);
}

bool typo_is_one_apart(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), i = 0;
	while (a[i] && a[i] == b[i])
		i++;
	if (n == m) {
		if (!a[i])
			return false;
		return strcmp(a + i + 1, b + i + 1) == 0 ||
			(a[i] == b[i + 1] && a[i + 1] == b[i] && a[i + 1] &&
				strcmp(a + i + 2, b + i + 2) == 0);
	}
	if (n + 1 == m)
		return strcmp(a + i, b + i + 1) == 0;
	return m + 1 == n && strcmp(a + i + 1, b + i) == 0;
}

/* ---- the globe ---- */

#define RADIUS 1073741824.0 /* 2^30 */
#define RADIUS_KM 6371.0088
#define DEGREE (3.14159265358979323846 / 180)

struct point point_from_degrees(double latitude, double longitude)
{
	double c = cos(latitude * DEGREE) * RADIUS;
	return (struct point){(int32_t)lrint(c * cos(longitude * DEGREE)),
		(int32_t)lrint(c * sin(longitude * DEGREE)),
		(int32_t)lrint(sin(latitude * DEGREE) * RADIUS)};
}

uint32_t point_chord(struct point a, struct point b)
{
	double x = (double)a.x - b.x, y = (double)a.y - b.y, z = (double)a.z - b.z;
	return (uint32_t)sqrt(x * x + y * y + z * z);
}

double km_from_chord(uint32_t chord)
{
	double half = chord / (2 * RADIUS);
	return 2 * RADIUS_KM * asin(MIN(half, 1));
}

uint32_t chord_from_km(double km)
{
	double angle = km / (2 * RADIUS_KM);
	if (angle >= 1.5707963)
		return UINT32_MAX - 1;
	return (uint32_t)(2 * RADIUS * sin(angle));
}

/* ---- lists ---- */

size_t varint_get(const unsigned char *p, size_t n, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < n && i < 5; i++) {
		*out |= (uint32_t)(p[i] & 0x7f) << (7 * i);
		if (p[i] < 0x80)
			return i + 1;
	}
	return 0;
}

size_t varint_put(unsigned char out[5], uint32_t v)
{
	size_t n = 0;
	for (; v >= 0x80; v >>= 7)
		out[n++] = (unsigned char)(v | 0x80);
	out[n++] = (unsigned char)v;
	return n;
}

uint32_t uint32_get(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
