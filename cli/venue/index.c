/* index: builds the venue search index (common/ticketing/venue_index_format.h) from the directory.
 */
#include "cli/venue/command.h"

#include "common/base/clock.h"
#include "common/ticketing/venue_index_format.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

static const struct statement entry_add = {"cli_venue_entries_add",
	"INSERT INTO venue_entries (generation, entry, data)"
	" SELECT :generation, j.entry, FROM_BASE64(j.data)"
	" FROM JSON_TABLE(:rows,"
	" '$[*]' COLUMNS (entry VARCHAR(64) PATH '$[0]', data LONGTEXT PATH '$[1]')) j",
	SQL_WRITE | SQL_GLOBAL};
/* The previous generation stays, for searches and paginations that started on it. */
static const struct statement entries_drop = {"cli_venue_entries_drop",
	"DELETE"
	" FROM venue_entries"
	" WHERE generation < :keep OR generation = :generation",
	SQL_WRITE | SQL_GLOBAL};
static const struct statement index_set = {"cli_venue_index_set",
	"UPDATE venue_index"
	" SET generation = :generation, venues = :venues, built_at = :now"
	" WHERE id = 1",
	SQL_WRITE | SQL_GLOBAL};

#define VENUE_INDEX_BATCH ((size_t)256 * 1024) /* bytes of rows per statement */
#define ENTRY_MOST ((size_t)8 << 20) /* bytes of one entry */

/* An entry under construction; all in the index's arena. */
struct entry {
	const char *key;
	unsigned char *data;
	size_t n, room;
	size_t last; /* the last number added, plus 1; 0: none */
	/* of words and prefixes: the longest shorter prefix with an entry of its own, NULL: none */
	struct entry *up;
};
struct index {
	struct arena *arena;
	struct map entries; /* by key, to struct entry * */
};

/* ---- entries ---- */

/* The entry of a key, created empty when new. */
static struct entry *venue_index_entry(struct index *x, const char *key)
{
	struct entry **there = map_find(&x->entries, key);

	if (there)
		return *there;
	struct entry *e = arena_alloc(x->arena, sizeof *e);
	e->key = arena_strdup(x->arena, key);
	*(struct entry **)map_at(&x->entries, e->key) = e;
	return e;
}

/* Appends bytes to an entry, growing its data in the arena. */
static void put(struct index *x, struct entry *e, const void *p, size_t n)
{
	if (e->n + n > e->room) {
		size_t room = e->room ? 2 * e->room + n : MAX(n, 12);
		unsigned char *data = arena_alloc(x->arena, room);
		memcpy(data, e->data ? e->data : data, e->n);
		e->data = data;
		e->room = room;
	}
	memcpy(e->data + e->n, p, n);
	assert(e->n + n <= e->room);
	e->n += n;
}

/* Appends a little-endian number of `bytes` bytes. */
static void put_number(struct index *x, struct entry *e, uint64_t v, size_t bytes)
{
	unsigned char out[8];
	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(v >> (8 * i));
	put(x, e, out, bytes);
}

/* Appends a venue to a list entry, as a varint of the distance to the one before and the part that
 * matched. Returns false when the venue is in the list already, from a more important part. Venues
 * must be added in ascending order. */
static bool list_add(struct index *x, struct entry *e, size_t venue, enum venue_part part)
{
	unsigned char out[5];
	if (e->last == venue + 1)
		return false;
	size_t step = e->last ? venue + 1 - e->last : venue;
	assert(venue + 1 > e->last);
	put(x, e, out, varint_put(out, (uint32_t)(step << 2 | (size_t)part)));
	e->last = venue + 1;
	return true;
}

#define KEY_MOST (4 * VENUE_ENTRY + 1)

/* The entry with the key `kind` followed by text, or by a number. */
static struct entry *keyed(struct index *x, char kind, const char *rest)
{
	char key[KEY_MOST];
	snprintf(key, sizeof key, "%c%s", kind, rest);
	return venue_index_entry(x, key);
}

static struct entry *numbered(struct index *x, char kind, size_t n)
{
	char key[KEY_MOST];
	snprintf(key, sizeof key, kind == 't' || kind == 'n' ? "%c%03zx" : "%c%zu", kind, n);
	return venue_index_entry(x, key);
}

/* ---- contents of the entries ---- */

#define WORDS_MOST 64 /* words of one value that are indexed */

static size_t words_of(struct arena *scratch, const char *text, const char *words[WORDS_MOST])
{
	size_t n = text ? venue_words(scratch, text, words, WORDS_MOST) : 0;
	if (n < WORDS_MOST)
		return n;
	return WORDS_MOST;
}

/* The words that a value is found by: names with apostrophes in every spelling. */
static size_t keys_of(struct arena *scratch, const char *text, const char *words[WORDS_MOST])
{
	size_t n = text ? words_split(scratch, text, WORDS_BOTH, words, WORDS_MOST) : 0;
	return MIN(n, WORDS_MOST);
}

/* The columns searched, most important first. */
static const struct {
	enum place_column column;
	enum venue_part part;
} searched[] = {{NAME, PART_NAME}, {CITY, PART_CITY}, {REGION, PART_OTHER}, {ADDRESS, PART_OTHER},
	{POSTAL_CODE, PART_OTHER}};
#define SEARCHED (sizeof searched / sizeof *searched)

static int by_key(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	return strcmp((*x)->key, (*y)->key);
}

/* All entries of a kind ('\0': of every kind) sorted by key; the caller frees the list. */
static struct entry **sorted(const struct index *x, char kind, size_t *n)
{
	struct entry **list = oom_check(calloc(x->entries.n + 1, sizeof *list)), **e;
	const char *key;
	*n = 0;
	for (size_t at = 0; (e = map_next(&x->entries, &at, &key));)
		if (!kind || key[0] == kind)
			list[(*n)++] = *e;
	qsort(list, *n, sizeof *list, by_key);
	return list;
}

/* Creates an entry for each prefix that more than VENUE_PREFIX_WORDS words share. Each word links
 * to its longest such prefix, and each prefix to the next shorter one. */
static void add_prefixes(struct index *x)
{
	size_t n;
	struct entry **words = sorted(x, 'w', &n);
	bool any = true;
	for (size_t length = 1; any; length++) {
		any = false;
		for (size_t i = 0, end; i < n; i = end) {
			const char *word = words[i]->key + 1;
			bool whole = strlen(word) >= length &&
				((unsigned char)word[length] & 0xc0) != 0x80;
			for (end = i + 1; strlen(word) >= length && end < n &&
				strncmp(words[end]->key + 1, word, length) == 0;)
				end++;
			if (strlen(word) < length || end - i <= VENUE_PREFIX_WORDS)
				continue;
			any = true;
			if (!whole)
				continue;
			char text[KEY_MOST];
			snprintf(text, sizeof text, "%.*s", (int)length, word);
			struct entry *e = keyed(x, 'p', text);
			e->up = words[i]->up;
			for (size_t k = i; k < end; k++)
				words[k]->up = e;
		}
	}
	free(words);
}

/* Adds each word to the buckets under which it is found with a typing error: one for the word and
 * one for each character left out. */
static void add_typos(struct index *x)
{
	size_t n;
	struct entry **words = sorted(x, 'w', &n);
	for (size_t i = 0; i < n; i++) {
		const char *word = words[i]->key + 1;
		size_t length = strlen(word);
		for (size_t skip = 0; typo_word(word, 5) && skip <= length; skip++) {
			struct entry *e = numbered(x, 't', typo_bucket(word, length, skip));
			if (e->last == i + 1)
				continue;
			e->last = i + 1;
			put_number(x, e, length, 1);
			put(x, e, word, length);
		}
	}
	free(words);
}

/* Adds the venue to the lists of words and of their prefixes. */
static void add_words(
	struct index *x, const char *const *words, size_t n, size_t venue, enum venue_part part)
{
	for (size_t i = 0; i < n; i++)
		for (struct entry *e = keyed(x, 'w', words[i]); e && list_add(x, e, venue, part);)
			e = e->up;
}

/* Adds the venue by its values, most important first; the parts of words with apostrophes come
 * after all others, so that a search for Olympia finds the Olympia before L'Olympia. */
static void add_values(
	struct index *x, struct arena *scratch, const struct venue_record *p, size_t venue)
{
	const char *words[WORDS_MOST];
	for (size_t s = 0; s < SEARCHED; s++)
		add_words(x, words, words_of(scratch, p->v[searched[s].column], words), venue,
			searched[s].part);
	for (size_t s = 0; s < SEARCHED; s++)
		add_words(x, words, keys_of(scratch, p->v[searched[s].column], words), venue,
			PART_OTHER);
}

/* Adds the venue to all entries but those of the globe. */
static void add_place(
	struct index *x, struct arena *scratch, const struct venue_record *p, size_t venue)
{
	const char *words[WORDS_MOST];
	add_values(x, scratch, p, venue);
	size_t n = words_of(scratch, p->v[NAME], words);
	uint64_t hash = venue_name_hash(words, n);
	struct entry *names = numbered(x, 'n', hash % VENUE_BUCKETS);
	put_number(x, names, hash, 8);
	put_number(x, names, venue, 4);
	list_add(x, keyed(x, 'c', p->v[COUNTRY]), venue, PART_NAME);
	if (p->v[CITY])
		list_add(x, keyed(x, 'y', venue_city(scratch, p->v[CITY])), venue, PART_NAME);
	put(x, numbered(x, 'i', venue / VENUE_IDS), p->id.b, sizeof p->id.b);
}

/* ---- the globe: venues by location ---- */

/* A venue with coordinates. */
struct spot {
	uint32_t venue;
	struct point at;
	int32_t by; /* the coordinate that the current split sorts by */
};

static int by_axis(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;
	if (x->by != y->by)
		return (x->by > y->by) - (x->by < y->by);
	return (x->venue > y->venue) - (x->venue < y->venue);
}

static void widen_range(int32_t v, int32_t *low, int32_t *high)
{
	*low = MIN(v, *low);
	*high = MAX(v, *high);
}

/* Writes a patch: its members, each member's patch number, and its centre and radius. */
static void patch_put(struct index *x, const struct spot *spots, size_t n, struct point middle)
{
	struct entry *all = venue_index_entry(x, "G"), *members = numbered(x, 'g', all->n / 16),
		     *homes = venue_index_entry(x, "L");
	size_t number = all->n / 16;
	assert(number < VENUE_NOWHERE);
	uint32_t radius = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t far = point_chord(middle, spots[i].at);
		radius = MAX(far, radius);
		put_number(x, members, spots[i].venue, 4);
		put_number(x, members, (uint32_t)spots[i].at.x, 4);
		put_number(x, members, (uint32_t)spots[i].at.y, 4);
		put_number(x, members, (uint32_t)spots[i].at.z, 4);
		homes->data[2 * (size_t)spots[i].venue] = (unsigned char)number;
		homes->data[2 * (size_t)spots[i].venue + 1] = (unsigned char)(number >> 8);
	}
	put_number(x, all, (uint32_t)middle.x, 4);
	put_number(x, all, (uint32_t)middle.y, 4);
	put_number(x, all, (uint32_t)middle.z, 4);
	put_number(x, all, radius + 1, 4);
}

/* Splits the venues in halves along the widest axis until a patch has at most `most`. */
static void patches(struct index *x, struct spot *spots, size_t n, size_t most)
{
	struct point low = {INT32_MAX, INT32_MAX, INT32_MAX},
		     high = {INT32_MIN, INT32_MIN, INT32_MIN};
	for (size_t i = 0; i < n; i++) {
		widen_range(spots[i].at.x, &low.x, &high.x);
		widen_range(spots[i].at.y, &low.y, &high.y);
		widen_range(spots[i].at.z, &low.z, &high.z);
	}
	int64_t wide_x = (int64_t)high.x - low.x, wide_y = (int64_t)high.y - low.y,
		wide_z = (int64_t)high.z - low.z;
	if (n <= most) {
		if (n)
			patch_put(x, spots, n,
				(struct point){(int32_t)(low.x + wide_x / 2),
					(int32_t)(low.y + wide_y / 2),
					(int32_t)(low.z + wide_z / 2)});
		return;
	}
	bool by_x = wide_x >= wide_y && wide_x >= wide_z;
	for (size_t i = 0; i < n; i++) {
		spots[i].by = wide_y >= wide_z ? spots[i].at.y : spots[i].at.z;
		if (by_x)
			spots[i].by = spots[i].at.x;
	}
	qsort(spots, n, sizeof *spots, by_axis);
	patches(x, spots, n / 2, most);
	patches(x, spots + n / 2, n - n / 2, most);
}

static void globe(struct index *x, const struct directory *d)
{
	struct spot *spots = arena_array(x->arena, d->n + 1, sizeof *spots);
	size_t n = 0, most = VENUE_PATCH;
	(void)venue_index_entry(x, "G"); /* the entry exists even without any patch */
	for (size_t v = 0; v < d->n; v++) {
		const char *latitude = d->list[v].v[LATITUDE], *longitude = d->list[v].v[LONGITUDE];
		put_number(x, venue_index_entry(x, "L"), VENUE_NOWHERE, 2);
		if (latitude && longitude)
			spots[n++] = (struct spot){(uint32_t)v,
				point_from_degrees(strtod(latitude, NULL), strtod(longitude, NULL)),
				0};
	}
	/* patch numbers have 16 bits, and halving may make up to twice n / most patches */
	while (n / most > VENUE_NOWHERE / 4)
		most *= 2;
	patches(x, spots, n, most);
}

/* Builds all entries: first the words and their prefixes, which the lists of venues then follow. */
static void make(struct index *x, const struct directory *d)
{
	struct arena *scratch = arena_new((size_t)1 << 20);
	const char *words[WORDS_MOST];
	for (size_t v = 0; v < d->n; v++, arena_reset(scratch))
		for (size_t s = 0; s < SEARCHED; s++)
			for (size_t i = 0,
				    n = keys_of(scratch, d->list[v].v[searched[s].column], words);
				i < n; i++)
				keyed(x, 'w', words[i]);
	add_prefixes(x);
	add_typos(x);
	for (size_t v = 0; v < d->n; v++, arena_reset(scratch)) {
		if (v % 10000 == 0)
			progress("Indexing: %zu of %zu ...", v, d->n);
		add_place(x, scratch, &d->list[v], v);
	}
	globe(x, d);
	put_number(x, venue_index_entry(x, "m"), d->n, 4);
	arena_free(scratch);
}

/* ---- static rank ---- */

/* The sort key of a venue. */
struct ranked {
	struct venue_record *place;
	long long capacity; /* -1: unknown */
	const char *name; /* the first four words, normalized */
};

/* Largest capacity first, then by name, then by id so that the order is total. */
static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->capacity != y->capacity) {
		if (x->capacity > y->capacity)
			return -1;
		return 1;
	}
	int by_name = strcmp(x->name, y->name);
	if (by_name)
		return by_name;
	return memcmp(x->place->id.b, y->place->id.b, sizeof x->place->id.b);
}

/* Sorts the directory's list by rank, so that a venue's number is its rank. The lookup by external
 * id does not work afterwards. */
static void rank(struct directory *d)
{
	struct ranked *list = arena_array(d->arena, d->n + 1, sizeof *list);
	struct venue_record *places = arena_array(d->arena, d->n + 1, sizeof *places);
	for (size_t i = 0; i < d->n; i++) {
		const char *words[WORDS_MOST], *capacity = d->list[i].v[CAPACITY];
		size_t n = words_of(d->arena, d->list[i].v[NAME], words);
		list[i] = (struct ranked){
			&d->list[i], capacity ? strtoll(capacity, NULL, 10) : -1, ""};
		for (size_t k = 0; k < n && k < 4; k++)
			list[i].name = k ? arena_printf(d->arena, "%s %s", list[i].name, words[k])
					 : words[k];
	}
	qsort(list, d->n, sizeof *list, by_rank);
	for (size_t i = 0; i < d->n; i++)
		places[i] = *list[i].place;
	d->list = places;
}

/* ---- writing ---- */

static enum err venue_index_send(struct cli *c, struct params *p, const struct buf *rows)
{
	params_set(p, "rows", (struct val){.type = VAL_TEXT, .s = rows->p, .n = rows->n});
	if (rows->full)
		return ERR_INTERNAL;
	return sql_run(c->db, c->arena, &entry_add, p, NULL);
}

/* Writes all entries, Base64 encoded (RFC 4648) in JSON arrays of about VENUE_INDEX_BATCH bytes. */
static enum err write_entries(struct cli *c, const struct index *x, struct params *p)
{
	struct buf rows;
	struct json j;
	size_t n;
	struct entry **all = sorted(x, '\0', &n);
	unsigned char *text = malloc(ENTRY_MOST / 3 * 4 + 8);
	enum err err = text ? OK : ERR_INTERNAL;
	buf_init(&rows, 2 * ENTRY_MOST);
	for (size_t i = 0; i < n && !err; i++) {
		if (rows.n == 0) {
			write_start(&j, &rows);
			write_array(&j, NULL);
		}
		int length = all[i]->n <= ENTRY_MOST
			? EVP_EncodeBlock(text, all[i]->data, (int)all[i]->n)
			: 0;
		write_array(&j, NULL);
		write_text(&j, NULL, all[i]->key);
		write_text_n(&j, NULL, (const char *)text, (size_t)length);
		write_end_array(&j);
		if (rows.n < VENUE_INDEX_BATCH && i + 1 < n)
			continue;
		write_end_array(&j);
		err = venue_index_send(c, p, &rows);
		buf_clear(&rows);
		progress("Writing the index: %zu of %zu ...", i + 1, n);
	}
	buf_free(&rows);
	free(text);
	free(all);
	return err;
}

enum err venue_index_write(struct cli *c, struct directory *d, int64_t generation)
{
	struct index x = {.arena = d->arena};
	struct params p;
	if (d->n > VENUES_MAX)
		return ERR_TOO_LARGE;
	map_init(&x.entries, x.arena, MAP_TEXT, sizeof(struct entry *));
	rank(d);
	make(&x, d);
	params_init(&p, c->arena);
	params_set(&p, "generation", val_int(generation));
	params_set(&p, "keep", val_int(generation - 1));
	params_set(&p, "venues", val_int((int64_t)d->n));
	params_set(&p, "now", val_time(clock_now()));
	enum err err = sql_run(c->db, c->arena, &entries_drop, &p, NULL);
	if (!err)
		err = write_entries(c, &x, &p);
	if (err)
		return err;
	return sql_run(c->db, c->arena, &index_set, &p, NULL);
}
