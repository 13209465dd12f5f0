/* import: the `ticketgate venue` commands: import, export and index. */
#include "cli/venue/command.h"

#include "common/base/clock.h"
#include "common/text/csv_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

const struct option_row venue_import_options[] = {
	{"apply", NULL, SWITCH, "Apply the changes; without it they are only shown."},
	{NULL, NULL, 0, NULL},
};

/* ---- import ---- */

static void report_bad(struct cli *c, const struct venue_load *v)
{
	size_t shown = MIN(v->bad_n, BAD_SHOWN);
	for (size_t i = 0; i < shown; i++)
		refuse("%s line %zu: %s", v->path, v->bad[i].line, v->bad[i].why);
	if (shown < v->bad_n)
		refuse("and %zu more invalid lines", v->bad_n - shown);
	refuse("%s: %zu of %zu lines are invalid; nothing was changed", v->path, v->bad_n, v->read);
	if (!c->as_json)
		return;
	write_object(&c->json, NULL);
	write_bool(&c->json, "applied", false);
	write_int(&c->json, "read", (int64_t)v->read);
	write_int(&c->json, "badLines", (int64_t)v->bad_n);
	write_array(&c->json, "bad");
	for (size_t i = 0; i < shown; i++) {
		write_object(&c->json, NULL);
		write_int(&c->json, "line", (int64_t)v->bad[i].line);
		write_text(&c->json, "reason", v->bad[i].why);
		write_end_object(&c->json);
	}
	write_end_array(&c->json);
	write_end_object(&c->json);
}

static void report_json(struct cli *c, const struct venue_load *v, bool applied)
{
	struct json *j = &c->json;
	write_object(j, NULL);
	write_bool(j, "applied", applied);
	write_int(j, "read", (int64_t)v->read);
	write_int(j, "new", (int64_t)v->added);
	write_int(j, "changed", (int64_t)v->changed);
	write_int(j, "unchanged", (int64_t)(v->read - v->added - v->changed));
	write_int(j, "badLines", 0);
	write_array(j, "differences");
	for (size_t i = 0; i < v->differences_n; i++) {
		const struct difference *d = &v->differences[i];
		write_object(j, NULL);
		write_int(j, "line", (int64_t)d->place->line);
		write_text(j, "externalId", d->place->v[EXTERNAL_ID]);
		write_text(j, "column", place_columns[d->column]);
		write_text(j, "before", d->before);
		write_text(j, "after", d->place->v[d->column]);
		write_end_object(j);
	}
	write_end_array(j);
	write_end_object(j);
}

static void venue_import_report(struct cli *c, const struct venue_load *v, bool applied)
{
	if (c->as_json) {
		report_json(c, v, applied);
		return;
	}
	buf_printf(&c->out, "%s: %zu lines: %zu new, %zu changed, %zu unchanged.\n", v->path,
		v->read, v->added, v->changed, v->read - v->added - v->changed);
	for (size_t i = 0; i < v->differences_n; i++) {
		const struct difference *d = &v->differences[i];
		const char *after = d->place->v[d->column];
		buf_printf(&c->out, "  %s, line %zu: %s changes from %s to %s\n",
			d->place->v[EXTERNAL_ID], d->place->line, place_columns[d->column],
			text_or(d->before, "empty"), text_or(after, "empty"));
	}
	buf_puts(&c->out,
		applied ? "Changes applied.\n" : "Nothing was changed; use --apply to apply.\n");
}

static enum err venue_import_apply(struct cli *c, void *ctx)
{
	struct venue_load *v = ctx;
	enum err err = venue_import_load(c, v);
	/* an import on another node inserted first: the retry finds its rows */
	if (err == ERR_DUPLICATE)
		return ERR_RETRY;
	if (err || (!v->added && !v->changed))
		return err;
	return audit(c, (struct uuid){{0}}, "venue.import", (struct uuid){{0}});
}

int venue_import(struct cli *c)
{
	struct venue_load v = {.path = c->argument};
	struct arena *a = arena_new((size_t)2 << 30);
	enum err err;
	int status = REFUSED;
	if (!(v.text = file_text(a, v.path, &v.n)))
		goto out;
	if ((err = db_script(c->db, "DO 0")) ==
		OK) /* db_script() lifts the statement time limits */
		err = option_on(c, "apply") ? transact(c, venue_import_apply, &v)
					    : venue_import_compare(c, &v, a);
	progress(NULL);
	if (v.bad_n)
		report_bad(c, &v);
	else if (err == ERR_TOO_LARGE)
		refuse("the directory would exceed the maximum number of venues");
	else if (err)
		reject_db(c, err, "importing the venues");
	else
		venue_import_report(c, &v, option_on(c, "apply"));
	status = err || v.bad_n ? REFUSED : DONE;
out:
	arena_free(a);
	return status;
}

static enum err build(struct cli *c, void *ctx)
{
	(void)ctx;
	return venue_index_build(c);
}

int venue_index(struct cli *c)
{
	enum err err = db_script(c->db, "DO 0");
	if (!err)
		err = transact(c, build, NULL);
	progress(NULL);
	if (err)
		return reject_db(c, err, "indexing the venues");
	if (!c->as_json)
		buf_puts(&c->out, "Rebuilt the venue search index.\n");
	else {
		write_object(&c->json, NULL);
		write_bool(&c->json, "indexed", true);
		write_end_object(&c->json);
	}
	return DONE;
}

/* ---- export ---- */

static const struct statement exported = {"cli_venues_export",
	"SELECT external_id, name, address, city, region, country, postal_code, latitude,"
	" longitude, capacity, timezone"
	" FROM venues"
	" WHERE external_id IS NOT NULL"
	" ORDER BY external_id",
	SQL_READ | SQL_GLOBAL};
static const struct statement nameless = {"cli_venues_nameless",
	"SELECT COUNT(*) AS n"
	" FROM venues"
	" WHERE external_id IS NULL",
	SQL_READ | SQL_GLOBAL};

/* Writes and clears the output buffer, so that memory use does not depend on the number of venues.
 */
static enum err flush_output(struct cli *c)
{
	size_t n = c->out.n;
	bool good = fwrite(c->out.p, 1, n, stdout) == n;
	buf_clear(&c->out);
	if (good)
		return OK;
	return ERR_INTERNAL;
}

static enum err export_one(void *ctx, const struct rows *row)
{
	struct cli *c = ctx;
	struct csv_writer csv = {.out = &c->out};
	char number[24];
	if (c->as_json)
		write_object(&c->json, NULL);
	for (size_t k = 0; k < PLACE_COLUMNS; k++) {
		struct val v = rows_get(row, 0, place_columns[k]);
		const char *s = v.type == VAL_TEXT ? v.s : NULL;
		if (v.type == VAL_INT) {
			snprintf(number, sizeof number, "%" PRId64, v.i);
			s = number;
		}
		if (c->as_json) {
			write_text(&c->json, place_columns[k], s);
			continue;
		}
		s = text_or(s, "");
		csv_put_exact(&csv, s, strlen(s));
	}
	if (c->as_json)
		write_end_object(&c->json);
	else
		csv_end_row(&csv);
	if (c->out.n > 65536)
		return flush_output(c);
	return OK;
}

int venue_export(struct cli *c)
{
	struct rows r = {0};
	enum err err = db_script(c->db, "DO 0");
	if (!err)
		err = sql_run(c->db, c->arena, &nameless, NULL, &r);
	if (c->as_json)
		write_array(&c->json, NULL);
	for (size_t k = 0; k < PLACE_COLUMNS && !c->as_json; k++)
		buf_printf(&c->out, "%s%s", place_columns[k], k + 1 < PLACE_COLUMNS ? "," : "\r\n");
	if (!err)
		err = sql_stream(c->db, &exported, NULL, export_one, c);
	if (err && ferror(stdout))
		return refuse("cannot write to standard output: %s", strerror(errno));
	if (err)
		return reject_db(c, err, "exporting the venues");
	if (c->as_json)
		write_end_array(&c->json);
	if (rows_int(&r, 0, "n"))
		refuse("%" PRId64 " venues have no external id and were skipped",
			rows_int(&r, 0, "n"));
	return DONE;
}
