/* audit: the rows of the audit log. */
#include "common/access/audit.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"

#include <assert.h>

#define SETTLE_TRIES 20
#define SETTLE_PAUSE_MS 100

const struct statement audit_insert = {
	"audit_insert",
	"INSERT INTO audit (id, org_id, at, actor_type, actor_id, actor_name, action,"
	" resource_id, address, request_id)"
	" SELECT :auditId, :org, :now, :actorType, :actorId, :actorName, :action,"
	" :resource, :address, :requestId"
	" FROM " EPOCH_LOCKED " e"
	" WHERE e.mark <= :auditId",
	SQL_WRITE | SQL_GUARDED,
};
const struct statement audit_insert_held = {
	"audit_insert_held",
	"INSERT INTO audit (id, org_id, at, actor_type, actor_id, actor_name, action,"
	" resource_id, address, request_id)"
	" VALUES (:auditId, :org, :now, :actorType, :actorId, :actorName, :action,"
	" :resource, :address, :requestId)",
	SQL_WRITE,
};
const struct statement audit_find = {
	"audit_find",
	"SELECT 1 AS there"
	" FROM audit"
	" WHERE org_id = :org AND id = :auditId",
	SQL_READ,
};

void audit_params(struct params *p, struct arena *a, const struct audit_row *row)
{
	assert(row->actor_type && row->actor_name && row->action);
	params_init(p, a);
	params_set(p, "auditId", val_uuid(row->id));
	params_set(p, "org", val_uuid(row->org));
	params_set(p, "now", val_time(row->at));
	params_set(p, "actorType", val_text(row->actor_type));
	params_set(p, "actorId", row->actor_id);
	params_set(p, "actorName", val_text(row->actor_name));
	params_set(p, "action", val_text(row->action));
	params_set(p, "resource", row->resource);
	params_set(p, "address", val_text(row->address));
	params_set(p, "requestId", val_text(row->request_id));
}

enum err audit_write(struct db *db, struct arena *a, struct audit_row *row)
{
	struct params p;

	params_init(&p, a);
	params_set(&p, "org", val_uuid(row->org));
	enum err err = epoch_hold(db, a, &p);
	if (err)
		return err;
	row->id = uuid_make();
	audit_params(&p, a, row);
	return sql_run(db, a, &audit_insert, &p, NULL);
}

enum err audit_settle(struct db *db, struct arena *a, const struct params *p)
{
	struct rows rows;

	for (int attempt = 0; attempt < SETTLE_TRIES; attempt++) {
		enum err err = sql_run(db, a, &audit_find, p, &rows);

		if (err == OK && rows.n > 0)
			return OK;
		/* the COMMIT may still be on its way to the server */
		if (err == OK && attempt > 2)
			return ERR_RETRY;
		clock_pause_ms(SETTLE_PAUSE_MS);
	}
	return ERR_LOST;
}
