/* audit_log: the route that lists the audit log. */
#ifndef TG_DASHBOARD_AUDIT_LOG_H
#define TG_DASHBOARD_AUDIT_LOG_H

#include "common/api/module.h"

extern const struct module audit_log_module;

#endif
