/* search_words: brings search indexes up to date after the way words are split has changed. */
#include "cli/maintenance/search_words.h"

#include "cli/venue/command.h"
#include "common/ticketing/slug.h"

#include <string.h>

#define EVENTS_AT_ONCE "200" /* events of one transaction */

static const struct statement conversions_exist = {"cli_words_table",
	"SELECT COUNT(*) AS n"
	" FROM information_schema.tables"
	" WHERE table_schema = DATABASE() AND table_name = 'conversions'",
	SQL_READ | SQL_GLOBAL};
static const struct statement conversion_pending = {"cli_words_pending",
	"SELECT name"
	" FROM conversions"
	" WHERE name IN ('event_words', 'venue_words') AND NOT done"
	" ORDER BY name",
	SQL_READ | SQL_GLOBAL};
static const struct statement conversion_done = {"cli_words_done",
	"UPDATE conversions"
	" SET done = TRUE"
	" WHERE name = :name",
	SQL_WRITE | SQL_GLOBAL};
/* Locked, so that a name that is changed meanwhile is indexed by whoever comes last. */
static const struct statement events_next = {"cli_words_events",
	"SELECT id, org_id, name"
	" FROM events FORCE INDEX (PRIMARY)"
	" WHERE id > :after"
	" ORDER BY id"
	" LIMIT " EVENTS_AT_ONCE " FOR UPDATE",
	SQL_READ | SQL_GLOBAL};
static const struct statement words_drop = {"cli_words_drop",
	"DELETE w"
	" FROM event_words w FORCE INDEX (event_word_event)"
	" WHERE w.event_id = :id AND w.org_id = :org",
	SQL_WRITE};
static const struct statement words_add = {"cli_words_add",
	"INSERT IGNORE INTO event_words (org_id, word, event_id)"
	" SELECT :org, w.word, :id"
	" FROM JSON_TABLE(:words, '$[*]' COLUMNS (word VARCHAR(40) PATH '$')) w",
	SQL_WRITE};

/* How far the events have been indexed. */
struct words_walk {
	struct arena *arena; /* of one transaction */
	struct uuid after;
	size_t n; /* of the last transaction */
	long long total;
};

static enum err index_event(struct cli *c, struct words_walk *w, const struct rows *r, size_t i)
{
	struct params p;
	enum err err;

	params_init(&p, w->arena);
	params_set(&p, "id", rows_get(r, i, "id"));
	params_set(&p, "org", rows_get(r, i, "org_id"));
	params_set(&p, "words",
		val_text(search_words_json(w->arena, text_or(rows_text(r, i, "name"), ""))));
	if ((err = sql_run(c->db, w->arena, &words_drop, &p, NULL)) != OK)
		return err;
	return sql_run(c->db, w->arena, &words_add, &p, NULL);
}

/* Indexes the next events; runs inside transact(). */
static enum err index_some(struct cli *c, void *ctx)
{
	struct words_walk *w = ctx;
	struct params p;
	struct rows r;
	enum err err;

	arena_reset(w->arena);
	params_init(&p, w->arena);
	params_set(&p, "after", val_uuid(w->after));
	if ((err = sql_run(c->db, w->arena, &events_next, &p, &r)) != OK)
		return err;
	for (size_t i = 0; i < r.n && err == OK; i++)
		err = index_event(c, w, &r, i);
	w->n = r.n;
	if (err == OK && r.n)
		w->after = rows_get(&r, r.n - 1, "id").id;
	return err;
}

static enum err index_events(struct cli *c)
{
	struct words_walk w = {.arena = arena_new((size_t)16 << 20), .n = 1};
	enum err err = OK;

	while (w.n && err == OK) {
		struct uuid before = w.after;
		err = transact(c, index_some, &w);
		if (err == ERR_LOST) { /* rewrites the same rows, whether or not they were kept */
			w.after = before;
			err = OK;
		}
		w.total += (long long)w.n;
		progress("Indexing event names: %lld ...", w.total);
	}
	progress(NULL);
	arena_free(w.arena);
	return err;
}

/* Without an index there is nothing to bring up to date. */
static enum err index_venues(struct cli *c, void *ctx)
{
	(void)ctx;
	return venue_index_build(c);
}

enum err search_words_update(struct cli *c)
{
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, &conversions_exist, NULL, &r);

	if (err != OK || rows_int(&r, 0, "n") == 0) /* the migrations end before it */
		return err;
	err = sql_run(c->db, c->arena, &conversion_pending, NULL, &r);

	for (size_t i = 0; i < r.n && err == OK; i++) {
		struct params p;
		const char *name = rows_text(&r, i, "name");
		params_init(&p, c->arena);
		params_set(&p, "name", val_text(name));
		err = strcmp(name, "event_words") == 0 ? index_events(c)
						       : transact(c, index_venues, NULL);
		progress(NULL);
		if (err == OK)
			err = sql_run(c->db, c->arena, &conversion_done, &p, NULL);
	}
	return err;
}
