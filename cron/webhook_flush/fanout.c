/* fanout: creates a delivery of each outbox event for each endpoint that subscribes to it. */
#include "cron/webhook_flush/flush.h"

#include "common/base/clock.h"

#define OUTBOX_IDS "JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(32) PATH '$')) j"
/* The endpoint subscribes to the event and existed when it happened, and has no delivery of it yet.
 */
#define WANTS                                                                           \
	"w.status = 'ACTIVE' AND w.deleted_at IS NULL AND w.created_at <= o.created_at" \
	" AND FIND_IN_SET(o.type, w.events)"                                            \
	" AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d"                           \
	" WHERE d.endpoint_id = w.id AND d.outbox_id = o.id)"

static const struct statement waiting = {
	"outbox_waiting",
	"SELECT id"
	" FROM outbox FORCE INDEX (outbox_pending)"
	" WHERE pending = 1"
	" ORDER BY id"
	" LIMIT 1",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement fanout_consume = {
	"outbox_take",
	"SELECT id"
	" FROM outbox FORCE INDEX (outbox_pending)"
	" WHERE pending = 1"
	" ORDER BY id"
	" LIMIT 256"
	" FOR UPDATE SKIP LOCKED",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement match = {
	"outbox_match",
	"SELECT o.id AS outbox, w.id AS endpoint, w.org_id AS org, o.type AS event"
	" FROM " OUTBOX_IDS " STRAIGHT_JOIN outbox o ON o.id = UNHEX(j.id)"
	" STRAIGHT_JOIN webhook_endpoints w FORCE INDEX (endpoint_kind) ON w.org_id = o.org_id"
	" AND w.deleted_at IS NULL AND w.kind IN ('WEBHOOK', 'KEY')"
	" LEFT JOIN api_keys k ON w.kind = 'KEY' AND k.id = w.source_id"
	" WHERE " WANTS " AND (w.kind = 'WEBHOOK'"
	" OR (k.id IS NOT NULL AND k.revoked_at IS NULL"
	" AND (k.expires_at IS NULL OR k.expires_at > :now)))"
	" UNION ALL "
	"SELECT o.id, w.id, w.org_id, o.type FROM " OUTBOX_IDS
	" STRAIGHT_JOIN outbox o ON o.id = UNHEX(j.id)"
	" STRAIGHT_JOIN webhook_endpoints w FORCE INDEX (endpoint_source) ON w.source_id = "
	"o.event_id"
	" AND w.kind = 'EVENT' AND w.org_id = o.org_id"
	" WHERE " WANTS " ORDER BY outbox, endpoint",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement fanout_insert = {
	"delivery_insert",
	"INSERT INTO webhook_deliveries (id, org_id, endpoint_id, outbox_id, event,"
	" due_at, created_at)"
	" SELECT UNHEX(j.id), UNHEX(j.org), UNHEX(j.endpoint), UNHEX(j.outbox), j.event,"
	" :now, :now"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS ("
	"id CHAR(32) PATH '$[0]', org CHAR(32) PATH '$[1]', endpoint CHAR(32) PATH '$[2]', outbox "
	"CHAR(32) PATH '$[3]', event VARCHAR(40) PATH '$[4]')) j",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement fanout_count = {
	"delivery_count",
	"INSERT INTO webhook_tallies (endpoint_id, org_id, pending)"
	" SELECT UNHEX(j.endpoint), UNHEX(j.org), COUNT(*)"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS ("
	"org CHAR(32) PATH '$[1]', endpoint CHAR(32) PATH '$[2]')) j"
	" GROUP BY j.endpoint, j.org"
	" ORDER BY j.endpoint"
	" ON DUPLICATE KEY UPDATE pending = pending + VALUES(pending)",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement handed = {
	"outbox_handed",
	"UPDATE " OUTBOX_IDS " STRAIGHT_JOIN outbox o ON o.id = UNHEX(j.id)"
	" SET o.pending = NULL",
	SQL_WRITE | SQL_GLOBAL,
};

const struct statement *const fanout_statements[] = {
	&waiting,
	&fanout_consume,
	&match,
	&fanout_insert,
	&fanout_count,
	&handed,
	NULL,
};

enum err fanout_waiting(struct flush *f, bool *any)
{
	struct rows r;
	enum err err;

	arena_reset(f->arena);
	err = db_ready(f->db);
	if (!err)
		err = sql_run(f->db, f->arena, &waiting, NULL, &r);
	*any = !err && r.n > 0;
	return err;
}

/* The deliveries to create, as a JSON array of rows. */
static struct val deliveries(struct flush *f, const struct rows *r)
{
	struct json *j = rows_begin(f);

	for (size_t i = 0; i < r->n; i++) {
		struct uuid id = uuid_make(), org = rows_get(r, i, "org").id,
			    endpoint = rows_get(r, i, "endpoint").id,
			    outbox = rows_get(r, i, "outbox").id;

		write_array(j, NULL);
		write_hex(j, NULL, id.b, sizeof id.b);
		write_hex(j, NULL, org.b, sizeof org.b);
		write_hex(j, NULL, endpoint.b, sizeof endpoint.b);
		write_hex(j, NULL, outbox.b, sizeof outbox.b);
		write_text(j, NULL, rows_text(r, i, "event"));
		write_end_array(j);
	}
	return rows_end(f);
}

/* One transaction of the fan-out. */
struct handover {
	size_t taken; /* outbox rows */
	int64_t now;
	struct rows wanted; /* deliveries created */
};

/* Fans out up to 256 outbox rows; SKIP LOCKED leaves those that another sender is handling. */
static enum err fanout_batch(struct flush *f, void *ctx)
{
	struct handover *h = ctx;
	struct params p;
	struct rows ids;
	enum err err;

	h->taken = 0;
	h->wanted = (struct rows){.n = 0};
	params_init(&p, f->arena);
	params_set(&p, "now", val_time(h->now));
	err = sql_run(f->db, f->arena, &fanout_consume, &p, &ids);
	if (err || ids.n == 0)
		return err;
	struct json *j = rows_begin(f);
	for (size_t i = 0; i < ids.n; i++)
		write_hex(j, NULL, rows_get(&ids, i, "id").id.b, sizeof(struct uuid));
	params_set(&p, "ids", rows_end(f));
	err = sql_run(f->db, f->arena, &match, &p, &h->wanted);
	if (!err && h->wanted.n > 0) {
		params_set(&p, "rows", deliveries(f, &h->wanted));
		err = sql_run(f->db, f->arena, &fanout_insert, &p, NULL);
		if (!err)
			err = sql_run(f->db, f->arena, &fanout_count, &p, NULL);
	}
	if (!err)
		err = sql_run(f->db, f->arena, &handed, &p, NULL);
	h->taken = ids.n;
	return err;
}

enum err fanout(struct flush *f, size_t *n)
{
	struct handover h = {.now = clock_now()};
	enum err err = flush_transact(f, fanout_batch, &h);

	*n = err ? 0 : h.taken;
	for (size_t i = 0; i < h.wanted.n && !err; i++)
		receiver_due(receiver_by_id(f, rows_get(&h.wanted, i, "endpoint").id), 0, h.now);
	return err;
}
