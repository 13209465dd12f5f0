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

static const struct statement event_bodies = {
	"fanout_bodies",
	"SELECT o.id, o.body"
	" FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(32) PATH '$[1]')) j"
	" STRAIGHT_JOIN outbox o ON o.id = UNHEX(j.id)",
	SQL_READ | SQL_GLOBAL,
};

/* The context of take_body(). */
struct reading {
	struct flush *f;
	struct job *list;
	bool by_subject; /* the rows are events, not deliveries */
	size_t most; /* bytes of all bodies in memory */
};

/* Stores a body in the first job that waits for it, unless memory is used up. A delivery without a
 * body was purged from the outbox. */
static enum err take_body(void *ctx, const struct rows *row)
{
	struct reading *b = ctx;
	struct val id = rows_get(row, 0, "id"), body = rows_get(row, 0, "body");

	for (struct job *j = b->list; j; j = j->next) {
		if (j->body_read || !uuid_equal(b->by_subject ? &j->subject : &j->delivery, &id.id))
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
	struct reading b = {.f = f, .list = list, .most = most};
	struct params p;

	params_init(&p, f->s.arena);
	params_set(&p, "ids", job_ids(f, list));
	return sql_stream(f->s.db, &bodies, &p, take_body, &b);
}

enum err read_event_bodies(struct flush *f, struct job *list, struct val ids)
{
	struct reading b = {.f = f, .list = list, .by_subject = true, .most = BODIES_MAX};
	struct params p;

	params_init(&p, f->s.arena);
	params_set(&p, "ids", ids);
	return sql_stream(f->s.db, &event_bodies, &p, take_body, &b);
}

enum err read_body(struct flush *f, struct job *j)
{
	struct job *rest = j->next;
	enum err err = db_ready(f->s.db);

	arena_reset(f->s.arena);
	j->next = NULL;
	if (!err)
		err = read_bodies(f, j, SIZE_MAX);
	j->next = rest;
	return err;
}

const struct statement *const bodies_statements[] = {
	&bodies,
	&event_bodies,
	NULL,
};
