/* each_org: runs a job for each organization, so that the failure of one stops no other. */
#ifndef TG_CLI_MAINTENANCE_EACH_ORG_H
#define TG_CLI_MAINTENANCE_EACH_ORG_H

#include "cli/core/cli.h"

struct org_job {
	const char *doing; /* for messages, such as "counting the orders of" */
	const struct statement *orgs; /* the organizations: id, slug and what the step needs */
	enum err (*step)(struct cli *c, const struct rows *orgs, size_t row, void *ctx);
	void *ctx;
};

/* Runs the step for each organization. The failure of one is reported on standard error and noted
 * in c->partial. Returns an error only when the organizations cannot be read, or the database is
 * not available any more. */
NODISCARD enum err each_org(struct cli *c, const struct org_job *job);

/* Sets *bound to the largest id of the time `until` (Unix ms), or to a smaller one above which
 * transactions are still open (common/access/epoch.h): everything up to it is committed. */
NODISCARD enum err org_settled(struct cli *c, struct uuid org, int64_t until, struct uuid *bound);

#endif
