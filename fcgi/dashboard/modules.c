/* modules: what dashboard.fcgi is made of: sign-in, the team, the audit log and sales
 * statistics. */
#include "fcgi/dashboard/modules.h"

#include "common/access/epoch.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/mail_queue.h"
#include "fcgi/dashboard/audit_log.h"
#include "fcgi/dashboard/sales_stats.h"
#include "fcgi/dashboard/session_start.h"
#include "fcgi/dashboard/sessions.h"
#include "fcgi/dashboard/sign_in_by_code.h"
#include "fcgi/dashboard/team.h"
#include "fcgi/dashboard/timezones.h"
#include "fcgi/dashboard/user_codes.h"

static const struct module expired_holds = {.statements = expired_holds_statements};
static const struct module epochs = {.statements = epoch_reader_statements};

const struct module *const dashboard_modules[] = {
	&sessions_module,
	&session_start_module,
	&sign_in_by_code_module,
	&team_module,
	&user_codes_module,
	&mail_user_module,
	&expired_holds,
	&audit_log_module,
	&sales_stats_module,
	&epochs,
	&timezones_module,
	NULL,
};
