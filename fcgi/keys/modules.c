/* modules: what keys.fcgi is made of: API keys, the account, the health check, and all paths of no
 * other program. */
#include "fcgi/keys/modules.h"

#include "common/ticketing/api_key_store.h"
#include "common/ticketing/webhook_endpoint.h"
#include "fcgi/keys/account.h"
#include "fcgi/keys/api_keys.h"
#include "fcgi/keys/health.h"

static const struct module key_read = {.statements = key_read_statements};
static const struct module key_store = {.statements = key_store_statements};
static const struct module endpoints = {.statements = endpoint_statements};

const struct module *const keys_modules[] = {
	&account_module,
	&api_keys_module,
	&health_module,
	&key_read,
	&key_store,
	&endpoints,
	NULL,
};
