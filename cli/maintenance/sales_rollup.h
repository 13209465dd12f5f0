/* sales_rollup: aggregates orders and refunds into sales per quarter of an hour. */
#ifndef TG_CLI_MAINTENANCE_SALES_ROLLUP_H
#define TG_CLI_MAINTENANCE_SALES_ROLLUP_H

#include "cli/core/cli.h"

/* Aggregates every organization's orders and refunds up to `until` (Unix ms), or as far as no open
 * transaction can still insert one. *counted
 * gets the number of rows written. Runs its own transactions. */
NODISCARD enum err sales_rollup_fold(struct cli *c, int64_t until, int64_t *counted);
/* Deletes an organization's aggregates so that the next fold counts from the start; needed after
 * orders older than the marks were inserted. */
NODISCARD enum err sales_rollup_purge(struct cli *c, struct uuid org);

#endif
