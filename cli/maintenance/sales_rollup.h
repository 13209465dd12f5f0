/* sales_rollup: sales by the quarter of an hour, counted from the orders and refunds. */
#ifndef TG_CLI_MAINTENANCE_SALES_ROLLUP_H
#define TG_CLI_MAINTENANCE_SALES_ROLLUP_H

#include "cli/core/cli.h"

/* Counts what every organization sold and gave back up to `until`, which must be so long ago that
 * no transaction is open that began to make an order or a refund before. */
NODISCARD enum err sales_rollup_fold(struct cli *c, int64_t until, int64_t *counted);
/* Nothing of one organization is counted yet: after orders were added that are older than what was.
 */
NODISCARD enum err sales_rollup_purge(struct cli *c, struct uuid org);

#endif
