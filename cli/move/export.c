/* export: `ticketgate org export`, which writes one organization's rows as a stream. */
#include "cli/move/move.h"

#include "common/base/clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct statement migrations_done = {"move_migrations",
	"SELECT name"
	" FROM migrations"
	" WHERE finished_at IS NOT NULL"
	" ORDER BY name",
	SQL_READ | SQL_GLOBAL};

enum err migrations_read(struct cli *c, struct rows *out)
{
	return sql_run(c->db, c->arena, &migrations_done, NULL, out);
}

struct export
{
	struct cli *c;
	struct stream s;
	struct org_state org;
	struct table_columns columns; /* of the current table */
	int64_t tables;
};

static enum err export_header(struct export *x)
{
	struct json *j = &x->s.json;
	char key[STREAM_MAC + 1];
	struct rows r;
	enum err err = migrations_read(x->c, &r);

	if (err)
		return err;
	key_fingerprint(x->c->conf, key);
	stream_begin(&x->s);
	write_object(j, NULL);
	write_text(j, "ticketgate", STREAM_KIND);
	write_int(j, "version", STREAM_VERSION);
	write_text(j, "id", uuid_text(x->c->arena, x->org.id));
	write_text(j, "slug", x->org.slug);
	write_bool(j, "suspended", x->org.suspended);
	write_int(j, "at", clock_now());
	write_text(j, "key", key);
	write_array(j, "migrations");
	for (size_t i = 0; i < r.n; i++)
		write_text(j, NULL, rows_text(&r, i, "name"));
	write_end_array(j);
	write_end_object(j);
	return stream_end(&x->s);
}

static enum err export_columns(struct export *x, const struct moved_table *t)
{
	struct json *j = &x->s.json;
	enum err err = table_columns_read(x->c, t, &x->columns);

	if (err)
		return err;
	stream_begin(&x->s);
	write_object(j, NULL);
	write_text(j, "table", t->name);
	write_array(j, "columns");
	for (size_t i = 0; i < x->columns.n; i++)
		if (!x->columns.list[i].derived)
			write_text(j, NULL, x->columns.list[i].name);
	write_end_array(j);
	write_end_object(j);
	return stream_end(&x->s);
}

static enum err export_row(void *ctx, const struct rows *row)
{
	struct export *x = ctx;

	if (row->columns != x->columns.n)
		return ERR_INTERNAL;
	stream_begin(&x->s);
	write_array(&x->s.json, NULL);
	for (size_t i = 0; i < row->columns; i++)
		if (!x->columns.list[i].derived)
			stream_cell(&x->s, &row->cells[i]);
	write_end_array(&x->s.json);
	if (++x->s.rows % 10000 == 0)
		progress("Exported %lld rows ...", (long long)x->s.rows);
	return stream_end(&x->s);
}

static enum err export_trailer(struct export *x)
{
	char mac[STREAM_MAC + 1];

	stream_mac(&x->s, x->c->conf, mac);
	stream_begin(&x->s);
	write_object(&x->s.json, NULL);
	write_int(&x->s.json, "rows", x->s.rows);
	write_text(&x->s.json, "mac", mac);
	write_end_object(&x->s.json);
	enum err err = stream_end(&x->s);
	if (!err && fflush(x->s.file) != 0)
		return ERR_UNAVAILABLE;
	return err;
}

static enum err export_all(struct export *x, const char *slug)
{
	struct params p;
	enum err err = org_state_read(x->c, slug, &x->org);

	if (!err)
		err = export_header(x);
	params_init(&p, x->c->arena);
	params_set(&p, "org", val_uuid(x->org.id));
	for (const struct moved_table *t = moved_tables; t->name && !err; t++) {
		err = export_columns(x, t);
		if (!err)
			err = sql_stream(x->c->db, &t->rows, &p, export_row, x);
	}
	if (!err)
		err = export_trailer(x);
	return err;
}

/* One snapshot, which whoever reads the stream may slow down. */
static enum err export_in_snapshot(struct export *x, const char *slug)
{
	static const char *const begin[] = {"SET SESSION net_write_timeout = 3600",
		"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"};
	enum err err = OK;

	for (size_t i = 0; i < sizeof begin / sizeof *begin && !err; i++)
		err = db_script(x->c->db, begin[i]);
	if (!err)
		err = export_all(x, slug);
	if (!err)
		err = db_script(x->c->db, "COMMIT");
	return err;
}

int org_export(struct cli *c)
{
	struct export x = {.c = c};
	int64_t began = clock_mono_ns();

	if (isatty(STDOUT_FILENO))
		return refuse("standard output is a terminal: redirect it to a file, or to "
			      "`ticketgate org import`");
	stream_open(&x.s, stdout);
	errno = 0;
	enum err err = export_in_snapshot(&x, c->argument);
	int cause = errno;
	stream_close(&x.s);
	progress(NULL);
	if (err && ferror(stdout))
		return refuse("cannot write to standard output: %s", strerror(cause));
	if (err)
		return org_refuse(c, err, c->argument, "exporting the organization");
	fprintf(stderr, "Exported %lld rows in %.1f s.\n", (long long)x.s.rows,
		(double)(clock_mono_ns() - began) / 1e9);
	if (!x.org.suspended)
		fprintf(stderr,
			"The organization is not suspended: what changed since is not in the "
			"stream. To move it, run `ticketgate org suspend %s` first.\n",
			x.org.slug);
	return DONE;
}
