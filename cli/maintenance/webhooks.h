/* webhooks: what waits to be sent, and the end of what is kept of them. */
#ifndef TG_CLI_MAINTENANCE_WEBHOOKS_H
#define TG_CLI_MAINTENANCE_WEBHOOKS_H

#include "cli/core/cli.h"

struct webhook_state {
	struct rows backlog, pending, oldest, endpoints, senders;
	/* due: when the oldest delivery is, 0: none; waiting: notices and deliveries, as many as
	 * there are */
	int64_t now, due, waiting;
	/* nobody has sent lately; something has been due for longer than it should */
	bool nobody, late;
};
/* Rows in c->arena. */
NODISCARD enum err webhook_state_read(struct cli *c, struct webhook_state *s);

/* History, notices and deleted endpoints that are older than they are kept, in small transactions;
 * `total` rows. */
NODISCARD enum err webhook_history_purge(struct cli *c, int64_t *total);

#endif
