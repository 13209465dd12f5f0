/* outbox: what webhooks will be told, in the exact bytes, written where it happens. */
#ifndef TG_TICKETING_OUTBOX_H
#define TG_TICKETING_OUTBOX_H

#include "common/api/module.h"

#define OUTBOX_ID 36 /* "evt_" and 32 hex digits: what receivers know a notice by */
void outbox_id(const struct uuid *own, char out[OUTBOX_ID + 1]);

struct outbox_event {
	const char *type; /* "order.completed" */
	struct uuid id; /* the event's own; outbox_publish makes it */
	struct uuid event_id; /* the ticketed event it belongs to */
	struct uuid subject; /* the resource's id */
	bool test;
	int64_t now; /* ms; outbox_publish sets it */
	const char *data; /* the resource as the API shows it, JSON of data_n bytes */
	size_t data_n;
};
/* Appends {"id":"evt_…","event":…,"isTest":…,"timestamp":…,"data":…}. */
void outbox_write_event(struct buf *out, const struct outbox_event *e);
/* Defers the outbox row that webhooks are made from, written with the request's transaction. Sets
 * the event's id and time. */
NODISCARD enum err outbox_publish(struct req *r, struct outbox_event *e);

extern const struct module outbox_module; /* its statements */

#endif
