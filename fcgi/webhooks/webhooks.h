/* webhooks: where an organization wants to be told what happens. */
#ifndef TG_WEBHOOKS_WEBHOOKS_H
#define TG_WEBHOOKS_WEBHOOKS_H

#include "common/ticketing/webhook_event.h"

#define WEBHOOKS_PER_ORG 20
#define RECOVER_DAYS 14

extern const struct resource webhook;
extern const struct module webhooks_module, deliveries_module, replay_module, test_delivery_module;

/* Locks the webhook that the path names; ERR_CONFLICT when it is disabled and so nothing can be
 * sent to it, `doing` being what cannot be done. */
NODISCARD enum err webhook_lock_active(
	struct req *r, const char *doing, struct params *p, struct rows *row);

#endif
