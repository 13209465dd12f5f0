/* samples: the bodies of test deliveries, with invented data. */
#ifndef TG_WEBHOOKS_SAMPLES_H
#define TG_WEBHOOKS_SAMPLES_H

#include "common/ticketing/webhook_event.h"

/* The body of a test of `event`, named by `id`: isTest is true, and everything in it is invented.
 * It lives until the next one is made. */
const struct buf *sample_body(struct req *r, enum webhook_event event, const struct uuid *id);

#endif
