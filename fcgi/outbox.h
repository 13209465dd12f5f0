/* outbox: what webhooks will be told, in the exact bytes, written where it happens. */
#ifndef TG_OUTBOX_H
#define TG_OUTBOX_H

#include "serve.h"

/* {"id":"evt_…","event":…,"isTest":false,"timestamp":…,"data":…}: `data` is the resource as the API shows it. `subject` is its id. */
MUST enum err outbox_put(struct req *r, const char *type, struct uuid event_id, struct uuid subject, const char *data, size_t n);

extern const struct module outbox_module; /* its statements */

#endif
