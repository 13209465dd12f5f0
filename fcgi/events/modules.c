/* modules: what events.fcgi is made of: events, performers, schedules and brands. */
#include "fcgi/events/modules.h"

#include "common/access/epoch.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/inventory.h"
#include "common/ticketing/outbox.h"
#include "common/ticketing/webhook_endpoint.h"
#include "fcgi/events/events.h"

static const struct module epochs = {.statements = epoch_reader_statements},
			   endpoints = {.statements = endpoint_statements},
			   lapsed = {.statements = expired_holds_statements};

const struct module *const events_modules[] = {
	&events_module,
	&inventory_announce_module,
	&outbox_module,
	&event_rules_module,
	&event_lists_module,
	&epochs,
	&endpoints,
	&lapsed,
	&performers_module,
	&schedules_module,
	&brands_module,
	NULL,
};
