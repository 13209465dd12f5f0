/* main: events.fcgi, which serves events, performers, schedules and brands. */
#include "common/ticketing/inventory.h"
#include "common/ticketing/outbox.h"
#include "common/api/server.h"
#include "fcgi/events/events.h"
#include "common/ticketing/webhook_endpoint.h"
#include "common/ticketing/expired_holds.h"

int main(int argc, char **argv)
{
	static const struct module endpoints = {.statements = endpoint_statements},
				   lapsed = {.statements = expired_holds_statements};
	static const struct module *const modules[] = {
		&events_module,
		&inventory_announce_module,
		&outbox_module,
		&event_rules_module,
		&event_lists_module,
		&endpoints,
		&lapsed,
		&performers_module,
		&schedules_module,
		&brands_module,
		NULL,
	};
	return server_main(argc, argv, "events", modules);
}
