/* outbox: the transactional outbox of webhook events. */
#ifndef TG_TICKETING_OUTBOX_H
#define TG_TICKETING_OUTBOX_H

#include "common/ticketing/webhook_event.h"

/* Length of an event id: "evt_" and 32 hex digits. Receivers use it to detect duplicates. */
#define OUTBOX_ID 36
/* Writes the text of an event id. */
void outbox_id(const struct uuid *own, char out[OUTBOX_ID + 1]);

/* A webhook event. `data` must live until outbox_publish or outbox_write_event returns. */
struct outbox_event {
	enum webhook_event event;
	struct uuid id; /* the event's own; outbox_publish makes it */
	struct uuid event_id; /* the ticketed event it belongs to */
	struct uuid subject; /* the resource's id */
	bool test;
	int64_t now; /* ms; outbox_publish sets it */
	const char *data; /* the resource as the API shows it, JSON of data_n bytes */
	size_t data_n;
};
/* Appends the body of the delivery to `out` (contract section 9):
 * {"id":"evt_…","event":…,"isTest":…,"timestamp":…,"data":…}. */
void outbox_write_event(struct buf *out, const struct outbox_event *e);
/* Defers the outbox row that webhooks are made from, written with the request's transaction. Sets
 * the event's id and time. */
NODISCARD enum err outbox_publish(struct req *r, struct outbox_event *e);

extern const struct module outbox_module; /* the statements */

#endif
