/* each_org: runs a job for each organization, so that the failure of one stops no other. */
#include "cli/maintenance/each_org.h"

#include "common/access/epoch.h"

#include <sys/param.h>

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

enum err each_org(struct cli *c, const struct org_job *job)
{
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, job->orgs, NULL, &r);

	for (size_t i = 0; err == OK && i < r.n; i++) {
		err = job->step(c, &r, i, job->ctx);
		if (err == OK || err == ERR_LOST || err == ERR_UNAVAILABLE)
			continue;
		progress(NULL);
		reject_db(c, err,
			arena_printf(c->arena, "%s organization %s", job->doing,
				rows_text(&r, i, "slug")));
		c->partial = true;
		err = OK;
	}
	return err;
}
