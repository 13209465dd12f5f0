/* timezones: the route that lists time zones for people to choose from. */
#ifndef TG_DASHBOARD_TIMEZONES_H
#define TG_DASHBOARD_TIMEZONES_H

#include "common/api/module.h"

extern const struct module timezones_module;

#endif
