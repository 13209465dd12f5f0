/* sales_stats: the route that returns sales by day and ticket type. */
#ifndef TG_DASHBOARD_SALES_STATS_H
#define TG_DASHBOARD_SALES_STATS_H

#include "common/api/module.h"

extern const struct module sales_stats_module;

#endif
