/* target: the database that an organization is imported to. */
#include "cli/move/target.h"

#include "cli/venue/command.h"
#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/db/transact.h"

#include <stdio.h>
#include <string.h>

#define TARGET_TRIES 10
#define ACTION "org.import"

static const struct statement target_org = {"move_target_org",
	"SELECT slug"
	" FROM organizations"
	" WHERE id = :org",
	SQL_READ};
static const struct statement target_guard = {"move_target_guard",
	"SELECT id"
	" FROM organizations"
	" WHERE id = :org AND slug = :hidden"
	" LOCK IN SHARE MODE",
	SQL_READ};
static const struct statement target_close = {"move_target_close",
	"INSERT INTO write_epochs (org_id, mark)"
	" VALUES (:org, " EPOCH_SUSPENDED ")",
	SQL_WRITE};
static const struct statement target_show = {"move_target_show",
	"UPDATE organizations"
	" SET slug = :slug"
	" WHERE id = :org AND slug = :hidden",
	SQL_WRITE | SQL_QUIET};
static const struct statement venue_here = {"move_venue_here",
	"SELECT id"
	" FROM venues"
	" WHERE id = :id OR external_id = :external"
	" ORDER BY id = :id DESC",
	SQL_READ | SQL_GLOBAL};
static const struct statement venue_map = {"move_venue_map",
	"UPDATE events"
	" SET venue_id = :here"
	" WHERE org_id = :org AND venue_id = :id",
	SQL_WRITE};

static void target_params(const struct target *t, struct params *p)
{
	params_init(p, t->a);
	params_set(p, "org", val_uuid(t->org));
	params_set(p, "slug", val_text(t->slug));
	params_set(p, "hidden", val_text(t->hidden));
}

/* ---- before ---- */

enum err target_check(struct target *t)
{
	struct params p;
	struct rows r;
	struct uuid other;
	int64_t rows;

	snprintf(t->hidden, sizeof t->hidden, "%s", INCOMPLETE);
	random_word("abcdefghijklmnopqrstuvwxyz", t->hidden + strlen(INCOMPLETE), 16);
	target_params(t, &p);
	enum err err = sql_run(t->c->db, t->c->arena, &target_org, &p, &r);
	if (err)
		return err;
	const char *slug = rows_text(&r, 0, "slug");
	if (slug && strncmp(slug, INCOMPLETE, strlen(INCOMPLETE)) != 0) {
		snprintf(t->why, sizeof t->why, "this organization is here already, as %s", slug);
		return ERR_CONFLICT;
	}
	err = org_find(t->c, t->slug, &other);
	if (err == OK) {
		snprintf(t->why, sizeof t->why, "the slug %s belongs to another organization here",
			t->slug);
		return ERR_CONFLICT;
	}
	if (err != ERR_NOT_FOUND || !slug)
		return err == ERR_NOT_FOUND ? OK : err;
	fprintf(stderr, "ticketgate: removing what an earlier import of %s left\n", t->slug);
	return org_rows_remove(t->c, t->org, &rows);
}

enum err target_table(struct target *t, const struct moved_table *table)
{
	struct arena *a = t->c->arena;
	enum err err = table_columns_read(t->c, table, &t->columns);

	if (err)
		return err;
	t->table = table;
	t->n_columns = 0;
	for (size_t i = 0; i < t->columns.n; i++)
		t->n_columns += !t->columns.list[i].derived;
	t->insert = arena_alloc(a, sizeof *t->insert); /* prepared under its address */
	*t->insert = table_insert(a, table, &t->columns);
	if (table->flags & TABLE_SHARED && !t->last) {
		t->last = true;
		db_begin(t->c->db);
	}
	return OK;
}

/* ---- rows ---- */

/* The cell of a column; NULL when the table has no such column. */
static struct val *cell_of(const struct target *t, struct val *cells, const char *name)
{
	for (size_t i = 0, n = 0; i < t->columns.n; i++) {
		if (t->columns.list[i].derived)
			continue;
		if (strcmp(t->columns.list[i].name, name) == 0)
			return &cells[n];
		n++;
	}
	return NULL;
}

static const struct params *params_of(struct target *t, const struct val *cells)
{
	struct params *p = arena_alloc(t->a, sizeof *p);

	params_init(p, t->a);
	p->list = arena_array(t->a, t->n_columns, sizeof *p->list);
	p->n = p->cap = t->n_columns;
	for (size_t i = 0; i < t->n_columns; i++)
		p->list[i] = (struct param){column_parameter(i), cells[i]};
	return p;
}

/* A venue is added unless it is here; events go to the one that has its external id. */
static enum err target_venue(struct target *t, struct val *cells)
{
	const struct val *id = cell_of(t, cells, "id"),
			 *external = cell_of(t, cells, "external_id");
	struct params p;
	struct rows r;

	if (!id || !external)
		return ERR_INTERNAL;
	target_params(t, &p);
	params_set(&p, "id", *id);
	params_set(&p, "external", *external);
	enum err err = sql_run(t->c->db, t->a, &venue_here, &p, &r);
	if (err)
		return err;
	if (r.n == 0) {
		t->venues_added++;
		return sql_run(t->c->db, t->a, t->insert, params_of(t, cells), NULL);
	}
	struct val here = rows_get(&r, 0, "id");
	if (here.type != VAL_UUID || id->n != sizeof here.id.b)
		return ERR_INTERNAL;
	if (memcmp(here.id.b, id->s, sizeof here.id.b) == 0)
		return OK;
	t->venues_mapped++;
	params_set(&p, "here", here);
	return sql_run(t->c->db, t->a, &venue_map, &p, NULL);
}

/* The organization's own row: hidden and suspended from the beginning. */
static enum err prepare_org(struct target *t, struct val *cells)
{
	struct val *slug = cell_of(t, cells, "slug"), *id = cell_of(t, cells, "id");

	if (!slug || !id || t->began || t->n > 0 || id->type != VAL_BYTES || id->n != 16 ||
		memcmp(id->s, t->org.b, sizeof t->org.b) != 0) {
		snprintf(t->why, sizeof t->why, "the organization's own row is not as announced");
		return ERR_VALIDATION;
	}
	*slug = val_text(t->hidden);
	return OK;
}

enum err target_row(struct target *t, struct val *cells, size_t bytes)
{
	enum err err = OK;

	if (t->table->flags & TABLE_SHARED)
		return target_venue(t, cells);
	if (t->table == moved_tables)
		err = prepare_org(t, cells);
	if (err)
		return err;
	t->list[t->n++] = params_of(t, cells);
	t->bytes += bytes;
	if (t->n < TARGET_ROWS && t->bytes < TARGET_BYTES)
		return OK;
	return target_flush(t);
}

/* Inserts a batch, unless the organization was removed meanwhile. */
static enum err insert_batch(void *ctx)
{
	struct target *t = ctx;
	const struct params_many many = {t->list, t->n};
	struct params p;
	struct rows r;
	uint64_t affected;
	enum err err = OK;

	target_params(t, &p);
	if (t->table != moved_tables) {
		err = sql_run(t->c->db, t->a, &target_guard, &p, &r);
		if (!err && r.n == 0)
			err = ERR_NOT_FOUND;
	}
	if (!err)
		err = sql_run_many(t->c->db, t->a, t->insert, &many, &affected);
	if (!err && t->table == moved_tables)
		err = sql_run(t->c->db, t->a, &target_close, &p, NULL);
	return err;
}

/* What is not unique; the database has named the key. */
static void tell_duplicate(struct target *t)
{
	const char *key = db_duplicate_key(t->c->db);

	if (strstr(key, "user_email"))
		snprintf(t->why, sizeof t->why,
			"a user of it has an e-mail address that another user here has: %s",
			db_error(t->c->db));
	else
		snprintf(t->why, sizeof t->why, "a row of %s is here already: %s", t->table->name,
			db_error(t->c->db));
}

enum err target_flush(struct target *t)
{
	enum err err = OK;

	if (t->n > 0 && t->last)
		err = insert_batch(t);
	else if (t->n > 0)
		err = db_transact(t->c->db, TARGET_TRIES, insert_batch, t);
	if (t->n > 0 && (!err || err == ERR_LOST))
		t->began = true;
	if (err == ERR_DUPLICATE) {
		tell_duplicate(t);
		err = ERR_CONFLICT;
	}
	if (err == ERR_NOT_FOUND) {
		snprintf(t->why, sizeof t->why, "it was removed while it was being imported");
		err = ERR_CONFLICT;
	}
	t->n = t->bytes = 0;
	arena_reset(t->a);
	return err;
}

/* ---- the end ---- */

/* The organization has no epoch to write in, so the row of the audit log is written without one. */
static enum err write_audit(struct target *t)
{
	struct params p;
	struct audit_row row = {.id = uuid_make(),
		.org = t->org,
		.at = clock_now(),
		.actor_type = "admin",
		.actor_id = val_null(),
		.actor_name = actor_name(),
		.action = ACTION,
		.resource = val_uuid(t->org)};

	audit_params(&p, t->a, &row);
	return sql_run(t->c->db, t->a, &audit_insert_held, &p, NULL);
}

enum err target_finish(struct target *t)
{
	struct params p;
	struct rows r;
	enum err err = target_flush(t);

	if (err)
		return err;
	target_params(t, &p);
	err = sql_run(t->c->db, t->a, &target_show, &p, &r);
	if (err == ERR_DUPLICATE || (!err && r.affected == 0)) {
		snprintf(t->why, sizeof t->why, "the slug %s was given to another organization",
			t->slug);
		return ERR_CONFLICT;
	}
	if (!err)
		err = write_audit(t);
	if (!err && t->venues_added > 0)
		err = venue_index_build(t->c);
	if (!err)
		err = db_commit(t->c->db);
	if (err != ERR_LOST)
		return err;
	/* the reply to COMMIT was lost: what does the row say? */
	err = sql_run(t->c->db, t->a, &target_org, &p, &r);
	if (!err && strcmp(text_or(rows_text(&r, 0, "slug"), ""), t->slug) != 0)
		err = ERR_LOST;
	return err;
}

bool target_undo(struct target *t)
{
	struct params p;
	struct rows r;
	int64_t rows;

	db_rollback(t->c->db);
	if (!t->began)
		return true;
	target_params(t, &p);
	enum err err = sql_run(t->c->db, t->a, &target_guard, &p, &r);
	if (!err && r.n == 0) /* another import has removed it, and may have ended */
		return true;
	if (!err && org_rows_remove(t->c, t->org, &rows) == OK)
		return true;
	refuse("what was imported so far could not be removed; run `ticketgate org remove '%s'`, "
	       "or "
	       "the import again",
		t->hidden);
	return false;
}
