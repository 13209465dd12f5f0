/* sessions: signing in to the dashboard and out of it. */
#ifndef TG_DASHBOARD_SESSIONS_H
#define TG_DASHBOARD_SESSIONS_H

#include "common/api/module.h"

extern const struct module sessions_module;

#endif
