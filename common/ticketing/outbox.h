/* outbox: what webhooks will be told, in the exact bytes, written where it happens. */
#ifndef TG_TICKETING_OUTBOX_H
#define TG_TICKETING_OUTBOX_H

#include "common/api/module.h"

#define OUTBOX_ID 36 /* "evt_" and 32 hex digits: what receivers know a notice by */
void outbox_id(const struct uuid *own, char out[OUTBOX_ID + 1]);

/* Appends {"id":"evt_…","event":…,"isTest":…,"timestamp":…,"data":…}, named by `own`. */
void outbox_write_event(struct buf *out, const struct uuid *own, const char *type, bool test,
	int64_t now, const char *data, size_t n);

/* The same with an id of its own, to be told to whoever wants it: `data` is the resource as the API
 * shows it. `subject` is its id. */
NODISCARD enum err outbox_publish(struct req *r, const char *type, struct uuid event_id,
	struct uuid subject, const char *data, size_t n);

extern const struct module outbox_module; /* its statements */

#endif
