/* main: dashboard.fcgi, which serves sign-in, the audit log and sales statistics. */
#include "common/access/epoch.h"
#include "common/api/server.h"
#include "common/ticketing/expired_holds.h"
#include "fcgi/dashboard/audit_log.h"
#include "fcgi/dashboard/sales_stats.h"
#include "fcgi/dashboard/sessions.h"
#include "fcgi/dashboard/timezones.h"

int main(int argc, char **argv)
{
	static const struct module expired_holds = {.statements = expired_holds_statements};
	static const struct module epochs = {.statements = epoch_reader_statements};
	static const struct module *const modules[] = {
		&sessions_module,
		&expired_holds,
		&audit_log_module,
		&sales_stats_module,
		&epochs,
		&timezones_module,
		NULL,
	};
	return server_main(argc, argv, "dashboard", modules);
}
