/* each_org: runs a job for each organization in turn, so that neither the failure nor the amount of
 * one stops the others. */
#ifndef TG_CLI_MAINTENANCE_EACH_ORG_H
#define TG_CLI_MAINTENANCE_EACH_ORG_H

#include "cli/core/cli.h"

#define JOB_SETTLED_MS 60000 /* the last minute is left to the next run */

/* A run of a job, which is done in turns: after a turn it is the other jobs' turn. */
struct job_run {
	int64_t now; /* Unix ms, when the run began */
	int64_t total; /* what it has done so far, in the job's own measure */
	bool more; /* set by a turn that has left something to do */
	unsigned turns; /* before this one */
	struct rows orgs; /* each_org(): the organizations, and which of them are done */
	bool *done;
	void *state; /* what the job itself keeps between turns */
};
/* One turn of a job: a share of bounded size, of each organization where the job is about them. */
typedef enum err job_turn(struct cli *c, struct job_run *run);
/* Runs one turn. */
NODISCARD enum err job_take_turn(struct cli *c, job_turn *turn, struct job_run *run);
/* Runs turns until nothing is left. */
NODISCARD enum err job_finish(struct cli *c, job_turn *turn, struct job_run *run);
/* The share of an organization in this turn, of at most `most`: in the first turn an eighth of it,
 * then twice as much in each. What is done in one turn waits for little of the others'. A share is
 * counted in what its work takes, such as rows, not in things of which one may have many. */
int64_t job_share(const struct job_run *run, int64_t most);

/* One organization's share of a turn. `orgs` keeps what it stores in the row for the next turn.
 * *more: there is something left for one. */
typedef enum err org_step(struct cli *c, struct rows *orgs, size_t row, void *ctx, bool *more);
struct org_job {
	const char *doing; /* for messages, such as "counting the orders of" */
	const struct statement *orgs; /* the organizations: id, slug and what the step needs */
	org_step *step;
	void *ctx;
};

/* One turn of a job: runs the step once for each organization that has something left. The failure
 * of one is reported on standard error and noted in c->partial, and its turns end. Returns an error
 * only when the organizations cannot be read, or the database is not available any more. */
NODISCARD enum err each_org(struct cli *c, const struct org_job *job, struct job_run *run);

/* Sets *bound to the largest id of the time `until` (Unix ms), or to a smaller one above which
 * transactions are still open (common/access/epoch.h): everything up to it is committed. */
NODISCARD enum err org_settled(struct cli *c, struct uuid org, int64_t until, struct uuid *bound);

#endif
