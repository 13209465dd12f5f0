/* migrate: bringing the database's tables up to this version. */
#include "common/db/migrate.h"

#include "cli/doctor/command.h"

#include <stdio.h>
#include <string.h>

struct progress_lines {
	struct cli *c;
	const char *last;
	size_t n;
};

/* Said at once: a large table may take minutes. */
static void line_take(void *ctx, const char *line)
{
	struct progress_lines *lines = ctx;
	FILE *to = lines->c->as_json ? stderr : stdout;

	fprintf(to, "%s\n", line);
	fflush(to);
	lines->last = arena_strdup(lines->c->arena, line);
	lines->n++;
}

static void name_take(void *ctx, const char *name)
{
	struct cli *c = ctx;

	write_text(&c->json, NULL, name);
}

int migrate_command(struct cli *c)
{
	struct progress_lines lines = {.c = c};
	const char *folder = data_find("sql");
	size_t before = 0;
	enum err err;

	if (!folder)
		return refuse("the folder sql with the migrations is not found; reinstall, run "
			      "ticketgate from where it was built, or set TG_DATA");
	folder = arena_strdup(c->arena, folder);
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_array(&c->json, "applied");
	}
	err = migrate_pending(c->db, folder, &before, c->as_json ? name_take : NULL, c);
	if (err == OK || err == ERR_CONFLICT) /* of a conflict, too, the run says which file */
		err = migrate_run(c->db, folder, line_take, &lines);
	if (err != OK) {
		buf_clear(&c->out);
		return lines.last ? refuse("migrating failed: %s", lines.last)
				  : refuse_db(c, err, "migrating");
	}
	if (c->as_json) {
		write_end_array(&c->json);
		write_end_object(&c->json);
	}
	return DONE;
}

static void pending_take(void *ctx, const char *name)
{
	struct progress_lines *lines = ctx;

	lines->last = lines->last ? arena_printf(lines->c->arena, "%s, %s", lines->last, name)
				  : arena_strdup(lines->c->arena, name);
	lines->n++;
}

void doctor_migrations(struct doctor *d)
{
	struct progress_lines lines = {.c = d->c};
	const char *folder = data_find("sql");
	size_t count = 0;

	if (!folder) {
		found(d, BAD, "migrations",
			"Reinstall, run ticketgate from where it was built, or set TG_DATA.",
			"the folder sql is not found");
		return;
	}
	switch (migrate_pending(d->c->db, folder, &count, pending_take, &lines)) {
	case OK:
		if (count > 0)
			found(d, BAD, "migrations", "Run `ticketgate migrate`.",
				"%zu not applied yet: %s", count, lines.last ? lines.last : "");
		else
			found(d, GOOD, "migrations", NULL, "all applied");
		break;
	case ERR_CONFLICT:
		found(d, BAD, "migrations",
			"Restore the files in sql/ as they were released; put changes into a new "
			"one.",
			"an applied file has changed since");
		break;
	default:
		found(d, BAD, "migrations", NULL, "cannot be looked at: %s", db_error(d->c->db));
	}
}
