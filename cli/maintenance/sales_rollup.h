/* sales_rollup: aggregates orders and refunds into sales per quarter of an hour. */
#ifndef TG_CLI_MAINTENANCE_SALES_ROLLUP_H
#define TG_CLI_MAINTENANCE_SALES_ROLLUP_H

#include "cli/maintenance/each_org.h"

/* Aggregates every organization's orders and refunds that are older than JOB_SETTLED_MS, as far as
 * no open transaction can still insert one. The total is the number of rows written. Runs its own
 * transactions. */
NODISCARD enum err sales_rollup_turn(struct cli *c, struct job_run *run);
/* Deletes an organization's aggregates so that the next run counts from the start; needed after
 * orders older than the marks were inserted. */
NODISCARD enum err sales_rollup_purge(struct cli *c, struct uuid org);

#endif
