/* search: the handler of GET /venues, the venue search. */
#include "fcgi/venues/search.h"

#include "fcgi/venues/index.h"
#include "fcgi/venues/near.h"
#include "common/http/response.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct field venue_filters[] = {
	{"search", FIELD_TEXT, FIELD_QUERY, 1, 200,
		.doc = "Words of the name, city, region or address, in any order; all words (of "
		       "the first ten) must match. Case and accents are ignored, prefixes match, "
		       "and one typo is tolerated in words of five or more letters."},
	{"q", FIELD_TEXT, FIELD_QUERY, 1, 200, .doc = "Alias of search."},
	{"city", FIELD_TEXT, FIELD_QUERY, 1, 120,
		.doc = "Filters by city: the full name; case, accents and the word City are "
		       "ignored (Quezon is Quezon City)."},
	{"country", FIELD_TEXT, FIELD_QUERY, 2, 2,
		.doc = "Filters by ISO 3166-1 alpha-2 country code."},
	{"near", FIELD_TEXT, FIELD_QUERY, 1, 60,
		.doc = "latitude,longitude in degrees. Equal matches are sorted by distance, and "
		       "distanceKm is set."},
	{"radiusKm", FIELD_TEXT, FIELD_QUERY, 1, 20,
		.doc = "With near: maximum distance in kilometres, as a decimal number."},
	{0},
};

static const struct field match_fields[] = {
	VENUE_FIELDS,
	{"distanceKm", FIELD_DECIMAL, FIELD_OUT | FIELD_NULLABLE | FIELD_EMBEDDED,
		.doc = "Straight-line distance from near in kilometres; null without near, and for "
		       "venues without coordinates."},
	{0},
};

/* The venues of the hits: ids are read from the index entry at a byte offset. */
static const struct statement shown = {
	"venue_shown",
	"SELECT j.place, " VENUE_COLUMNS
	" FROM JSON_TABLE(:hits, '$[*]' COLUMNS (place FOR ORDINALITY, entry VARCHAR(64) PATH "
	"'$[0]', at INT PATH '$[1]')) j"
	" STRAIGHT_JOIN venue_entries e ON e.generation = :generation"
	" AND e.entry = CONVERT(j.entry USING utf8mb4) COLLATE utf8mb4_bin"
	" STRAIGHT_JOIN venues v ON v.id = SUBSTRING(e.data, j.at, 16)",
	SQL_READ | SQL_GLOBAL,
};
const struct statement *const venue_search_statements[] = {
	&venue_get,
	&venue_index_entries,
	&venue_index_ranges,
	&shown,
	NULL,
};

/* A cursor contains the position to continue at, and the generation of the index. */
static const struct sort_order search_sorts[] = {{"relevance", FIELD_INT, NULL, NULL}, {0}};
static const struct list_spec search_list = {
	.variants = (const struct list_variant[]){{NULL, search_sorts, NULL, NULL}, {0}}};

const struct resource venue_match = {.title = "Venue",
	.name = "venueMatch",
	.fields = match_fields,
	.sql.get = &venue_get,
	.list = &search_list};

/* ---- input ---- */

/* Parses a decimal number within bounds and returns the rest of the text; NULL, with *out as it
 * was, when it is invalid. */
static const char *search_number(const char *s, double min, double max, double *out)
{
	char *end;

	s += strspn(s, " ");
	if (!isdigit((unsigned char)s[*s == '-' || *s == '+']) ||
		strspn(s, "+-0123456789.") < strcspn(s, ", "))
		return NULL;
	double number = strtod(s, &end);
	if (!(number >= min && number <= max))
		return NULL;
	*out = number;
	return end + strspn(end, " ");
}

static void read_near(struct search *s)
{
	struct req *r = s->r;
	const char *near = params_text(&r->filters, "near"),
		   *radius = params_text(&r->filters, "radiusKm"), *rest;
	double latitude, longitude;
	if (near) {
		rest = search_number(near, -90, 90, &latitude);
		rest = rest && *rest == ',' ? search_number(rest + 1, -180, 180, &longitude) : NULL;
		if (!rest || *rest)
			problem_add(&r->problems, "near",
				"near must be latitude,longitude in degrees, such as "
				"14.5995,120.9842");
		else
			ranking_near(&s->rank, point_from_degrees(latitude, longitude));
	}
	if (!radius)
		return;
	rest = search_number(radius, 0, 1e9, &s->radius);
	if (!rest || *rest || s->radius <= 0)
		problem_add(&r->problems, "radiusKm",
			"radiusKm must be a number of kilometres greater than 0");
	else if (!near)
		problem_add(&r->problems, "radiusKm", "radiusKm must be sent together with near");
	else
		s->rank.reach = chord_from_km(s->radius);
}

static void read_words(struct search *s, const char *text)
{
	const char *words[VENUE_NAME_WORDS];
	size_t n = text ? venue_words(s->r->arena, text, words, VENUE_NAME_WORDS) : 0;
	s->said_n += text != NULL;
	for (size_t i = 0; i < n && i < VENUE_NAME_WORDS && s->words_n < VENUE_NAME_WORDS; i++)
		s->words[s->words_n++] = words[i];
}

/* Reads and validates all query parameters. */
static enum err read_asked(struct search *s)
{
	struct req *r = s->r;
	const char *city = params_text(&r->filters, "city"),
		   *country = params_text(&r->filters, "country");
	s->generation = val_null();
	read_words(s, params_text(&r->filters, "search"));
	read_words(s, params_text(&r->filters, "q"));
	read_near(s);
	s->city = city ? venue_city(r->arena, city) : NULL;
	if (country && !(isalpha((unsigned char)country[0]) && isalpha((unsigned char)country[1])))
		problem_add(&r->problems, "country",
			"country must be two letters, an ISO 3166-1 alpha-2 code such as PH");
	else if (country)
		s->country = arena_printf(r->arena, "%c%c", toupper((unsigned char)country[0]),
			toupper((unsigned char)country[1]));
	if (r->page.down)
		problem_add(&r->problems, "sort", "sort must be relevance");
	if (r->page.by_cursor) {
		uint64_t generation = 0;
		for (int i = 0; i < 8; i++)
			generation = generation << 8 | r->page.id.b[i];
		s->generation = val_int((int64_t)(generation & INT64_MAX));
		if (r->page.key.i < 0 || generation == 0)
			problem_add(&r->problems, "cursor",
				"cursor must be a meta.nextCursor that this list returned");
	}
	if (r->problems.n)
		return ERR_VALIDATION;
	return OK;
}

/* ---- response ---- */

/* Reads the rows of the hits; a venue that was deleted since the index was built is missing. */
static enum err ask_hits(struct search *s, const uint32_t *hits, size_t n, struct rows *rows)
{
	struct params p;
	buf_clear(&s->keys);
	write_start(&s->json, &s->keys);
	write_array(&s->json, NULL);
	for (size_t i = 0; i < n; i++) {
		write_array(&s->json, NULL);
		write_text(&s->json, NULL, SEARCH_KEY(s, "i%u", hits[i] / VENUE_IDS));
		write_int(&s->json, NULL, 1 + 16 * (int64_t)(hits[i] % VENUE_IDS));
		write_end_array(&s->json);
	}
	write_end_array(&s->json);
	req_params(s->r, &p, NULL);
	params_set(&p, "generation", s->generation);
	params_set(&p, "hits", val_text(arena_dup(s->r->arena, s->keys.p, s->keys.n)));
	*rows = (struct rows){0};
	assert(n <= 100); /* the largest take */
	if (n)
		return req_sql(s->r, &shown, &p, rows);
	return OK;
}

static void write_hit(
	struct search *s, struct json *j, const struct rows *rows, size_t row, uint32_t hit)
{
	char km[32];
	uint32_t chord = s->rank.chords ? s->rank.chords[hit] : UINT32_MAX;
	int n = snprintf(km, sizeof km, "%.2f", km_from_chord(chord));
	write_object(j, NULL);
	fields_print(j, match_fields, rows, row, "");
	if (chord == UINT32_MAX)
		write_null(j, "distanceKm");
	else
		write_raw(j, "distanceKm", km, (size_t)n);
	write_end_object(j);
}

/* The position of the page's first hit, from 0. */
static int64_t first_place(const struct search *s)
{
	const struct page_request *page = &s->r->page;
	if (page->by_cursor)
		return page->key.i;
	return (page->page - 1) * page->take;
}

/* Responds with the page. The rows of the hits may come in any order, and are written in that of
 * the ranking. */
static enum err search_answer(struct search *s)
{
	struct req *r = s->r;
	const struct page_request *page = &r->page;
	struct rows rows;
	struct uuid at = {{0}};
	int64_t skip = first_place(s), end;
	uint32_t *hits = arena_array(r->arena, (size_t)page->take, sizeof *hits);
	size_t n = ranking_take(&s->rank, (uint64_t)skip, (size_t)page->take, hits);
	enum err err = ask_hits(s, hits, n, &rows);
	if (err)
		return err;
	struct json *j = response_begin(r, 200);
	write_array(j, NULL);
	for (size_t i = 0; i < n; i++)
		for (size_t row = 0; row < rows.n; row++)
			if (rows_int(&rows, row, "place") == (int64_t)i + 1)
				write_hit(s, j, &rows, row, hits[i]);
	write_end_array(j);
	end = skip + (int64_t)n;
	for (int i = 0; i < 8; i++)
		at.b[i] = (unsigned char)((uint64_t)s->generation.i >> (56 - 8 * i));
	crud_list_end(r, j, (int64_t)s->rank.total,
		n && end < (int64_t)s->rank.total
			? cursor_make(r->arena, page, search_sorts, val_int(end), at)
			: NULL);
	return OK;
}

/* The steps of a search: input, words, prefixes, typos, scores, distances, page. */
static enum err search(struct search *s)
{
	enum err err = read_asked(s);
	if (!err)
		err = index_words(s);
	if (!err && s->said_n && !s->words_n)
		s->rank.venues = 0; /* a text without words matches nothing */
	if (!err && s->rank.venues)
		err = index_ranges(s);
	if (!err && s->rank.venues)
		err = index_typos(s);
	if (err)
		return err;
	ranking_join(&s->rank);
	if (s->rank.nearness)
		err = index_reach(s);
	ranking_count(&s->rank);
	if (!err && s->rank.nearness)
		err = index_nearest(s, (uint64_t)first_place(s));
	if (err)
		return err;
	return search_answer(s);
}

enum err venue_search(struct req *r)
{
	struct search s = {.r = r, .rank = {.arena = r->arena, .reach = UINT32_MAX}};
	buf_init(&s.keys, 65536);
	r->shown.global = true;
	enum err err = search(&s);
	buf_free(&s.keys);
	return err;
}
