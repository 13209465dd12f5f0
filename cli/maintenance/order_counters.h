/* order_counters: advances the stored order counts that lists report as their total. */
#ifndef TG_CLI_MAINTENANCE_ORDER_COUNTERS_H
#define TG_CLI_MAINTENANCE_ORDER_COUNTERS_H

#include "cli/core/cli.h"

/* Counts the orders created until `until` (Unix ms) that are not counted yet, for every
 * organization and event; sql/003_orders.sql defines the rules. *counted gets their number. Runs
 * its own transactions; after an error the next run continues where this one stopped. */
NODISCARD enum err order_counters_fold(struct cli *c, int64_t until, int64_t *counted);

#endif
