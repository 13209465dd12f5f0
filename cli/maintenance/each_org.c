/* each_org: runs a job for each organization in turn, so that neither the failure nor the amount of
 * one stops the others. */
#include "cli/maintenance/each_org.h"

#include "common/access/epoch.h"

#include <sys/param.h>

#define FIRST_SHARE 3 /* the first share is so many times halved */

static const struct statement org_epochs = {
	"cli_org_epochs",
	EPOCH_STATE("SELECT a.id"
		    " FROM audit a FORCE INDEX (PRIMARY)"
		    " WHERE a.org_id = :org"
		    " ORDER BY a.id DESC"
		    " LIMIT 1"),
	SQL_READ,
};

enum err org_settled(struct cli *c, struct uuid org, int64_t until, struct uuid *bound)
{
	struct params p;
	struct uuid mark;
	enum err err = db_ready(c->db);

	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(org));
	if (err == OK)
		err = epoch_mark(c->db, c->arena, &p, &org_epochs, &mark);
	if (err == OK)
		*bound = uuid_of_time(MIN(until, uuid_time(&mark) - 1), true);
	return err;
}

static const struct statement suspended_orgs = {
	"cli_suspended_orgs",
	"SELECT org_id AS id"
	" FROM write_epochs"
	" WHERE mark = " EPOCH_SUSPENDED,
	SQL_READ | SQL_GLOBAL,
};

/* Organizations that are suspended have their turn when they are resumed: some are incomplete. */
static enum err read_orgs(struct cli *c, const struct org_job *job, struct job_run *run)
{
	struct rows suspended;
	enum err err = sql_run(c->db, c->arena, job->orgs, NULL, &run->orgs);

	if (err == OK)
		err = sql_run(c->db, c->arena, &suspended_orgs, NULL, &suspended);
	if (err != OK)
		return err;
	run->done = arena_array(c->arena, run->orgs.n + 1, sizeof *run->done);
	for (size_t i = 0; i < run->orgs.n; i++)
		for (size_t k = 0; k < suspended.n && !run->done[i]; k++)
			run->done[i] = val_equal(
				rows_get(&run->orgs, i, "id"), rows_get(&suspended, k, "id"));
	return OK;
}

enum err each_org(struct cli *c, const struct org_job *job, struct job_run *run)
{
	enum err err = run->done ? OK : read_orgs(c, job, run);

	run->more = false;
	for (size_t i = 0; err == OK && i < run->orgs.n; i++) {
		bool more = false;

		if (run->done[i])
			continue;
		err = job->step(c, &run->orgs, i, job->ctx, &more);
		run->done[i] = err != OK || !more;
		run->more |= !run->done[i];
		if (err == OK || err == ERR_LOST || err == ERR_UNAVAILABLE)
			continue;
		progress(NULL);
		reject_db(c, err,
			arena_printf(c->arena, "%s organization %s", job->doing,
				rows_text(&run->orgs, i, "slug")));
		c->partial = true;
		err = OK;
	}
	return err;
}

enum err job_take_turn(struct cli *c, job_turn *turn, struct job_run *run)
{
	enum err err = turn(c, run);

	run->turns++;
	return err;
}

enum err job_finish(struct cli *c, job_turn *turn, struct job_run *run)
{
	enum err err;

	do
		err = job_take_turn(c, turn, run);
	while (err == OK && run->more);
	return err;
}

int64_t job_share(const struct job_run *run, int64_t most)
{
	return most >> (FIRST_SHARE - MIN(run->turns, FIRST_SHARE));
}
