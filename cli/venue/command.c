/* command: compares the venue directory with a file and stores the changes. */
#include "cli/venue/command.h"

#include "common/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct statement venues_all = {"cli_venues_all",
	"SELECT id, external_id, name, address, city, region, country, postal_code,"
	" latitude, longitude, capacity, timezone"
	" FROM venues",
	SQL_READ | SQL_GLOBAL};
/* Serializes imports, the only ones to lock this row: a second import waits for the first and then
 * compares with what it wrote. */
static const struct statement index_lock = {"cli_venue_index_lock",
	"SELECT generation, venues"
	" FROM venue_index"
	" WHERE id = 1"
	" FOR UPDATE",
	SQL_READ | SQL_GLOBAL};

#define ROWS                                                                                       \
	"JSON_TABLE(:rows, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', external_id VARCHAR(64) PATH " \
	"'$[1]', name VARCHAR(200) PATH '$[2]', address VARCHAR(300) PATH '$[3]',"                 \
	" city VARCHAR(120) PATH '$[4]', region VARCHAR(120) PATH '$[5]', country CHAR(2) PATH "   \
	"'$[6]', postal_code VARCHAR(16) PATH '$[7]', latitude DECIMAL(9,6) PATH '$[8]',"          \
	" longitude DECIMAL(9,6) PATH '$[9]', capacity INT UNSIGNED PATH '$[10]', timezone "       \
	"VARCHAR(64) PATH '$[11]')) j"
static const struct statement venues_add = {"cli_venues_add",
	"INSERT INTO venues (id, external_id, name, address, city, region, country,"
	" postal_code, latitude, longitude, capacity, timezone, created_at, updated_at)"
	" SELECT UNHEX(j.id), j.external_id, j.name, j.address, j.city, j.region,"
	" j.country, j.postal_code, j.latitude, j.longitude, j.capacity, j.timezone,"
	" :now, :now"
	" FROM " ROWS,
	SQL_WRITE | SQL_GLOBAL};
static const struct statement venues_change = {"cli_venues_change",
	"UPDATE " ROWS " STRAIGHT_JOIN venues v ON v.id = UNHEX(j.id)"
	" SET v.name = j.name, v.address = j.address, v.city = j.city,"
	" v.region = j.region, v.country = j.country,"
	" v.postal_code = j.postal_code, v.latitude = j.latitude, v.longitude = j.longitude, "
	"v.capacity = j.capacity, v.timezone = j.timezone, v.version = v.version + 1,"
	" v.updated_at = :now",
	SQL_WRITE | SQL_GLOBAL};

#define ROOM ((size_t)2 << 30) /* arena ceiling: directory, file and index in memory */
#define VENUE_STORE_BATCH ((size_t)256 * 1024) /* bytes of rows per statement */

/* Adds a row of `venues` to the directory in memory. */
static enum err stored_one(void *ctx, const struct rows *row)
{
	struct directory *d = ctx;
	struct venue_record p = {.id = rows_get(row, 0, "id").id}, *at;
	for (size_t k = 0; k < PLACE_COLUMNS; k++) {
		struct val v = rows_get(row, 0, place_columns[k]);
		if (v.type == VAL_TEXT)
			p.v[k] = arena_dup(d->arena, v.s, v.n);
		else if (v.type == VAL_INT)
			p.v[k] = arena_printf(d->arena, "%" PRId64, v.i);
	}
	(void)directory_add(d, &p, &at);
	return OK;
}

/* ---- comparing ---- */

static bool same(const char *a, const char *b)
{
	if (a && b)
		return strcmp(a, b) == 0;
	return a == b;
}

/* Remembers a difference for the report, up to DIFFERENCES_SHOWN. */
static void differs(struct venue_load *v, const struct venue_record *to, enum place_column column,
	const char *before)
{
	if (v->differences_n < DIFFERENCES_SHOWN)
		v->differences[v->differences_n++] = (struct difference){to, column, before};
}

/* Applies the file's venues to the directory `d`, marking new and changed ones. Columns that the
 * file does not have keep their values. */
static void apply_rows(struct venue_load *v, struct directory *d, const struct directory *file)
{
	v->added = v->changed = v->differences_n = 0;
	for (size_t i = 0; i < file->n; i++) {
		const struct venue_record *from = &file->list[i];
		struct venue_record fresh = *from, *to;
		fresh.id = uuid_make();
		fresh.state = PLACE_NEW;
		if (directory_add(d, &fresh, &to)) {
			v->added++;
			continue;
		}
		for (size_t k = 0; k < PLACE_COLUMNS; k++) {
			if (!v->has[k] || same(to->v[k], from->v[k]))
				continue;
			differs(v, from, (enum place_column)k, to->v[k]);
			to->v[k] = from->v[k];
			to->state = PLACE_CHANGED;
		}
		v->changed += to->state == PLACE_CHANGED;
	}
}

enum err venue_import_compare(struct cli *c, struct venue_load *v, struct arena *a)
{
	struct directory file, d;
	directory_start(&file, a);
	directory_start(&d, a);
	venue_rows_read(v, &file);
	if (v->bad_n)
		return ERR_VALIDATION;
	progress("Comparing ...");
	enum err err = sql_stream(c->db, &venues_all, NULL, stored_one, &d);
	if (!err)
		apply_rows(v, &d, &file);
	return err;
}

/* ---- writing ---- */

static void write_place(struct json *j, const struct venue_record *p)
{
	write_array(j, NULL);
	write_hex(j, NULL, p->id.b, sizeof p->id.b);
	for (size_t k = 0; k < PLACE_COLUMNS; k++)
		write_text(j, NULL, p->v[k]);
	write_end_array(j);
}

static enum err venue_store_send(struct cli *c, const struct statement *st, const struct buf *rows)
{
	struct params p;
	params_init(&p, c->arena);
	params_set(&p, "now", val_time(clock_now()));
	params_set(&p, "rows", (struct val){.type = VAL_TEXT, .s = rows->p, .n = rows->n});
	if (rows->full)
		return ERR_INTERNAL;
	return sql_run(c->db, c->arena, st, &p, NULL);
}

/* Writes all venues in the given state, in batches of about VENUE_STORE_BATCH bytes. */
static enum err write_all(struct cli *c, const struct directory *d, int state,
	const struct statement *st, size_t total)
{
	struct buf rows;
	struct json j;
	size_t done = 0, held = 0;
	enum err err = OK;
	buf_init(&rows, 2 * VENUE_STORE_BATCH);
	for (size_t i = 0; i <= d->n && !err && done < total; i++) {
		if (!held) {
			buf_clear(&rows);
			write_start(&j, &rows);
			write_array(&j, NULL);
		}
		if (i < d->n && (int)d->list[i].state == state) {
			write_place(&j, &d->list[i]);
			held++;
		}
		if (!held || (rows.n < VENUE_STORE_BATCH && done + held < total))
			continue;
		write_end_array(&j);
		err = venue_store_send(c, st, &rows);
		done += held;
		assert(done <= total);
		held = 0;
		progress("Writing venues: %zu of %zu ...", done, total);
	}
	buf_free(&rows);
	return err;
}

/* Reads file and directory, stores the differences and rebuilds the index when necessary: when
 * anything changed, when the index does not have as many venues as the directory, or when `anew` is
 * set. */
static enum err venue_store_apply(struct cli *c, struct venue_load *v, struct arena *a, bool anew)
{
	struct directory file, d;
	struct rows r;
	directory_start(&file, a);
	directory_start(&d, a);
	if (v->text)
		venue_rows_read(v, &file);
	if (v->bad_n)
		return ERR_VALIDATION;
	progress("Comparing ...");
	enum err err = sql_run(c->db, c->arena, &index_lock, NULL, &r);
	if (!err)
		err = sql_stream(c->db, &venues_all, NULL, stored_one, &d);
	if (err)
		return err;
	apply_rows(v, &d, &file);
	err = write_all(c, &d, PLACE_NEW, &venues_add, v->added);
	if (!err)
		err = write_all(c, &d, PLACE_CHANGED, &venues_change, v->changed);
	bool fits = !anew && !v->added && !v->changed &&
		rows_int(&r, 0, "venues") == (int64_t)d.n &&
		(rows_int(&r, 0, "generation") || !d.n);
	if (err || fits)
		return err;
	return venue_index_write(c, &d, rows_int(&r, 0, "generation") + 1);
}

/* Runs venue_store_apply() with its own arena; copies the problems found to c->arena. */
static enum err apply_in_arena(struct cli *c, struct venue_load *v, bool anew)
{
	struct arena *a = arena_new(ROOM);
	enum err err = venue_store_apply(c, v, a, anew);
	for (size_t i = 0; i < v->bad_n && i < BAD_SHOWN; i++) /* they live in `a` so far */
		v->bad[i].why = arena_strdup(c->arena, v->bad[i].why);
	v->differences_n = 0;
	arena_free(a);
	return err;
}

enum err venue_import_load(struct cli *c, struct venue_load *v)
{
	return apply_in_arena(c, v, false);
}

enum err venue_index_build(struct cli *c)
{
	struct venue_load v = {.path = "", .text = NULL};
	return apply_in_arena(c, &v, true);
}
