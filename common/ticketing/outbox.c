/* outbox: the transactional outbox of webhook events. */
#include "common/ticketing/outbox.h"

#include "common/base/hex.h"

#include <assert.h>
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
	hex_print(own->b, sizeof own->b, out + 4);
}

void outbox_write_event(struct buf *out, const struct outbox_event *e)
{
	struct json j;
	char id[OUTBOX_ID + 1];
	outbox_id(&e->id, id);
	write_start(&j, out);
	write_object(&j, NULL);
	write_text(&j, "id", id);
	write_text(&j, "event", webhook_event_names[e->event]);
	write_bool(&j, "isTest", e->test);
	write_time(&j, "timestamp", e->now);
	write_raw(&j, "data", e->data, e->data_n);
	write_end_object(&j);
}

enum err outbox_publish(struct req *r, struct outbox_event *e)
{
	/* Static, because an arena that reaches its ceiling leaves this function by longjmp, which
	 * would leak a local buffer. */
	static struct buf body = {.max = RESPONSE_MAX};
	struct params p;
	assert(r->who && e->event < WEBHOOK_EVENTS && e->data);
	e->id = uuid_make();
	r->published = true;
	e->now = r->now;
	buf_clear(&body);
	outbox_write_event(&body, e);
	req_params(r, &p, NULL);
	params_set(&p, "outboxId", val_uuid(e->id));
	params_set(&p, "eventId", val_uuid(e->event_id));
	params_set(&p, "subject", val_uuid(e->subject));
	params_set(&p, "type", val_text(webhook_event_names[e->event]));
	params_set(&p, "body", val_bytes(arena_dup(r->arena, body.p, body.n), body.n));
	return body.full ? ERR_INTERNAL : req_defer(r, &outbox_insert, &p);
}

const struct module outbox_module = {.statements = (const struct statement *const[]){
					     &outbox_insert,
					     NULL,
				     }};
