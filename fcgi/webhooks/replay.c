/* replay: the route that sends a webhook the events it missed. */
#include "fcgi/webhooks/webhooks.h"

#include "common/base/clock.h"
#include "common/http/etag.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define REPLAY_DAY_MS (INT64_C(24) * 3600 * 1000)
#define GRACE_MS (INT64_C(3600) * 1000) /* lets a client continue a long recovery */
#define READ_AT_ONCE 2000 /* events read by one statement */
#define QUEUED_MAX 10000 /* by one request, to keep the transaction short */
#define READING_MS 5000 /* then the client must continue with another request */
#define SLOTS_A_MINUTE 10 /* the deliveries of a slot are due together */

static const struct field since_fields[] = {
	{"since", FIELD_TIME, FIELD_CREATE | FIELD_REQUIRED,
		.doc = "Start time; at most 14 days ago."},
	{0},
};
static const struct field recovery_fields[] = {
	{"recovered", FIELD_INT, FIELD_OUT, .doc = "Number of queued deliveries."},
	{"complete", FIELD_BOOL, FIELD_OUT,
		.doc = "Whether all missed events were queued; if false, send another request."},
	{"since", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Value of since for the next request; null when complete."},
	{0},
};

/* The organization's events after :after, and whether each was missed: the webhook is subscribed to
 * it and has no delivery of it. The sender will still deliver pending ones. */
static const struct statement missed = {
	"recover_missed",
	"SELECT x.id, x.type, x.pending IS NULL AND FIND_IN_SET(x.type, :events)"
	" AND (:eventId IS NULL OR x.event_id = :eventId)"
	" AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d"
	" WHERE d.endpoint_id = :id AND d.outbox_id = x.id) AS missed"
	" FROM (SELECT o.id FROM outbox o FORCE INDEX (outbox_org)"
	" WHERE o.org_id = :org AND o.id > :after ORDER BY o.id LIMIT :take) p"
	" JOIN outbox x ON x.id = p.id"
	" ORDER BY x.id",
	SQL_READ,
};
/* INSERT IGNORE: a delivery that the sender creates at the same time wins, and is not counted. */
static const struct statement queue = {
	"recover_queue",
	"INSERT IGNORE INTO webhook_deliveries (id, org_id, endpoint_id, outbox_id,"
	" event, due_at, created_at)"
	" SELECT UNHEX(q.id), :org, :id, UNHEX(q.outbox), q.event,"
	" TIMESTAMPADD(MICROSECOND, q.due * 1000, TIMESTAMP'1970-01-01 00:00:00.000'), :now"
	" FROM JSON_TABLE(:list, '$[*]' COLUMNS (id CHAR(32) PATH '$[0]', outbox CHAR(32) PATH "
	"'$[1]', event VARCHAR(40) PATH '$[2]', due BIGINT PATH '$[3]')) q",
	SQL_WRITE,
};
/* In the order of ids, so that a limited request queues the oldest ones first. */
static const struct statement replay_requeue = {
	"recover_again",
	"UPDATE webhook_deliveries"
	" SET status = 'PENDING', attempts = 0, manual = FALSE, due_at = :due,"
	" lease = NULL, completed_at = NULL"
	" WHERE endpoint_id = :id AND org_id = :org AND status = :status AND id >= :from"
	" AND NOT is_test"
	" ORDER BY id"
	" LIMIT :take",
	SQL_WRITE,
};
#define REPLAY_RECEIVER                                              \
	" FROM webhook_endpoints e FORCE INDEX (endpoint_receiver)"  \
	" WHERE e.org_id = :org AND e.receiver = (SELECT w.receiver" \
	" FROM webhook_endpoints w WHERE w.id = :id AND w.org_id = :org)"
/* Locks the first of the organization's endpoints at the same host: recoveries of all of them wait
 * for each other. */
static const struct statement replay_claim = {"recover_claim",
	"SELECT e.id" REPLAY_RECEIVER " ORDER BY e.id LIMIT 1 FOR UPDATE", SQL_READ};
/* Also on another node of a cluster: see sql/020_turns.sql. */
static const struct statement replay_turn = {"recover_turn",
	"UPDATE webhook_endpoints"
	" SET turn = turn + 1"
	" WHERE id = :first AND org_id = :org",
	SQL_WRITE};
/* The last delivery that earlier recoveries have queued for that host and that is not due yet. */
static const struct statement replay_last = {
	"recover_last",
	"SELECT MAX((SELECT d.due_at"
	" FROM webhook_deliveries d FORCE INDEX (delivery_due)"
	" WHERE d.endpoint_id = e.id AND d.org_id = :org AND d.attempts = 0 AND d.due_at > :now"
	" ORDER BY d.due_at DESC LIMIT 1)) AS due" REPLAY_RECEIVER " AND e.deleted_at IS NULL",
	SQL_READ,
};
static const struct statement replay_tally = {
	"recover_tally",
	"UPDATE webhook_tallies"
	" SET pending = pending + :fresh + :failed + :cancelled,"
	" failed = failed - :failed, cancelled = cancelled - :cancelled"
	" WHERE endpoint_id = :id AND org_id = :org",
	SQL_WRITE,
};

/* A recovery in progress. */
struct recovery {
	struct params p;
	int64_t fresh; /* new deliveries */
	int64_t again[2]; /* failed and cancelled deliveries queued again */
	bool complete;
	struct uuid upto; /* all events up to this one were read */
	int64_t since; /* ms */
	/* the pace: so many deliveries in each slot, which lasts so many ms; when the first one is
	 * due (Unix ms) */
	int64_t each, slot_ms, first;
};

static int64_t queued(const struct recovery *v)
{
	return v->fresh + v->again[0] + v->again[1];
}

/* When the n-th delivery of this recovery is due. */
static int64_t due_of(const struct recovery *v, int64_t n)
{
	return v->first + n / v->each * v->slot_ms;
}

/* The receiver may be anyone's server: what the organization recovers for one host is due at the
 * pace of webhook_recover_rate. The first slot ends before the first delivery is due, so that a
 * later recovery, which finds only what is not due yet, keeps the pace too. */
static enum err set_pace(struct req *r, struct recovery *v)
{
	int64_t rate = r->app->conf->webhook_recover_rate;
	struct rows rows;
	v->each = MAX(rate / SLOTS_A_MINUTE, 1);
	v->slot_ms = 60000 * v->each / rate;
	enum err err = req_sql(r, &replay_claim, &v->p, &rows);
	if (!err && rows.n) {
		params_set(&v->p, "first", rows_get(&rows, 0, "id"));
		err = req_sql(r, &replay_turn, &v->p, NULL);
	}
	if (!err)
		err = req_sql(r, &replay_last, &v->p, &rows);
	if (err)
		return err;
	struct val last = rows_get(&rows, 0, "due");
	v->first = (val_is_set(last) ? last.i : r->now) + v->slot_ms;
	return OK;
}

/* Queues failed and cancelled deliveries again, a slot at a time, up to the limit. */
static enum err failed_ones(struct req *r, struct recovery *v)
{
	static const char *const from[] = {"FAILED", "CANCELLED"};
	struct rows result;
	for (int i = 0; i < 2;) {
		int64_t room = v->each - queued(v) % v->each;
		int64_t take = MIN(room, QUEUED_MAX - queued(v));
		params_set(&v->p, "status", val_text(from[i]));
		params_set(&v->p, "take", val_int(take));
		params_set(&v->p, "due", val_time(due_of(v, queued(v))));
		enum err err = req_sql(r, &replay_requeue, &v->p, &result);
		if (err)
			return err;
		v->again[i] += (int64_t)result.affected;
		i += (int64_t)result.affected < take || queued(v) == QUEUED_MAX;
	}
	assert(queued(v) <= QUEUED_MAX);
	v->complete = queued(v) < QUEUED_MAX;
	return OK;
}

/* [[id of the delivery, id of the event, event type, when it is due], …] for the missed rows; NULL
 * when there is none. */
static const char *missed_json(struct req *r, const struct recovery *v, const struct rows *rows)
{
	/* static, because an arena that reaches its ceiling leaves this function by longjmp */
	static struct buf list = {.max = 1 << 20};
	struct json j;
	int64_t n = queued(v);
	buf_clear(&list);
	write_start(&j, &list);
	write_array(&j, NULL);
	for (size_t i = 0; i < rows->n; i++) {
		if (!rows_int(rows, i, "missed"))
			continue;
		struct uuid id = uuid_make(), notice = rows_get(rows, i, "id").id;
		write_array(&j, NULL);
		write_hex(&j, NULL, id.b, sizeof id.b);
		write_hex(&j, NULL, notice.b, sizeof notice.b);
		write_text(&j, NULL, rows_text(rows, i, "type"));
		write_int(&j, NULL, due_of(v, n++));
		write_end_array(&j);
	}
	write_end_array(&j);
	if (n > queued(v))
		return arena_dup(r->arena, list.p, list.n);
	return NULL;
}

/* Reads the next READ_AT_ONCE events and queues the missed ones. */
static enum err missed_ones(struct req *r, struct recovery *v)
{
	struct rows rows, result;
	params_set(&v->p, "after", val_uuid(v->upto));
	params_set(&v->p, "take", val_int(READ_AT_ONCE));
	enum err err = req_sql(r, &missed, &v->p, &rows);
	if (err)
		return err;
	const char *list = missed_json(r, v, &rows);
	if (list) {
		params_set(&v->p, "list", val_text(list));
		err = req_sql(r, &queue, &v->p, &result);
		v->fresh += err ? 0 : (int64_t)result.affected;
	}
	v->complete = rows.n < READ_AT_ONCE;
	if (rows.n)
		v->upto = rows_get(&rows, rows.n - 1, "id").id;
	return err;
}

static void replay_answer(struct req *r, const struct recovery *v)
{
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_int(j, "recovered", queued(v));
	write_bool(j, "complete", v->complete);
	if (v->complete)
		write_null(j, "since");
	else
		write_time(j, "since", MAX(uuid_time(&v->upto), v->since));
	write_end_object(j);
	response_end(r);
	etag_add(r, 0);
}

/* Updates the webhook's counts by status. */
static enum err replay_count(struct req *r, struct recovery *v)
{
	params_set(&v->p, "fresh", val_int(v->fresh));
	params_set(&v->p, "failed", val_int(v->again[0]));
	params_set(&v->p, "cancelled", val_int(v->again[1]));
	return req_sql(r, &replay_tally, &v->p, NULL);
}

/* Failed and cancelled deliveries first, then events without a delivery, until the limits of one
 * request are reached. */
static enum err recover(struct req *r)
{
	struct recovery v = {0};
	struct rows hook;
	int64_t since = params_get(&r->input, "since").i, began = clock_mono_ns();
	if (since > r->now)
		return fail_field(r, "since", "since must not be in the future");
	if (since < r->now - RECOVER_DAYS * REPLAY_DAY_MS - GRACE_MS)
		return fail_field(
			r, "since", "since must not be more than %d days ago", RECOVER_DAYS);
	enum err err = webhook_lock_active(r, "Cannot recover", &v.p, &hook);
	if (err)
		return err;
	v.since = since;
	bool of_event = strcmp(rows_text(&hook, 0, "source"), "EVENT") == 0;
	v.upto = uuid_of_time(since - 1, true);
	params_set(&v.p, "events", rows_get(&hook, 0, "events"));
	params_set(&v.p, "eventId", of_event ? rows_get(&hook, 0, "sourceId") : val_null());
	params_set(&v.p, "from", val_uuid(uuid_of_time(since, false)));
	err = set_pace(r, &v);
	if (!err)
		err = failed_ones(r, &v);
	for (bool more = v.complete; more && !err;) {
		err = missed_ones(r, &v);
		more = !v.complete && queued(&v) + READ_AT_ONCE <= QUEUED_MAX &&
			clock_mono_ns() - began < READING_MS * INT64_C(1000000);
	}
	if (!err && queued(&v))
		err = replay_count(r, &v);
	if (!err)
		replay_answer(r, &v);
	return err;
}

static const struct resource recovery = {
	.title = "Webhook", .name = "recovery", .fields = recovery_fields};

static const struct route replay_routes[] = {
	{METHOD_POST, "/webhooks/{id}/recover", SCOPE_WEBHOOKS_MANAGE, ROUTE_TX, "webhook.recover",
		recover, &recovery, .body = since_fields, .body_mode = FIELD_CREATE,
		.doc = "Recovers missed events of a webhook: queues failed, cancelled and never "
		       "sent deliveries since a time, including events from before the webhook "
		       "existed. They are sent at a limited rate."},
	{0},
};

const struct module replay_module = {
	.routes = replay_routes,
	.statements =
		(const struct statement *const[]){
			&missed,
			&queue,
			&replay_requeue,
			&replay_claim,
			&replay_last,
			&replay_tally,
			&replay_turn,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&recovery,
			NULL,
		},
};
