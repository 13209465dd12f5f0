/* event_rules: what the fields of an event must be, alone and together with its sales. */
#ifndef TG_EVENTS_EVENT_RULES_H
#define TG_EVENTS_EVENT_RULES_H

#include "common/ticketing/event.h"

/* The check hook of events: see resource_hooks.check. Derives a missing slug from the name. After a
 * change of type, currency or capacity the ticket types stay locked. */
enum err event_check(struct req *r, const struct rows *before, struct params *p);
/* The can_delete hook of events: only drafts without sales can be deleted. */
enum err event_removable(struct req *r, const struct rows *before);

#endif
