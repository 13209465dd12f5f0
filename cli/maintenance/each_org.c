/* each_org: runs a job for each organization, so that the failure of one stops no other. */
#include "cli/maintenance/each_org.h"

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
