/* main: dashboard.fcgi: what only signed-in users have. */
#include "common/api/server.h"
#include "common/ticketing/expired_holds.h"
#include "fcgi/dashboard/audit_log.h"
#include "fcgi/dashboard/sales_stats.h"
#include "fcgi/dashboard/sessions.h"

int main(int argc, char **argv)
{
	static const struct module expired_holds = {.statements = lapsed_statements};
	static const struct module *const modules[] = {
		&sessions_module,
		&expired_holds,
		&audits_module,
		&stats_module,
		NULL,
	};
	return serve_main(argc, argv, "dashboard", modules);
}
