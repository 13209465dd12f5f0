/* main_dashboard: dashboard.fcgi: what only signed-in users have. */
#include "fcgi/apikeys.h"
#include "fcgi/audits.h"
#include "fcgi/endpoint.h"
#include "fcgi/keyring.h"
#include "fcgi/lapsed.h"
#include "fcgi/sessions.h"
#include "fcgi/stats.h"

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
