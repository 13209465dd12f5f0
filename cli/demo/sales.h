/* sales: orders behind what the demo's ticket types have sold. */
#ifndef TG_CLI_DEMO_SALES_H
#define TG_CLI_DEMO_SALES_H

#include "cli/core/cli.h"

#define DEMO_SALES_MS (INT64_C(45) * 86400000) /* sales began so long ago */

/* Orders for `sold` tickets of one type over the last `span` ms; 0: now. In `p`: org, event, id (of
 * the type), now. In a transaction. */
NODISCARD enum err demo_sell(struct cli *c, struct params *p, int64_t sold, int64_t span);

#endif
