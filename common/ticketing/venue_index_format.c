/* venue_index_format: the words, typo buckets, points and packed lists of the venue search
 * index. */
#include "common/ticketing/venue_index_format.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <sys/param.h>

/* The ASCII letters of U+00C0 to U+024F and of U+1E00 to U+1EFF. Capitals stand for two letters: A
 * ae, J ij, O oe, S ss, T th. '-' for characters that have none. */
static const char latin[] = "aaaaaaAceeeeiiiidnooooo-ouuuuyTSaaaaaaAceeeeiiiidnooooo-ouuuuyTy"
			    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiJJjjkkqlllllll"
			    "lllnnnnnnnnnooooooOOrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
			    "bbbb---cc-ddd-e--ffg---ikkl--nnooo--pp-----ttttuu-vyyzzzzzz-----"
			    "----dddlllnnnaaiioouuuuuuuuuueaaaa--ggggkkoooozzjdddgg--nnaa--oo"
			    "aaaaeeeeiiiioooorrrruuuusstt--hhnd--zzaaeeooooooooyylntj--acclts"
			    "z--bu-eejj-qrryy";
static const char more[] = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
			   "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
			   "wwwwwwwwwwxxxxyyzzzzzzhtwyasssS-aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
			   "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy----yy";

_Static_assert(sizeof latin - 1 == 0x24f - 0xc0 + 1 && sizeof more - 1 == 0x100,
	"one letter for each code point");

/* ---- words ---- */

/* Consumes one UTF-8 character; the text has been validated. */
static uint32_t character(const unsigned char **s)
{
	uint32_t c = *(*s)++;
	int follow = (c >= 0xc0) + (c >= 0xe0) + (c >= 0xf0);
	c &= follow ? 0x3fu >> follow : 0x7fu;
	for (; follow > 0 && (**s & 0xc0) == 0x80; follow--)
		c = c << 6 | (*(*s)++ & 0x3fu);
	return c;
}

/* Writes a character as UTF-8 and returns its length. */
static size_t utf8_put(char *out, uint32_t c)
{
	size_t n = 1 + (size_t)(c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
	static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(heads[n] | c);
	return n;
}

/* Folds Greek and Cyrillic capitals, and accents that are often left out. */
static uint32_t lower(uint32_t c)
{
	static const uint16_t accents[][2] = {{0x386, 0x3b1}, {0x388, 0x3b5}, {0x389, 0x3b7},
		{0x38a, 0x3b9}, {0x38c, 0x3bf}, {0x38e, 0x3c5}, {0x38f, 0x3c9}, {0x3ac, 0x3b1},
		{0x3ad, 0x3b5}, {0x3ae, 0x3b7}, {0x3af, 0x3b9}, {0x3cc, 0x3bf}, {0x3cd, 0x3c5},
		{0x3ce, 0x3c9}, {0x3c2, 0x3c3}, {0x401, 0x435}, {0x451, 0x435}};
	for (size_t i = 0; i < sizeof accents / sizeof *accents; i++)
		if (accents[i][0] == c)
			return accents[i][1];
	if ((c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	return c;
}

/* Characters that are dropped inside a word: apostrophes, combining accents, soft hyphens,
 * joiners. */
static bool silent(uint32_t c)
{
	return c == '\'' || c == '`' || c == 0xb4 || (c >= 0x2bb && c <= 0x2bc) ||
		(c >= 0x2018 && c <= 0x201b) || (c >= 0x300 && c <= 0x36f) || c == 0xad ||
		(c >= 0x200b && c <= 0x200d);
}

/* Characters that end a word: punctuation, symbols and spaces. */
static bool gap(uint32_t c)
{
	return c < 0xc0 || c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c <= 0x2bff) ||
		(c >= 0x3000 && c <= 0x3004) || (c >= 0x3007 && c <= 0x303f) ||
		(c >= 0xff00 && c <= 0xff0f) || (c >= 0xff1a && c <= 0xff20) || c == 0xfeff ||
		c == 0x30fb;
}

/* Consumes one character and writes its folded form; returns the length in bytes. 0: the character
 * is dropped, and `ends` says whether the word ends there. */
static size_t venue_index_fold(const unsigned char **s, char out[4], bool *ends)
{
	static const char twos[][4] = {"Aae", "Jij", "Ooe", "Sss", "Tth"};
	uint32_t c = character(s);
	*ends = false;
	if (c < 0x80 && isalnum((int)c)) {
		out[0] = (char)tolower((int)c);
		return 1;
	}
	if (silent(c))
		return 0;
	if ((*ends = gap(c)))
		return 0;
	char l = '-';
	if (c <= 0x24f)
		l = latin[c - 0xc0];
	else if (c >= 0x1e00 && c <= 0x1eff)
		l = more[c - 0x1e00];
	for (size_t i = 0; i < sizeof twos / sizeof *twos; i++)
		if (twos[i][0] == l) {
			memcpy(out, twos[i] + 1, 2);
			return 2;
		}
	if (l == '-')
		return utf8_put(out, lower(c));
	out[0] = l;
	return 1;
}

size_t venue_words(struct arena *a, const char *text, const char *words[], size_t max)
{
	char word[4 * VENUE_WORD + 4];
	size_t count = 0, n = 0, letters = 0;
	const unsigned char *s = (const unsigned char *)text;
	for (;;) {
		bool ends = !*s;
		char piece[4];
		size_t got = ends ? 0 : venue_index_fold(&s, piece, &ends);
		if (got && letters++ < VENUE_WORD) {
			memcpy(word + n, piece, got);
			n += got;
		}
		if (ends && n) {
			if (count++ < max)
				words[count - 1] = arena_dup(a, word, n);
			n = letters = 0;
		}
		if (ends && !*s)
			return count;
	}
}

static char *join(struct arena *a, const char *const *words, size_t n)
{
	char *out = arena_strdup(a, "");
	for (size_t i = 0; i < n; i++)
		out = arena_printf(a, "%s%s%s", out, i ? " " : "", words[i]);
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

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/. */
static uint64_t fnv(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	return h;
}

#define FNV_START UINT64_C(0xcbf29ce484222325)

uint64_t venue_name_hash(const char *const *words, size_t n)
{
	uint64_t h = FNV_START;
	for (size_t i = 0; i < n && i < VENUE_NAME_WORDS; i++)
		h = fnv(h, words[i], strlen(words[i]) + 1);
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
	uint64_t h = fnv(FNV_START, word, skip);
	if (skip < n)
		h = fnv(h, word + skip + 1, n - skip - 1);
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
