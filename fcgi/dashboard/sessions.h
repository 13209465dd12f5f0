/* sessions: the routes that sign users in and out of the dashboard. */
#ifndef TG_DASHBOARD_SESSIONS_H
#define TG_DASHBOARD_SESSIONS_H

#include "common/api/module.h"

extern const struct module sessions_module;

#endif
