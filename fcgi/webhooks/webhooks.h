/* webhooks: the modules of webhooks.fcgi. */
#ifndef TG_WEBHOOKS_WEBHOOKS_H
#define TG_WEBHOOKS_WEBHOOKS_H

#include "common/ticketing/webhook_event.h"

#define RECOVER_DAYS 14 /* how far back missed events can be sent */

extern const struct resource webhook;
extern const struct module webhooks_module, deliveries_module, replay_module, test_delivery_module;

/* Locks and reads the webhook that the path names; ERR_CONFLICT when it is disabled. `doing` begins
 * the error message. */
NODISCARD enum err webhook_lock_active(
	struct req *r, const char *doing, struct params *p, struct rows *row);

#endif
