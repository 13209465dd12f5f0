/* webhooks: verifies webhook endpoints, their counters, secrets and deliveries, and the outbox
 * backlog. */
#include "cli/verify/mismatch.h"

#include "common/crypto/seal.h"

#include <string.h>
#include <sys/param.h>

#define HOUR INT64_C(3600000)
#define VERIFY_WEBHOOK_OF(table) " (:org IS NULL OR " table ".org_id = :org)"
#define KINDS "'endpoints:WEBHOOK', 'endpoints:KEY', 'endpoints:EVENT'"

static const struct statement counters_wrong = {
	"verify_endpoint_counters",
	"SELECT c.org_id AS id, c.name, CAST(SUM(c.`stored`) AS SIGNED) AS `stored`,"
	" CAST(SUM(c.computed) AS SIGNED) AS computed"
	" FROM ("
	"SELECT org_id, name, n AS `stored`, 0 AS computed"
	" FROM counters"
	" WHERE name IN (" KINDS ")"
	" UNION ALL"
	" SELECT org_id, CONCAT('endpoints:', kind), 0, COUNT(*)"
	" FROM webhook_endpoints"
	" WHERE deleted_at IS NULL"
	" GROUP BY org_id, kind"
	") c WHERE" VERIFY_WEBHOOK_OF(
		"c") " GROUP BY c.org_id, c.name HAVING SUM(c.`stored`) <> SUM(c.computed)",
	SQL_READ,
};
#define STORED(status, column)                                                        \
	"SELECT org_id, endpoint_id, '" status "' AS status, " column " AS `stored`," \
	" 0 AS computed FROM webhook_tallies"                                         \
	" UNION ALL "
static const struct statement tallies_wrong = {
	"verify_webhook_tallies",
	"SELECT t.endpoint_id AS id, t.status, CAST(SUM(t.`stored`) AS SIGNED) AS `stored`,"
	" CAST(SUM(t.computed) AS SIGNED) AS computed"
	" FROM (" STORED("PENDING", "pending") STORED("DELIVERED", "delivered")
		STORED("FAILED", "failed") STORED("CANCELLED",
			"cancelled") "SELECT MIN(org_id), endpoint_id, status, 0, COUNT(*)"
				     " FROM webhook_deliveries"
				     " GROUP BY endpoint_id, status"
				     ") t WHERE" VERIFY_WEBHOOK_OF(
					     "t") " GROUP BY t.endpoint_id, t.status HAVING "
						  "SUM(t.`stored`) <> SUM(t.computed)",
	SQL_READ,
};
static const struct statement verify_webhook_secrets = {
	"verify_webhook_secrets",
	"SELECT w.id, s.id AS secret, s.sealed"
	" FROM webhook_endpoints w"
	" LEFT"
	" JOIN webhook_secrets s ON s.endpoint_id = w.id AND s.expires_at IS NULL"
	" WHERE w.deleted_at IS NULL AND w.status = 'ACTIVE' AND" VERIFY_WEBHOOK_OF("w"),
	SQL_READ,
};
static const struct statement stuck = {
	"verify_deliveries_stuck",
	"SELECT d.id"
	" FROM webhook_endpoints w"
	" STRAIGHT_JOIN webhook_deliveries d FORCE INDEX (delivery_status) ON d.endpoint_id = w.id"
	" AND d.status = 'PENDING'"
	" WHERE d.due_at IS NULL AND" VERIFY_WEBHOOK_OF("w"),
	SQL_READ,
};
static const struct statement unclaimed = {
	"verify_outbox_pending",
	"SELECT o.org_id AS id, COUNT(*) AS n"
	" FROM outbox o FORCE INDEX (outbox_pending)"
	" WHERE o.pending = 1 AND o.id < :until AND" VERIFY_WEBHOOK_OF(
		"o") " AND EXISTS (SELECT 1 FROM webhook_endpoints w"
		     " WHERE w.org_id = o.org_id AND w.deleted_at IS NULL"
		     " AND w.created_at <= o.created_at)"
		     " GROUP BY o.org_id",
	SQL_READ,
};

static enum err read_counter(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	const char *what =
		arena_printf(v->c->arena, "%s of organization", rows_text(row, 0, "name"));
	mismatch_int(v, ENDPOINT_COUNTER, row_of(what, rows_get(row, 0, "id").id),
		rows_int(row, 0, "stored"), rows_int(row, 0, "computed"));
	return OK;
}

static enum err read_tally(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	const char *what =
		arena_printf(v->c->arena, "%s deliveries of webhook", rows_text(row, 0, "status"));
	mismatch_int(v, WEBHOOK_TALLY, row_of(what, rows_get(row, 0, "id").id),
		rows_int(row, 0, "stored"), rows_int(row, 0, "computed"));
	return OK;
}

static enum err read_secret(void *ctx, const struct rows *row)
{
	struct verify *v = ctx;
	uint8_t text[256];
	struct val id = rows_get(row, 0, "secret"), sealed = rows_get(row, 0, "sealed");
	bool there = id.type == VAL_UUID && sealed.type == VAL_BYTES && sealed.n <= sizeof text;
	if (!there)
		mismatch(v, WEBHOOK_SECRET, row_of("webhook", rows_get(row, 0, "id").id), "active",
			"no secret");
	else if (!unseal(v->c->conf->secrets_key, (struct span){id.id.b, sizeof id.id.b},
			 (struct span){sealed.s, sealed.n}, text))
		mismatch(v, WEBHOOK_SECRET, row_of("webhook", rows_get(row, 0, "id").id),
			"a secret", "encrypted with another key file");
	explicit_bzero(text, sizeof text);
	return OK;
}

static enum err read_stuck(void *ctx, const struct rows *row)
{
	mismatch(ctx, DELIVERY_DUE, row_of("delivery", rows_get(row, 0, "id").id), "PENDING",
		"never due");
	return OK;
}

static enum err read_unclaimed(void *ctx, const struct rows *row)
{
	mismatch_int(ctx, OUTBOX_PENDING,
		row_of("events of organization", rows_get(row, 0, "id").id), rows_int(row, 0, "n"),
		0);
	return OK;
}

enum err verify_webhooks(struct verify *v)
{
	static const struct {
		const struct statement *st;
		sql_each *each;
	} steps[] = {{&counters_wrong, read_counter}, {&tallies_wrong, read_tally},
		{&verify_webhook_secrets, read_secret}, {&stuck, read_stuck},
		{&unclaimed, read_unclaimed}};
	enum err err = OK;
	params_set(&v->p, "until", val_uuid(uuid_of_time(v->now - HOUR, false)));
	progress("Reading webhooks and their deliveries ...");
	for (size_t i = 0; i < sizeof steps / sizeof *steps && !err; i++)
		err = verify_each(v, steps[i].st, steps[i].each);
	return err;
}
