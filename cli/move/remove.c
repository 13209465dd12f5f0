/* remove: `ticketgate org remove`, which deletes an organization that is suspended. */
#include "cli/move/move.h"

#include "common/base/clock.h"
#include "common/db/transact.h"

#include <string.h>

#define REMOVE_ROWS 1000 /* rows of one transaction */
#define REMOVE_TRIES 10
#define REMOVE_ARENA ((size_t)64 << 20)

/* An import that is still running finds that it is not its own any more. */
static const struct statement import_end = {"move_import_end",
	"UPDATE organizations"
	" SET slug = :slug"
	" WHERE id = :org AND slug LIKE '" INCOMPLETE "%'",
	SQL_WRITE};
static const struct statement epochs_remove = {"move_epochs_remove",
	"DELETE FROM write_epochs"
	" WHERE org_id = :org",
	SQL_WRITE};
static const struct statement org_delete = {"move_org_delete",
	"DELETE FROM organizations"
	" WHERE id = :org",
	SQL_WRITE};

/* A table whose rows are read on a second connection and deleted on the command's own. */
struct removal {
	struct cli *c;
	struct db *reader;
	struct arena *a; /* of one transaction */
	struct table_columns columns;
	struct statement *st;
	const struct params *list[REMOVE_ROWS];
	size_t n;
	int64_t rows;
};

static enum err delete_rows(void *ctx)
{
	struct removal *m = ctx;
	const struct params_many many = {m->list, m->n};
	uint64_t affected;

	return sql_run_many(m->c->db, m->a, m->st, &many, &affected);
}

static enum err remove_batch(struct removal *m)
{
	enum err err = OK;

	if (m->n > 0)
		err = db_transact(m->c->db, REMOVE_TRIES, delete_rows, m);
	m->rows += (int64_t)m->n;
	m->n = 0;
	arena_reset(m->a);
	progress("Removed %lld rows ...", (long long)m->rows);
	return err;
}

/* Keeps the row's key. */
static enum err keep_key(void *ctx, const struct rows *row)
{
	struct removal *m = ctx;
	struct params *p = arena_alloc(m->a, sizeof *p);
	size_t n = 0;

	if (row->columns != m->columns.n)
		return ERR_INTERNAL;
	params_init(p, m->a);
	for (size_t i = 0; i < row->columns; i++) {
		struct val v = row->cells[i];
		if (!m->columns.list[i].key)
			continue;
		if (v.type == VAL_TEXT || v.type == VAL_BYTES)
			v.s = arena_dup(m->a, v.s, v.n);
		params_set(p, column_parameter(n++), v);
	}
	m->list[m->n++] = p;
	if (m->n < REMOVE_ROWS)
		return OK;
	return remove_batch(m);
}

static enum err remove_table(struct removal *m, const struct moved_table *t, struct uuid org)
{
	struct params p;
	enum err err = table_columns_read(m->c, t, &m->columns);

	if (err)
		return err;
	m->st = arena_alloc(m->c->arena, sizeof *m->st);
	*m->st = table_delete(m->c->arena, t, &m->columns);
	params_init(&p, m->c->arena);
	params_set(&p, "org", val_uuid(org));
	err = sql_stream(m->reader, &t->rows, &p, keep_key, m);
	if (!err)
		err = remove_batch(m);
	return err;
}

/* The organization itself, and its epochs; runs inside transact(). */
static enum err remove_last(struct cli *c, void *ctx)
{
	struct params *p = ctx;
	struct uuid org = params_get(p, "org").id;
	enum err err = sql_run(c->db, c->arena, &epochs_remove, p, NULL);

	if (!err)
		err = sql_run(c->db, c->arena, &org_delete, p, NULL);
	if (!err)
		err = audit(c, (struct uuid){{0}}, "org.remove", org);
	return err;
}

/* The tables with or without TABLE_FOUND_LATE, backwards, so that no foreign key is in the way;
 * organizations is the first. */
static enum err remove_tables(struct removal *m, struct uuid org, unsigned late)
{
	enum err err = OK;
	size_t n = 0;

	while (moved_tables[n].name)
		n++;
	for (; n-- > 1 && !err;) {
		const struct moved_table *t = &moved_tables[n];
		if (!(t->flags & TABLE_SHARED) && (t->flags & TABLE_FOUND_LATE) == late)
			err = remove_table(m, t, org);
	}
	return err;
}

enum err org_rows_remove(struct cli *c, struct uuid org, int64_t *rows)
{
	struct removal m = {.c = c, .reader = db_new(c->conf), .a = arena_new(REMOVE_ARENA)};
	struct params p;
	char slug[sizeof INCOMPLETE + 16] = INCOMPLETE;
	enum err err = db_script(m.reader, "SET SESSION net_write_timeout = 3600");

	random_word("abcdefghijklmnopqrstuvwxyz", slug + strlen(INCOMPLETE), 16);
	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(org));
	params_set(&p, "slug", val_text(slug));
	if (!err)
		err = sql_run(c->db, c->arena, &import_end, &p, NULL);
	if (!err)
		err = remove_tables(&m, org, TABLE_FOUND_LATE);
	if (!err)
		err = remove_tables(&m, org, 0);
	if (!err)
		err = transact(c, remove_last, &p);
	*rows = m.rows;
	progress(NULL);
	arena_free(m.a);
	db_free(m.reader);
	return err;
}

int org_remove(struct cli *c)
{
	struct org_state org;
	int64_t rows, began = clock_mono_ns();
	enum err err = org_state_read(c, c->argument, &org);

	if (err)
		return org_refuse(c, err, c->argument, "removing the organization");
	if (!org.suspended)
		return refuse("organization %s is not suspended; run `ticketgate org suspend %s` "
			      "first, and export it unless its data are no longer needed",
			org.slug, org.slug);
	err = org_rows_remove(c, org.id, &rows);
	if (err)
		return org_refuse(
			c, err, c->argument, "removing the organization (run the command again)");
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "slug", org.slug);
		write_int(&c->json, "rows", rows);
		write_end_object(&c->json);
		return DONE;
	}
	buf_printf(&c->out, "Removed %s: %lld rows in %.1f s.\n", org.slug, (long long)rows,
		(double)(clock_mono_ns() - began) / 1e9);
	return DONE;
}
