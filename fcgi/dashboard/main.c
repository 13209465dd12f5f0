/* main: dashboard.fcgi: what only signed-in users have. */
#include "common/api/server.h"
#include "fcgi/keys/api_keys.h"
#include "fcgi/dashboard/audit_log.h"
#include "common/ticketing/webhook_endpoint.h"
#include "common/ticketing/api_key_store.h"
#include "common/ticketing/expired_holds.h"
#include "fcgi/dashboard/sessions.h"
#include "fcgi/dashboard/sales_stats.h"

int main(int argc, char **argv)
{
	static const struct module keyring = {.statements = keyring_statements},
				   endpoint = {.statements = endpoint_statements},
				   lapsed = {.statements = lapsed_statements};
	static const struct module *const modules[] = {
		&sessions_module,
		&apikeys_module,
		&keyring,
		&endpoint,
		&lapsed,
		&audits_module,
		&stats_module,
		NULL,
	};
	return serve_main(argc, argv, "dashboard", modules);
}
