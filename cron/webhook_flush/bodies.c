/* bodies: reads the bodies of deliveries from the outbox shortly before they are sent. */
#include "cron/webhook_flush/flush.h"

#include <stdlib.h>
#include <string.h>

static const struct statement bodies = {
	"claim_bodies",
	"SELECT d.id, COALESCE(d.body, o.body) AS body"
	" FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(32) PATH '$')) j"
	" STRAIGHT_JOIN webhook_deliveries d ON d.id = UNHEX(j.id)"
	" LEFT"
	" JOIN outbox o ON o.id = d.outbox_id",
	SQL_READ | SQL_GLOBAL,
};

/* The context of take_body(). */
struct reading {
	struct flush *f;
	struct job *list;
	size_t most; /* bytes of all bodies in memory */
};

/* Stores a body in the first job that waits for it, unless memory is used up. A delivery without a
 * body was purged from the outbox. */
static enum err take_body(void *ctx, const struct rows *row)
{
	struct reading *b = ctx;
	struct val id = rows_get(row, 0, "id"), body = rows_get(row, 0, "body");

	for (struct job *j = b->list; j; j = j->next) {
		if (!uuid_equal(&j->delivery, &id.id) || j->body_read)
			continue;
		if (body.type == VAL_BYTES && b->f->body_bytes + body.n > b->most)
			return OK;
		j->body_read = true;
		j->bodyless = body.type != VAL_BYTES;
		if (j->bodyless)
			return OK;
		j->body = oom_check(malloc(body.n + 1));
		memcpy(j->body, body.s, body.n);
		j->body_n = body.n;
		b->f->body_bytes += body.n;
	}
	return OK;
}

enum err read_bodies(struct flush *f, struct job *list, size_t most)
{
	struct reading b = {f, list, most};
	struct params p;

	params_init(&p, f->arena);
	params_set(&p, "ids", job_ids(f, list));
	return sql_stream(f->db, &bodies, &p, take_body, &b);
}

enum err read_body(struct flush *f, struct job *j)
{
	struct job *rest = j->next;
	enum err err = db_ready(f->db);

	arena_reset(f->arena);
	j->next = NULL;
	if (!err)
		err = read_bodies(f, j, SIZE_MAX);
	j->next = rest;
	return err;
}

const struct statement *const bodies_statements[] = {
	&bodies,
	NULL,
};
