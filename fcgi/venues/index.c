/* index: the queries of the venue search index. */
#include "fcgi/venues/index.h"

#include "common/db/statement.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A queried key, and the term that its entry belongs to. */
struct ask {
	struct term *term;
	char kind; /* the first letter of the key */
};

/* Any number of index entries, of the given generation or the current one. The single row of
 * venue_index is read first, then each key is looked up. */
const struct statement venue_index_entries = {
	"venue_entries",
	"SELECT CAST(COALESCE(:generation, s.generation) AS SIGNED) AS generation,"
	" j.place, e.data"
	" FROM venue_index s"
	" STRAIGHT_JOIN JSON_TABLE(:entries, '$[*]' COLUMNS (place FOR ORDINALITY, entry "
	"VARCHAR(64) PATH '$')) j"
	" LEFT"
	" JOIN venue_entries e ON e.generation = CAST(COALESCE(:generation,"
	" s.generation) AS SIGNED)"
	" AND e.entry = CONVERT(j.entry USING utf8mb4) COLLATE utf8mb4_bin"
	" WHERE s.id = 1",
	SQL_READ | SQL_GLOBAL,
};
/* The words of up to ten prefixes, each a range of keys. A prefix has at most VENUE_PREFIX_WORDS
 * words here: larger ones have an entry of their own. Unused parameters are empty, not null,
 * because MariaDB does not use OR NULL as a range. */
const struct statement venue_index_ranges = {
	"venue_ranges",
	"SELECT entry, data"
	" FROM venue_entries FORCE INDEX (PRIMARY)"
	" WHERE generation = :generation"
	" AND (entry LIKE :begin0 OR entry LIKE :begin1 OR entry LIKE :begin2"
	" OR entry LIKE :begin3 OR entry LIKE :begin4 OR entry LIKE :begin5 OR entry LIKE :begin6 "
	"OR entry LIKE :begin7 OR entry LIKE :begin8 OR entry LIKE :begin9)",
	SQL_READ | SQL_GLOBAL,
};
static const char *const begins[VENUE_NAME_WORDS] = {"begin0", "begin1", "begin2", "begin3",
	"begin4", "begin5", "begin6", "begin7", "begin8", "begin9"};

static void ask_begin(struct search *s, size_t room)
{
	s->asks = arena_array(s->r->arena, room + 1, sizeof *s->asks);
	s->asked = 0;
	buf_clear(&s->keys);
	write_start(&s->json, &s->keys);
	write_array(&s->json, NULL);
}

static void search_query(struct search *s, struct term *term, const char *key)
{
	assert(strlen(key) < 4 * VENUE_ENTRY);
	s->asks[s->asked++] = (struct ask){term, key[0]};
	write_text(&s->json, NULL, key);
}

static enum err ask_end(struct search *s, struct rows *rows)
{
	struct params p;
	write_end_array(&s->json);
	req_params(s->r, &p, NULL);
	params_set(&p, "generation", s->generation);
	params_set(&p, "entries",
		val_text(s->keys.full ? "[]" : arena_dup(s->r->arena, s->keys.p, s->keys.n)));
	return req_sql(s->r, &venue_index_entries, &p, rows);
}

/* The key that a result row answers; NULL when the index has no such entry. */
static const struct ask *ask_of_row(const struct search *s, const struct rows *rows, size_t row)
{
	int64_t place = rows_int(rows, row, "place");
	if (place >= 1 && (size_t)place <= s->asked &&
		rows_get(rows, row, "data").type == VAL_BYTES)
		return &s->asks[place - 1];
	return NULL;
}

/* Queries everything that is known from the input: words, prefixes, typo buckets, the bucket of the
 * full name, and filters. */
static void ask_all(struct search *s)
{
	ask_begin(s, 6 + VENUE_NAME_WORDS * (3 + VENUE_WORD));
	search_query(s, NULL, "m");
	for (size_t i = 0; i < s->words_n; i++) {
		struct term *t = ranking_term(&s->rank, s->words[i]);
		size_t n = strlen(t->word);
		search_query(s, t, SEARCH_KEY(s, "w%s", t->word));
		search_query(s, t, SEARCH_KEY(s, "p%s", t->word));
		for (size_t skip = 0; typo_word(t->word, 4) && skip <= n; skip++)
			search_query(s, t, SEARCH_KEY(s, "t%03x", typo_bucket(t->word, n, skip)));
	}
	if (s->words_n)
		search_query(s, NULL,
			SEARCH_KEY(s, "n%03x",
				(unsigned)(venue_name_hash(s->words, s->words_n) % VENUE_BUCKETS)));
	if (s->rank.near) {
		search_query(s, NULL, "G");
		search_query(s, NULL, "L");
	}
	if (s->country)
		search_query(s, ranking_term(&s->rank, ""), SEARCH_KEY(s, "c%s", s->country));
	if (s->city)
		search_query(s, ranking_term(&s->rank, ""), SEARCH_KEY(s, "y%s", s->city));
}

/* Adds the words of a bucket that differ from the term by one typo. */
static void take_typos(struct search *s, struct term *t, struct val data)
{
	for (size_t i = 0, n; i < data.n && (n = (unsigned char)data.s[i]) < data.n - i;
		i += n + 1) {
		const char *word = arena_dup(s->r->arena, data.s + i + 1, n);
		bool seen = !typo_is_one_apart(t->word, word);
		for (size_t k = 0; k < t->typos_n && !seen; k++)
			seen = strcmp(t->typos[k], word) == 0;
		if (!seen && t->typos_n < TYPOS_MAX)
			t->typos[t->typos_n++] = word;
	}
}

enum err index_words(struct search *s)
{
	struct rows rows;
	struct val patches = {0}, homes = {0};
	ask_all(s);
	enum err err = ask_end(s, &rows);
	if (err)
		return err;
	s->generation = rows_get(&rows, 0, "generation");
	for (size_t i = 0; i < rows.n; i++) {
		const struct ask *a = ask_of_row(s, &rows, i);
		if (a && a->kind == 'm')
			ranking_start(&s->rank, rows_get(&rows, i, "data"));
	}
	if (!s->rank.venues && s->r->page.by_cursor)
		return fail_field(s->r, "cursor",
			"cursor has expired: the directory was imported twice since; restart "
			"without it");
	for (size_t i = 0; i < rows.n; i++) {
		const struct ask *a = ask_of_row(s, &rows, i);
		struct val data = rows_get(&rows, i, "data");
		if (!a || !s->rank.venues)
			continue;
		if (a->kind == 'G')
			patches = data;
		else if (a->kind == 'L')
			homes = data;
		else if (a->kind == 't')
			take_typos(s, a->term, data);
		else if (a->kind == 'n')
			ranking_names(&s->rank, data, venue_name_hash(s->words, s->words_n));
		else if (a->term)
			ranking_list(&s->rank, a->term, data, a->kind == 'p' ? BEGINS : EXACT);
		if (a->kind == 'p')
			a->term->begun = true;
	}
	if (s->rank.near && s->rank.venues)
		near_start(&s->rank, patches, homes);
	return OK;
}

/* Whether the term's prefix has no entry of its own and must be read as a range. */
static bool needs_range(const struct term *t)
{
	return !t->begun && *t->word;
}

enum err index_ranges(struct search *s)
{
	struct params p;
	struct rows rows;
	size_t n = 0;
	const struct term *end = s->rank.terms + s->rank.terms_n;
	req_params(s->r, &p, NULL);
	params_set(&p, "generation", s->generation);
	for (size_t i = 0; i < VENUE_NAME_WORDS; i++)
		params_set(&p, begins[i], val_text(""));
	for (const struct term *t = s->rank.terms; t < end; t++)
		if (needs_range(t))
			params_set(&p, begins[n++], val_text(SEARCH_KEY(s, "w%s%%", t->word)));
	enum err err = n ? req_sql(s->r, &venue_index_ranges, &p, &rows) : OK;
	for (size_t i = 0; n && !err && i < rows.n; i++) {
		const char *word = rows_text(&rows, i, "entry") + 1;
		for (struct term *t = s->rank.terms; t < end; t++)
			if (needs_range(t) && strncmp(word, t->word, strlen(t->word)) == 0)
				ranking_list(&s->rank, t, rows_get(&rows, i, "data"),
					strcmp(word, t->word) == 0 ? EXACT : BEGINS);
	}
	return err;
}

enum err index_typos(struct search *s)
{
	struct rows rows;
	size_t n = 0;
	for (size_t k = 0; k < s->rank.terms_n; k++)
		n += s->rank.terms[k].typos_n;
	if (!n)
		return OK;
	ask_begin(s, n);
	for (size_t k = 0; k < s->rank.terms_n; k++)
		for (size_t i = 0; i < s->rank.terms[k].typos_n; i++)
			search_query(s, &s->rank.terms[k],
				SEARCH_KEY(s, "w%s", s->rank.terms[k].typos[i]));
	enum err err = ask_end(s, &rows);
	for (size_t i = 0; !err && i < rows.n; i++) {
		const struct ask *a = ask_of_row(s, &rows, i);
		if (a)
			ranking_list(&s->rank, a->term, rows_get(&rows, i, "data"), TYPO);
	}
	return err;
}

/* Reads the venues of patches. */
static enum err ask_patches(struct search *s, const size_t *which, size_t n)
{
	struct rows rows;
	ask_begin(s, n);
	for (size_t i = 0; i < n; i++)
		search_query(s, NULL, SEARCH_KEY(s, "g%zu", which[i]));
	enum err err = ask_end(s, &rows);
	for (size_t i = 0; !err && i < rows.n; i++)
		if (ask_of_row(s, &rows, i))
			near_points(&s->rank, rows_get(&rows, i, "data"));
	return err;
}

#define PATCHES 64 /* in one statement */

enum err index_reach(struct search *s)
{
	size_t which[PATCHES], n;
	enum err err = OK;
	near_limit(&s->rank);
	while (!err && (n = near_edge(&s->rank, which, PATCHES)) > 0)
		err = ask_patches(s, which, n);
	return err;
}

enum err index_nearest(struct search *s, uint64_t skip)
{
	size_t which[PATCHES], n;
	enum err err = OK;
	near_page(&s->rank, skip, (uint64_t)s->r->page.take);
	for (size_t most = 4; !err && (n = near_next(&s->rank, which, most)) > 0;
		most = most < PATCHES ? 2 * most : most)
		err = ask_patches(s, which, n);
	return err;
}
