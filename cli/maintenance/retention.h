/* retention: deletes what visitors and ended holds leave behind, after hold_history_days. */
#ifndef TG_CLI_MAINTENANCE_RETENTION_H
#define TG_CLI_MAINTENANCE_RETENTION_H

#include "cli/maintenance/each_org.h"

/* Deletes ended holds, their old movements in the ledger, whose sum per ticket type is carried
 * forward, and visitors' entries of the audit log; in small transactions. The totals are the
 * numbers of rows deleted. */
NODISCARD enum err retention_turn(struct cli *c, struct job_run *run);
NODISCARD enum err retention_visitors_turn(struct cli *c, struct job_run *run);

#endif
