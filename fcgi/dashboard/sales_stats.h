/* sales_stats: what an event, or the whole organization, sold day by day. */
#ifndef TG_DASHBOARD_SALES_STATS_H
#define TG_DASHBOARD_SALES_STATS_H

#include "common/api/server.h"

/* The quarter of an hour that a time is in, as sales_quarters.at has it. */
#define STATS_QUARTER(at) \
	"TIMESTAMP(DATE(" at "), MAKETIME(HOUR(" at "), MINUTE(" at ") DIV 15 * 15, 0))"
#define STATS_ALL "x'00000000000000000000000000000000'"

extern const struct module stats_module;

#endif
