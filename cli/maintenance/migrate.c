/* migrate: `ticketgate migrate`, which applies pending migrations. */
#include "cli/maintenance/search_words.h"
#include "common/db/migrate.h"

#include "cli/core/cli.h"

#include <stdio.h>
#include <string.h>

struct progress_lines {
	struct cli *c;
	const char *last; /* in the arena: the reason when the run fails */
	size_t n;
};

/* Prints each line immediately: migrating a large table can take minutes. */
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
		return refuse("directory sql with the migrations not found; reinstall, run "
			      "ticketgate from its build directory, or set TG_DATA");
	folder = arena_strdup(c->arena, folder);
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_array(&c->json, "applied");
	}
	err = migrate_pending(c->db, folder, &before, c->as_json ? name_take : NULL, c);
	if (err == OK ||
		err == ERR_CONFLICT) /* after a conflict as well: the run reports which file */
		err = migrate_run(c->db, folder, line_take, &lines);
	if (err != OK) {
		buf_clear(&c->out);
		if (lines.last)
			return refuse("migration failed: %s", lines.last);
		return reject_db(c, err, "migrating");
	}
	if ((err = search_words_update(c)) != OK)
		return reject_db(c, err, "indexing names for search; run it again");
	if (c->as_json) {
		write_end_array(&c->json);
		write_end_object(&c->json);
	}
	return DONE;
}
