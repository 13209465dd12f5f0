/* audit_log: who did what, from where. */
#ifndef TG_DASHBOARD_AUDIT_LOG_H
#define TG_DASHBOARD_AUDIT_LOG_H

#include "common/api/module.h"

extern const struct module audit_log_module;

#endif
