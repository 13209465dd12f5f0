/* webhooks: the state of webhook sending, and the purge of its history. */
#ifndef TG_CLI_MAINTENANCE_WEBHOOKS_H
#define TG_CLI_MAINTENANCE_WEBHOOKS_H

#include "cli/maintenance/each_org.h"

struct webhook_state {
	/* backlog: events not fanned out yet; pending: deliveries; endpoints: those that fail or
	 * are disabled, 100 at most; senders: latest first. */
	struct rows backlog, pending, oldest, endpoints, senders;
	/* now and due in Unix ms; due: of the oldest delivery, 0: none; waiting: number of queued
	 * events and deliveries */
	int64_t now, due, waiting;
	/* nobody: no sender was seen in the last 2 minutes; late: something is overdue by more than
	 * that */
	bool nobody, late;
};
/* Reads the state; rows live in c->arena. */
NODISCARD enum err webhook_state_read(struct cli *c, struct webhook_state *s);

#define WEBHOOK_HISTORY_MS (INT64_C(30) * 24 * 3600 * 1000) /* retention, see below */

/* Deletes deliveries, attempts and events past their retention (30 days) and what is left of
 * deleted endpoints, in small transactions. The total is the number of rows deleted. */
NODISCARD enum err webhook_history_turn(struct cli *c, struct job_run *run);

#endif
