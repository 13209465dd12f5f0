/* sales_stats: what an event, or the whole organization, sold day by day. */
#ifndef TG_DASHBOARD_SALES_STATS_H
#define TG_DASHBOARD_SALES_STATS_H

#include "common/api/module.h"

extern const struct module sales_stats_module;

#endif
