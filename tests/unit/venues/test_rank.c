/* test_rank: search words, typos against a plain distance, buckets, the globe, packed
 * lists. */
#include "common/ticketing/venue_index_format.h"

#include "tests/unit/cases.h"

#include <math.h>
#include <string.h>
#include <sys/param.h>

static const char *joined(struct arena *a, const char *text)
{
	const char *words[20];
	size_t n = venue_words(a, text, words, 20);
	char *out = arena_strdup(a, "");

	for (size_t i = 0; i < n && i < 20; i++)
		out = arena_list(a, out, " ", words[i]);
	return out;
}

static void words(void **state)
{
	static const char *const lines[][2] = {
		{"Café del Mar", "cafe del mar"},
		{"  O'Reilly's  Bar&Grill ", "oreillys bar grill"},
		{"O\u2019Reilly", "oreilly"},
		{"PETA-PHINMA Theater", "peta phinma theater"},
		{"Parañaque", "paranaque"},
		{"Cafe\u0301", "cafe"},
		{"STRASSE Straße", "strasse strasse"},
		{"Æther Œuvre Þór", "aether oeuvre thor"},
		{"Đà Nẵng Hội Trường", "da nang hoi truong"},
		{"Łódź Ørsted", "lodz orsted"},
		{"ΑΘΉΝΑ Αθηνα", "αθηνα αθηνα"},
		{"МОСКВА Театр", "москва театр"},
		{"東京ドーム、武道館", "東京ト\u3099ーム 武道館"}, /* NFKD */
		{"", ""},
		{"!?-- ''", ""},
		{"1st 2ND 3", "1st 2nd 3"},
		{"İstanbul ISPARTA", "istanbul isparta"},
		{"a\u00a0b\u2013c", "a b c"},
		{"Ǆ \u01c4", "dz dz"},
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_string_equal(joined(a, lines[i][0]), lines[i][1]);
	/* never longer than VENUE_WORD characters, however many bytes */
	char wide[4 * 100 + 1] = "";
	for (int i = 0; i < 100; i++)
		strcat(wide, "\xf0\x90\x90\xa8"); /* U+10428: folds to itself */
	assert_int_equal(strlen(joined(a, wide)), 4 * VENUE_WORD);
	/* cut UTF-8 never reads past the end */
	assert_non_null(joined(a, "abc\xe3\x81"));
	assert_string_equal(venue_city(a, "Quezon City"), "quezon");
	assert_string_equal(venue_city(a, "City of Makati"), "makati");
	assert_string_equal(venue_city(a, "City"), "city");
	assert_string_equal(venue_city(a, "SÃO PAULO"), "sao paulo");
	arena_free(a);
}

/* Optimal string alignment, by the book. */
static int distance(const char *a, const char *b)
{
	int d[16][16], n = (int)strlen(a), m = (int)strlen(b);

	for (int i = 0; i <= n; i++)
		for (int j = 0; j <= m; j++) {
			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			best = MIN(best, d[i - 1][j] + 1);
			best = MIN(best, d[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

static unsigned seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

/* Few letters, so that near misses are common. A typo always shares a bucket with the word. */
static void typos(void **state)
{
	int near = 0;

	(void)state;
	for (int round = 0; round < 300000; round++) {
		char a[12] = "", b[12] = "";
		size_t n = below(9), m;
		bool shared = false;

		for (size_t i = 0; i < n; i++)
			a[i] = (char)('a' + below(3));
		strcpy(b, a);
		m = n;
		for (unsigned k = below(3); k > 0; k--)
			if (m && below(2))
				b[below((unsigned)m)] = (char)('a' + below(3));
			else if (m < 10 && below(2))
				b[m++] = (char)('a' + below(3));
			else if (m)
				b[--m] = 0;
		if (m > 1 && below(4) == 0) {
			size_t i = below((unsigned)m - 1);
			char c = b[i];
			b[i] = b[i + 1];
			b[i + 1] = c;
		}
		bool want = distance(a, b) == 1;
		if (typo_is_one_apart(a, b) != want)
			fail_msg("%s and %s: %d", a, b, distance(a, b));
		near += want;
		for (size_t i = 0; want && i <= n; i++)
			for (size_t j = 0; j <= m; j++)
				shared = shared || typo_bucket(a, n, i) == typo_bucket(b, m, j);
		assert_true(!want || shared);
	}
	assert_in_range(near, 50000, 250000);
	assert_true(typo_word("arena", 5));
	assert_false(typo_word("dome", 5));
	assert_false(typo_word("12345", 5));
	assert_false(typo_word("théâtre", 5));
}

static double haversine(double a, double b, double c, double d)
{
	const double degree = 3.14159265358979323846 / 180;
	double x = sin((c - a) * degree / 2), y = sin((d - b) * degree / 2);

	return 2 * 6371.0088 * asin(sqrt(x * x + cos(a * degree) * cos(c * degree) * y * y));
}

static void globe(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		double a = below(18001) / 100.0 - 90, b = below(36001) / 100.0 - 180,
		       c = below(18001) / 100.0 - 90, d = below(36001) / 100.0 - 180;
		if (round % 2) {
			c = a + below(100) / 10000.0 - 0.005;
			d = b + below(100) / 10000.0 - 0.005;
		}
		double want = haversine(a, b, c, d),
		       got = km_from_chord(
			       point_chord(point_from_degrees(a, b), point_from_degrees(c, d)));
		if (fabs(want - got) > 0.01 + want * 1e-6 && want < 20000)
			fail_msg("%f %f to %f %f: %f, not %f", a, b, c, d, got, want);
	}
	assert_true(fabs(km_from_chord(chord_from_km(12.5)) - 12.5) < 0.001);
	assert_int_equal(chord_from_km(30000), UINT32_MAX - 1);
	assert_int_equal(point_chord(point_from_degrees(0, 180), point_from_degrees(0, -180)), 0);
}

static void lists(void **state)
{
	unsigned char out[5];
	uint32_t v;

	(void)state;
	for (int shift = 0; shift < 32; shift++)
		for (int by = -1; by <= 1; by++) {
			uint32_t want = (uint32_t)((1u << shift) + (unsigned)by);
			size_t n = varint_put(out, want);
			assert_int_equal(varint_get(out, n, &v), n);
			assert_int_equal(v, want);
			assert_int_equal(varint_get(out, n - 1, &v), 0);
		}
	memset(out, 0xff, sizeof out);
	assert_int_equal(varint_get(out, 5, &v), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words), cmocka_unit_test(typos),
		cmocka_unit_test(globe), cmocka_unit_test(lists)};

	return cmocka_run_group_tests_name("typo", tests, NULL, NULL);
}
