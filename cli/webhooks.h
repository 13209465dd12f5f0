/* webhooks: the end of what is kept of them. */
#ifndef TG_CLI_WEBHOOKS_H
#define TG_CLI_WEBHOOKS_H

#include "cli.h"

/* History, notices and deleted endpoints that are older than they are kept, in small transactions; `total` rows. */
MUST enum err webhooks_purge(struct cli *c, int64_t *total);

#endif
