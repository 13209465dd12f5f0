/* main: webhooks.fcgi, which serves webhooks and their deliveries. */
#include "common/access/epoch.h"
#include "common/api/server.h"
#include "common/ticketing/webhook_endpoint.h"
#include "fcgi/webhooks/webhooks.h"

int main(int argc, char **argv)
{
	static const struct module endpoints = {.statements = endpoint_statements};
	static const struct module epochs = {.statements = epoch_reader_statements};
	static const struct module *const modules[] = {
		&webhooks_module,
		&deliveries_module,
		&replay_module,
		&test_delivery_module,
		&endpoints,
		&epochs,
		NULL,
	};
	return server_main(argc, argv, "webhooks", modules);
}
