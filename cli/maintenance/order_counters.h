/* order_counters: the counts of orders that lists show as their total, moved forward. */
#ifndef TG_CLI_MAINTENANCE_ORDER_COUNTERS_H
#define TG_CLI_MAINTENANCE_ORDER_COUNTERS_H

#include "cli/core/cli.h"

/* Counts the orders made until `until` (ms) that are not counted yet, of every organization and
 * event (sql/003_orders.sql says by what rules). `counted` gets how many there were. */
NODISCARD enum err order_counters_fold(struct cli *c, int64_t until, int64_t *counted);

#endif
