/* transaction: retried transactions, audit rows and lookups shared by the commands. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/db/transact.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define TRANSACT_TRIES 5 /* attempts of a transaction */
#define SETTLE_TRIES 8 /* attempts to find out whether it was committed */
#define SETTLE_PAUSE_NS 250000000 /* before each of these */

static const struct statement org_by_slug = {"cli_org_by_slug",
	"SELECT id"
	" FROM organizations"
	" WHERE slug = :slug",
	SQL_READ | SQL_GLOBAL};

/* The context of cli_try(). */
struct cli_call {
	struct cli *c;
	transaction *fn;
	void *ctx;
};

static enum err cli_try(void *ctx)
{
	const struct cli_call *call = ctx;

	call->c->audited.action = NULL;
	return call->fn(call->c, call->ctx);
}

enum err transact(struct cli *c, transaction *fn, void *ctx)
{
	struct cli_call call = {c, fn, ctx};
	struct params p;
	enum err err;
	int tries = 0;

	do {
		err = db_transact(c->db, TRANSACT_TRIES, cli_try, &call);
		if (err != ERR_LOST)
			return err;
		if (!c->audited.action)
			return ERR_LOST;
		audit_params(&p, c->arena, &c->audited);
		err = audit_settle(c->db, c->arena, &p);
	} while (err == ERR_RETRY && ++tries < TRANSACT_TRIES);
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
	c->audited = (struct audit_row){
		.org = org,
		.at = clock_now(),
		.actor_type = "admin",
		.actor_id = val_null(),
		.actor_name = arena_strdup(c->arena, actor_name()),
		.action = action,
		.resource = val_uuid(resource),
	};
	return audit_write(c->db, c->arena, &c->audited);
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
