/* order_counters: advances the stored order counts that lists report as their total. */
#ifndef TG_CLI_MAINTENANCE_ORDER_COUNTERS_H
#define TG_CLI_MAINTENANCE_ORDER_COUNTERS_H

#include "cli/maintenance/each_org.h"

/* Counts the orders that are older than JOB_SETTLED_MS and not counted yet, for every organization
 * and event; sql/003_orders.sql defines the rules. The total is their number. Runs its own
 * transactions; after an error the next run continues where this one stopped. */
NODISCARD enum err order_counters_turn(struct cli *c, struct job_run *run);

#endif
