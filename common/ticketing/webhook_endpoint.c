/* webhook_endpoint: the webhook endpoints behind the callbackUrl of API keys and events, and the
 * secrets of all endpoints. */
#include "common/ticketing/webhook_endpoint.h"

#include "common/ticketing/org_limit.h"
#include "common/ticketing/webhook_event.h"

#include <assert.h>
#include <string.h>

static const struct statement endpoint_find = {
	"endpoint_of_source",
	"SELECT w.id,"
	" EXISTS (SELECT 1 FROM webhook_secrets s"
	" WHERE s.endpoint_id = w.id AND s.expires_at IS NULL) AS signs"
	" FROM webhook_endpoints w"
	" WHERE w.source_id = :source AND w.org_id = :org"
	" FOR UPDATE",
	SQL_READ,
};
static const struct statement endpoint_insert = {
	"endpoint_insert",
	"INSERT INTO webhook_endpoints (id, org_id, kind, source_id, url, events,"
	" created_at, updated_at)"
	" VALUES (:id, :org, :kind, :source, :url, :events, :now, :now)",
	SQL_WRITE,
};
static const struct statement insert_tally = {"endpoint_tally",
	"INSERT INTO webhook_tallies (endpoint_id, org_id)"
	" VALUES (:id, :org)",
	SQL_WRITE};
static const struct statement insert_secret = {
	"endpoint_secret",
	"INSERT INTO webhook_secrets (endpoint_id, id, org_id, sealed, created_at)"
	" VALUES (:id, :secretId, :org, :sealed, :now)",
	SQL_WRITE,
};
static const struct statement redirect = {
	"endpoint_redirect",
	"UPDATE webhook_endpoints"
	" SET url = :url, status = 'ACTIVE', disabled_reason = NULL, disabled_at = NULL,"
	" consecutive_failures = 0, not_before = NULL,"
	" version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE,
};
static const struct statement pass = {
	"endpoint_pass",
	"UPDATE webhook_endpoints"
	" SET source_id = :heir, version = version + 1, updated_at = :now"
	" WHERE source_id = :source AND org_id = :org",
	SQL_WRITE,
};
static const struct statement end = {"endpoint_end",
	"UPDATE webhook_endpoints"
	" SET deleted_at = :now, source_id = NULL"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE};
static const struct statement forget = {"endpoint_forget",
	"DELETE"
	" FROM webhook_secrets"
	" WHERE endpoint_id = :id AND org_id = :org",
	SQL_WRITE};
const struct statement *const endpoint_statements[] = {
	&endpoint_find,
	&endpoint_insert,
	&insert_tally,
	&insert_secret,
	&redirect,
	&pass,
	&end,
	&forget,
	&counter_add,
	NULL,
};

struct endpoint endpoint_for_source(struct req *r, const char *kind, struct uuid source)
{
	struct params p;
	req_params(r, &p, NULL);
	return (struct endpoint){.conf = r->app->conf,
		.db = r->db,
		.arena = r->arena,
		.org = params_get(&p, "org").id,
		.now = r->now,
		.kind = kind,
		.source = source};
}

static struct params params_of(const struct endpoint *e)
{
	struct params p;
	params_init(&p, e->arena);
	params_set(&p, "org", val_uuid(e->org));
	params_set(&p, "now", val_time(e->now));
	params_set(&p, "kind", val_text(e->kind));
	params_set(&p, "counter", val_text(arena_printf(e->arena, ENDPOINT_COUNTER "%s", e->kind)));
	params_set(&p, "source", val_uuid(e->source));
	return p;
}

enum err endpoint_add_secret(
	const struct endpoint *e, struct uuid endpoint, char out[SECRET_TEXT + 1])
{
	struct params p = params_of(e);
	struct uuid id = uuid_make();
	uint8_t *sealed = arena_alloc(e->arena, SECRET_TEXT + SEAL_OVERHEAD);
	secret_make(out);
	seal(e->conf->secrets_key, (struct span){id.b, sizeof id.b},
		(struct span){out, SECRET_TEXT}, sealed);
	params_set(&p, "id", val_uuid(endpoint));
	params_set(&p, "secretId", val_uuid(id));
	params_set(&p, "sealed", val_bytes(sealed, SECRET_TEXT + SEAL_OVERHEAD));
	return sql_run(e->db, e->arena, &insert_secret, &p, NULL);
}

/* Creates an endpoint. The counter is updated last, because all writers of an organization share
 * its row. */
static enum err make(struct endpoint *e, struct params *p)
{
	struct uuid id = uuid_make();
	params_set(p, "id", val_uuid(id));
	params_set(p, "by", val_int(1));
	const char *events = NULL; /* all of them */
	for (const char *const *name = webhook_event_names; *name; name++)
		events = arena_list(e->arena, events, ",", *name);
	params_set(p, "events", val_text(events));
	enum err err = sql_run(e->db, e->arena, &endpoint_insert, p, NULL);
	if (!err)
		err = sql_run(e->db, e->arena, &insert_tally, p, NULL);
	if (!err)
		err = endpoint_add_secret(e, id, e->secret);
	if (err)
		return err;
	return sql_run(e->db, e->arena, &counter_add, p, NULL);
}

/* Deletes an endpoint: the row is kept for its history, without source and secrets. */
static enum err endpoint_finish(struct endpoint *e, struct params *p)
{
	params_set(p, "by", val_int(-1));
	enum err err = sql_run(e->db, e->arena, &end, p, NULL);
	if (!err)
		err = sql_run(e->db, e->arena, &forget, p, NULL);
	if (err)
		return err;
	return sql_run(e->db, e->arena, &counter_add, p, NULL);
}

enum err endpoint_set_url(struct endpoint *e, const char *url)
{
	struct params p = params_of(e);
	struct rows row;
	assert(db_in_transaction(e->db));
	e->secret[0] = 0;
	params_set(&p, "url", val_text(url));
	enum err err = sql_run(e->db, e->arena, &endpoint_find, &p, &row);
	if (err || (row.n == 0 && !url))
		return err;
	if (row.n == 0)
		return make(e, &p);
	struct val id = rows_get(&row, 0, "id");
	params_set(&p, "id", id);
	if (!url)
		return endpoint_finish(e, &p);
	err = sql_run(e->db, e->arena, &redirect, &p, NULL);
	if (err || rows_int(&row, 0, "signs"))
		return err;
	return endpoint_add_secret(e, id.id, e->secret);
}

enum err endpoint_transfer(struct endpoint *e, struct uuid successor)
{
	struct params p = params_of(e);
	params_set(&p, "heir", val_uuid(successor));
	return sql_run(e->db, e->arena, &pass, &p, NULL);
}
