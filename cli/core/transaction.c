/* transaction: retried transactions, audit rows and lookups shared by the commands. */
#include "cli/core/cli.h"

#include "common/base/clock.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const struct statement audit_insert = {"cli_audit_insert",
	"INSERT INTO audit (id, org_id, at, actor_type, actor_name, action, resource_id)"
	" VALUES (:id, :org, :now, 'admin', :actor, :action, :resource)",
	SQL_WRITE};
static const struct statement org_by_slug = {"cli_org_by_slug",
	"SELECT id"
	" FROM organizations"
	" WHERE slug = :slug",
	SQL_READ | SQL_GLOBAL};

enum err transact(struct cli *c, transaction *fn, void *ctx)
{
	enum err err = ERR_RETRY;

	for (int i = 0; i < 5 && err == ERR_RETRY; i++) {
		if ((err = db_begin(c->db)) != OK)
			continue;
		if ((err = fn(c, ctx)) == OK)
			err = db_commit(c->db);
		else
			db_rollback(c->db);
	}
	return err;
}

const char *actor_name(void)
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw && pw->pw_name && *pw->pw_name)
		return pw->pw_name;
	return "admin";
}

enum err audit(struct cli *c, struct uuid org, const char *action, struct uuid resource)
{
	struct params p;

	params_init(&p, c->arena);
	params_set(&p, "id", val_uuid(uuid_make()));
	params_set(&p, "org", val_uuid(org));
	params_set(&p, "now", val_time(clock_now()));
	params_set(&p, "actor", val_text(arena_strdup(c->arena, actor_name())));
	params_set(&p, "action", val_text(action));
	params_set(&p, "resource", val_uuid(resource));
	return sql_run(c->db, c->arena, &audit_insert, &p, NULL);
}

enum err org_find(struct cli *c, const char *slug, struct uuid *id)
{
	struct params p;
	struct rows r = {0};
	enum err err;

	for (const char *s = slug; *s; s++) /* the column is ASCII: a comparison with other text
	                                       would fail with an error */
		if ((unsigned char)*s >= 127)
			return ERR_NOT_FOUND;
	params_init(&p, c->arena);
	params_set(&p, "slug", val_text(slug));
	if ((err = sql_run(c->db, c->arena, &org_by_slug, &p, &r)) != OK)
		return err;
	if (r.n == 0)
		return ERR_NOT_FOUND;
	*id = rows_get(&r, 0, "id").id;
	return OK;
}
