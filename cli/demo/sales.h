/* sales: inserts the orders for the demo's tickets that are marked as sold. */
#ifndef TG_CLI_DEMO_SALES_H
#define TG_CLI_DEMO_SALES_H

#include "cli/core/cli.h"

#define DEMO_SALES_MS (INT64_C(45) * 86400000) /* how long ago sales began */

/* Inserts orders for `sold` tickets of one type, spread over the last `span` ms (0: all now). `p`
 * must have org, event, id (of the ticket type) and now; it also gets sold and rows. Runs inside a
 * transaction. */
NODISCARD enum err demo_sell(struct cli *c, struct params *p, int64_t sold, int64_t span);

#endif
