/* outbox: what webhooks will be told, in the exact bytes, written where it happens. */
#include "fcgi/outbox.h"

#include <stdio.h>

static const struct statement outbox_insert = {
	"outbox_insert",
	"INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at) VALUES (:outboxId, :org, :eventId, :type, :subject, :body, :now)",
	SQL_WRITE,
};

enum err outbox_put(struct req *r, const char *type, struct uuid event_id, struct uuid subject, const char *data, size_t n)
{
	static struct buf body = {.max = REPLY_MAX}; /* of the process: an arena that overflows jumps out of here */
	struct params p;
	struct json j;
	char id[5 + 2 * sizeof subject.b] = "evt_";
	struct uuid own = uuid_make();
	for (size_t i = 0; i < sizeof own.b; i++)
		snprintf(id + 4 + 2 * i, 3, "%02x", own.b[i]);
	buf_clear(&body);
	write_start(&j, &body);
	write_object(&j, NULL);
	write_text(&j, "id", id);
	write_text(&j, "event", type);
	write_bool(&j, "isTest", false);
	write_time(&j, "timestamp", r->now);
	write_raw(&j, "data", data, n);
	write_end_object(&j);
	req_params(r, &p, NULL);
	params_set(&p, "outboxId", val_uuid(own));
	params_set(&p, "eventId", val_uuid(event_id));
	params_set(&p, "subject", val_uuid(subject));
	params_set(&p, "type", val_text(type));
	params_set(&p, "body", val_bytes(arena_dup(r->arena, body.p, body.n), body.n));
	return body.full ? ERR_INTERNAL : req_later(r, &outbox_insert, &p);
}

const struct module outbox_module = {.statements = (const struct statement *const[]){&outbox_insert, NULL}};
