/* outbox: what webhooks will be told, in the exact bytes, written where it happens. */
#include "common/ticketing/outbox.h"

#include <stdio.h>
#include <string.h>

static const struct statement outbox_insert = {
	"outbox_insert",
	"INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at)"
	" VALUES (:outboxId, :org, :eventId, :type, :subject, :body, :now)",
	SQL_WRITE,
};

void outbox_id(const struct uuid *own, char out[OUTBOX_ID + 1])
{
	memcpy(out, "evt_", 4);
	for (size_t i = 0; i < sizeof own->b; i++)
		snprintf(out + 4 + 2 * i, 3, "%02x", own->b[i]);
}

void outbox_write_event(struct buf *out, const struct uuid *own, const char *type, bool test,
	int64_t now, const char *data, size_t n)
{
	struct json j;
	char id[OUTBOX_ID + 1];
	outbox_id(own, id);
	write_start(&j, out);
	write_object(&j, NULL);
	write_text(&j, "id", id);
	write_text(&j, "event", type);
	write_bool(&j, "isTest", test);
	write_time(&j, "timestamp", now);
	write_raw(&j, "data", data, n);
	write_end_object(&j);
}

enum err outbox_publish(struct req *r, const char *type, struct uuid event_id, struct uuid subject,
	const char *data, size_t n)
{
	/* of the process: an arena that overflows jumps out of here */
	static struct buf body = {.max = RESPONSE_MAX};
	struct params p;
	struct uuid own = uuid_make();
	buf_clear(&body);
	outbox_write_event(&body, &own, type, false, r->now, data, n);
	req_params(r, &p, NULL);
	params_set(&p, "outboxId", val_uuid(own));
	params_set(&p, "eventId", val_uuid(event_id));
	params_set(&p, "subject", val_uuid(subject));
	params_set(&p, "type", val_text(type));
	params_set(&p, "body", val_bytes(arena_dup(r->arena, body.p, body.n), body.n));
	if (body.full)
		return ERR_INTERNAL;
	return req_defer(r, &outbox_insert, &p);
}

const struct module outbox_module = {.statements = (const struct statement *const[]){
					     &outbox_insert,
					     NULL,
				     }};
