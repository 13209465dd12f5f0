/* retention: deletes what visitors and ended holds leave behind, after hold_history_days. */
#ifndef TG_CLI_MAINTENANCE_RETENTION_H
#define TG_CLI_MAINTENANCE_RETENTION_H

#include "cli/core/cli.h"

/* Deletes ended holds, their old movements in the ledger, whose sum per ticket type is carried
 * forward, and visitors' entries of the audit log; in small transactions. *total gets the number of
 * rows deleted. */
NODISCARD enum err retention_purge(struct cli *c, int64_t *total);

#endif
