/* org_limit: limits the rows of an organization, whoever creates them. */
#include "common/ticketing/org_limit.h"

#include <assert.h>

const struct statement counter_add = {
	"counter_add",
	"INSERT INTO counters (org_id, name, n)"
	" VALUES (:org, :counter, :by)"
	" ON DUPLICATE KEY UPDATE n = n +"
	" VALUES(n)",
	SQL_WRITE,
};

enum err org_limit_check(const struct org_limit *l, bool *over)
{
	struct params p;
	struct rows r;

	assert(db_in_transaction(l->db) && l->max > 0);
	params_init(&p, l->arena);
	params_set(&p, "org", val_uuid(l->org));
	params_set(&p, "now", val_time(l->now));
	params_set(&p, "counter", val_text(l->counter));
	params_set(&p, "by", val_int(1));
	enum err err = sql_run(l->db, l->arena, &counter_add, &p, NULL);
	if (!err)
		err = sql_run(l->db, l->arena, l->rows, &p, &r);
	*over = !err && rows_int(&r, 0, "n") > l->max;
	return err;
}
