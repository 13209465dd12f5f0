/* team: the routes by which owners manage the users of their organization and the links of doors.
 */
#ifndef TG_DASHBOARD_TEAM_H
#define TG_DASHBOARD_TEAM_H

#include "common/api/module.h"

extern const struct module team_module;

#endif
