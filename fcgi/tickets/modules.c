/* modules: what tickets.fcgi is made of: ticket types. */
#include "fcgi/tickets/modules.h"

#include "common/ticketing/expired_holds.h"
#include "common/ticketing/inventory.h"
#include "common/ticketing/outbox.h"
#include "fcgi/tickets/tickets.h"

static const struct module lapsed = {.statements = expired_holds_statements};

const struct module *const tickets_modules[] = {
	&tickets_module,
	&inventory_announce_module,
	&outbox_module,
	&lapsed,
	NULL,
};
