/* hold_release: releases the tickets of expired holds, a few of each organization in turn. */
#ifndef TG_CLI_MAINTENANCE_HOLD_RELEASE_H
#define TG_CLI_MAINTENANCE_HOLD_RELEASE_H

#include "cli/maintenance/each_org.h"

/* Ends holds that had expired when the run began. The total is their number. Holds locked by a
 * request in progress are left to the next run; those that cannot be released are reported on
 * standard error and noted in c->partial. */
NODISCARD enum err hold_release_turn(struct cli *c, struct job_run *run);
/* Frees what a run keeps between its turns. */
void hold_release_free(struct job_run *run);

#endif
