/* main: tickets.fcgi, which serves ticket types. */
#include "common/ticketing/inventory.h"
#include "common/ticketing/outbox.h"
#include "common/api/server.h"
#include "common/ticketing/expired_holds.h"
#include "fcgi/tickets/tickets.h"

int main(int argc, char **argv)
{
	static const struct module lapsed = {.statements = expired_holds_statements};
	static const struct module *const modules[] = {
		&tickets_module,
		&inventory_announce_module,
		&outbox_module,
		&lapsed,
		NULL,
	};
	return server_main(argc, argv, "tickets", modules);
}
