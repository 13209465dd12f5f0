/* modules: what webhooks.fcgi is made of: webhooks and their deliveries. */
#include "fcgi/webhooks/modules.h"

#include "common/access/epoch.h"
#include "common/ticketing/webhook_endpoint.h"
#include "fcgi/webhooks/webhooks.h"

static const struct module endpoints = {.statements = endpoint_statements};
static const struct module epochs = {.statements = epoch_reader_statements};

const struct module *const webhooks_modules[] = {
	&webhooks_module,
	&deliveries_module,
	&replay_module,
	&test_delivery_module,
	&endpoints,
	&epochs,
	NULL,
};
