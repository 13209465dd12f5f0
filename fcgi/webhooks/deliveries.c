/* deliveries: the routes that list a webhook's deliveries and send one again. */
#include "fcgi/webhooks/webhooks.h"

#include "common/access/epoch.h"
#include "common/base/utf8.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>

static const char *const delivery_statuses[] = {
	"PENDING", "DELIVERED", "FAILED", "CANCELLED", NULL};
static const char *const causes[] = {"AUTOMATIC", "MANUAL", "TEST", NULL};

static const struct field attempt_fields[] = {
	{"number", FIELD_INT, FIELD_OUT, .doc = "Attempt number, from 1."},
	{"cause", FIELD_CHOICE, FIELD_OUT, .choices = causes,
		.doc = "Cause of the attempt. MANUAL: redeliver."},
	{"startedAt", FIELD_TIME, FIELD_OUT, .doc = "Start time."},
	{"durationMs", FIELD_INT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Duration in milliseconds; null while the attempt runs, or when the sender "
		       "was interrupted."},
	{"responseStatus", FIELD_INT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "HTTP status of the response; null without a response."},
	{"error", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Error code, such as timeout or http_5xx; null on success."},
	{"response", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "First KiB of the response body; invalid UTF-8 and control characters are "
		       "replaced by U+FFFD."},
	{0},
};

#define DELIVERY_FIELDS                                                                           \
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Delivery id: one event delivered to one webhook."}, \
		{"webhookId", FIELD_UUID, FIELD_OUT, .doc = "Webhook id."},                       \
		{"messageId", FIELD_TEXT, FIELD_OUT,                                              \
			.doc = "Event id, as in the body and in the header webhook-id; the same " \
			       "for every attempt and every webhook."},                           \
		{"event", FIELD_CHOICE, FIELD_OUT, .choices = webhook_event_names,                \
			.doc = "Event type."},                                                    \
		{"isTest", FIELD_BOOL, FIELD_OUT,                                                 \
			.doc = "Whether it is a test, sent by POST /webhooks/{id}/test."},        \
		{"status", FIELD_CHOICE, FIELD_OUT, .choices = delivery_statuses,                 \
			.doc = "Status. PENDING until it was delivered, failed in all attempts, " \
			       "or was cancelled because the webhook was disabled."},             \
		{"attemptCount", FIELD_INT, FIELD_OUT, .doc = "Number of attempts."},             \
		{"responseStatus", FIELD_INT, FIELD_OUT | FIELD_NULLABLE,                         \
			.doc = "HTTP status of the last attempt."},                               \
		{"error", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,                                 \
			.doc = "Error code of the last attempt."},                                \
		{"nextAttemptAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,                         \
			.doc = "While PENDING: time of the next attempt, or of the timeout of "   \
			       "the running one."},                                               \
		{"completedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,                           \
			.doc = "Completion time."},                                               \
	{                                                                                         \
		"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Time at which it was queued."         \
	}

static const struct field delivery_fields[] = {
	DELIVERY_FIELDS,
	{"body", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE | FIELD_EMBEDDED,
		.doc = "Exact body; included in single deliveries."},
	{"attempts", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = attempt_fields,
		.doc = "Attempts in order; included in single deliveries."},
	{0},
};
static const struct field delivery_filters[] = {
	{"status", FIELD_CHOICE, FIELD_QUERY, .choices = delivery_statuses,
		.doc = "Filters by status."},
	{"event", FIELD_CHOICE, FIELD_QUERY, .choices = webhook_event_names,
		.doc = "Filters by event type."},
	{"from", FIELD_TIME, FIELD_QUERY, .doc = "Earliest creation time, inclusive."},
	{"to", FIELD_TIME, FIELD_QUERY, .doc = "Latest creation time, inclusive."},
	{0},
};

#define DELIVERY_COLUMNS                                                                  \
	"d.id, d.endpoint_id AS webhookId,"                                               \
	" CONCAT('evt_', LOWER(HEX(COALESCE(d.outbox_id, d.id)))) AS messageId, d.event," \
	" d.is_test AS isTest, d.status,"                                                 \
	" d.tries AS attemptCount, d.last_status AS responseStatus,"                      \
	" d.last_error AS error,"                                                         \
	" IF(d.status = 'PENDING', d.due_at, NULL) AS nextAttemptAt,"                     \
	" d.completed_at AS completedAt, d.created_at AS createdAt, d.tries AS version"
#define DELIVERY_ONE                                            \
	"SELECT " DELIVERY_COLUMNS " FROM webhook_deliveries d" \
	" WHERE d.id = :id AND d.org_id = :org AND d.endpoint_id = :webhookId"
#define BY_STATUS " AND d.status = :status"
#define DELIVERY_SPAN \
	" AND d.id >= :fromId AND d.id <= :toId AND (:event IS NULL OR d.event = :event)"

/* The ids of a page are read from the index alone, then the rows. Ids contain their time, so
 * ordering by id is ordering by createdAt. The inner query names no :org, because crud_path has
 * checked that the webhook belongs to the organization. */
#define DELIVERY_PAGE(name, index, where, cmp, way)                                               \
	{                                                                                         \
		name,                                                                             \
			"SELECT " DELIVERY_COLUMNS                                                \
			" FROM (SELECT d.id FROM webhook_deliveries d FORCE INDEX (" index        \
			") WHERE d.endpoint_id = :webhookId" where DELIVERY_SPAN " AND d.id " cmp \
			" :keyId ORDER BY d.id " way " LIMIT :skip, :take) p"                     \
			" JOIN webhook_deliveries d ON d.id = p.id"                               \
			" WHERE d.org_id = :org"                                                  \
			" ORDER BY d.id " way,                                                    \
			SQL_READ                                                                  \
	}
#define DELIVERY_COUNTED(name, index, where)                                                     \
	{                                                                                        \
		name,                                                                            \
			"SELECT COUNT(*) AS total FROM webhook_deliveries d FORCE INDEX (" index \
			") WHERE d.endpoint_id = :webhookId" where DELIVERY_SPAN,                \
			SQL_READ | SQL_GLOBAL                                                    \
	}

static const struct statement delivery_list_up =
	DELIVERY_PAGE("delivery_list_up", "delivery_list", "", ">", "ASC");
static const struct statement delivery_list_down =
	DELIVERY_PAGE("delivery_list_down", "delivery_list", "", "<", "DESC");
static const struct statement status_up =
	DELIVERY_PAGE("delivery_list_status_up", "delivery_status", BY_STATUS, ">", "ASC");
static const struct statement status_down =
	DELIVERY_PAGE("delivery_list_status_down", "delivery_status", BY_STATUS, "<", "DESC");
static const struct statement delivery_count_all =
	DELIVERY_COUNTED("delivery_count", "delivery_list", "");
static const struct statement delivery_count_status =
	DELIVERY_COUNTED("delivery_count_status", "delivery_status", BY_STATUS);
static const struct statement delivery_total_all = {
	"delivery_total",
	"SELECT pending + delivered + failed + cancelled AS total"
	" FROM webhook_tallies"
	" WHERE endpoint_id = :webhookId AND org_id = :org",
	SQL_READ,
};
static const struct statement delivery_total_status = {
	"delivery_total_status",
	"SELECT CASE :status COLLATE utf8mb4_bin WHEN 'PENDING' THEN pending WHEN 'DELIVERED' THEN "
	"delivered WHEN 'FAILED' THEN failed ELSE cancelled END AS total"
	" FROM webhook_tallies"
	" WHERE endpoint_id = :webhookId AND org_id = :org",
	SQL_READ,
};
static const struct statement delivery_get = {"delivery_get", DELIVERY_ONE, SQL_READ};
static const struct statement delivery_lock = {
	"delivery_lock", DELIVERY_ONE " FOR UPDATE", SQL_READ};
static const struct statement body = {
	"delivery_body",
	"SELECT COALESCE(d.body, x.body) AS body"
	" FROM webhook_deliveries d"
	" LEFT"
	" JOIN outbox x ON x.id = d.outbox_id"
	" WHERE d.id = :id AND d.org_id = :org",
	SQL_READ,
};
static const struct statement attempts = {
	"delivery_attempts",
	"SELECT n AS number, cause, started_at AS startedAt, duration_ms AS durationMs,"
	" http_status AS responseStatus, error, response"
	" FROM webhook_attempts"
	" WHERE delivery_id = :id AND org_id = :org"
	" ORDER BY n",
	SQL_READ,
};
/* The guard: only completed deliveries. Attempts start again from 0, tries continue. */
static const struct statement delivery_requeue = {
	"delivery_again",
	"UPDATE webhook_deliveries"
	" SET status = 'PENDING', attempts = 0, manual = TRUE, due_at = :now,"
	" lease = NULL, completed_at = NULL"
	" WHERE id = :id AND org_id = :org AND status <> 'PENDING'",
	SQL_WRITE,
};
/* Moves the delivery between the counts by status; one of the three parameters is 1. */
static const struct statement again_tally = {
	"delivery_again_tally",
	"UPDATE webhook_tallies"
	" SET pending = pending + 1, delivered = delivered - :delivered,"
	" failed = failed - :failed, cancelled = cancelled - :cancelled"
	" WHERE endpoint_id = :webhookId AND org_id = :org",
	SQL_WRITE,
};

static const struct sort_order delivery_sorts[] = {
	{"createdAt", FIELD_TIME, &delivery_list_up, &delivery_list_down}, {0}};
static const struct sort_order status_orders[] = {
	{"createdAt", FIELD_TIME, &status_up, &status_down}, {0}};
static const struct list_variant delivery_variants[] = {
	{"status", status_orders, &delivery_total_status, &delivery_count_status},
	{NULL, delivery_sorts, &delivery_total_all, &delivery_count_all}, {0}};

static const struct statement delivery_epochs = {
	"delivery_epochs",
	EPOCH_STATE("SELECT d.id"
		    " FROM webhook_deliveries d FORCE INDEX (delivery_list)"
		    " WHERE d.endpoint_id = :webhookId"
		    " ORDER BY d.id DESC"
		    " LIMIT 1"),
	SQL_READ,
};

static const struct list_spec delivery_list = {
	.variants = delivery_variants, .down = true, .epochs = &delivery_epochs};

/* Replaces bytes that are not printable UTF-8 in the stored responses. */
static void clean_responses(struct req *r, struct rows *rows)
{
	for (size_t i = 0; i < rows->n * rows->columns; i++) {
		struct val *v = &rows->cells[i];
		if (v->type == VAL_BYTES)
			*v = val_text(utf8_clean(r->arena, v->s, v->n));
	}
}

/* Writes body and attempts. */
static enum err delivery_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)children;
	struct params p;
	struct rows sent, tries;
	req_params(r, &p, NULL);
	params_set(&p, "id", rows_get(row, 0, "id"));
	enum err err = req_sql(r, &body, &p, &sent);
	if (!err)
		err = req_sql(r, &attempts, &p, &tries);
	if (err)
		return err;
	struct val bytes = rows_get(&sent, 0, "body");
	if (bytes.type == VAL_BYTES)
		write_text_n(j, "body", bytes.s, bytes.n);
	else
		write_null(j, "body");
	clean_responses(r, &tries);
	write_array(j, "attempts");
	for (size_t i = 0; i < tries.n; i++) {
		write_object(j, NULL);
		fields_print(j, attempt_fields, &tries, i, "");
		write_end_object(j);
	}
	write_end_array(j);
	return OK;
}

static const struct resource delivery = {
	.title = "Delivery",
	.name = "delivery",
	.fields = delivery_fields,
	.parent = &webhook,
	.parent_param = "webhookId",
	.sql.get = &delivery_get,
	.sql.lock = &delivery_lock,
	.list = &delivery_list,
	.hooks.embed = delivery_embed,
};

/* Sends a delivery again, with the same id and body; earlier attempts are kept. */
static enum err redeliver(struct req *r)
{
	struct params p;
	const char *arg;
	struct rows before, hook, result;
	enum err err = crud_lock(r, &delivery, &p, &arg, &before);
	if (err)
		return err;
	assert(params_get(&p, "webhookId").type == VAL_UUID);
	const char *was = rows_text(&before, 0, "status");
	if (strcmp(was, "PENDING") == 0)
		return fail(r, ERR_CONFLICT, "Check its status later.",
			"The delivery is already queued.");
	if (rows_int(&before, 0, "isTest"))
		return fail(r, ERR_CONFLICT, "Send a new test instead.",
			"Test deliveries cannot be redelivered.");
	params_set(&p, "id", params_get(&p, "webhookId"));
	err = req_sql(r, webhook.sql.get, &p, &hook);
	if (!err && !rows_int(&hook, 0, "isActive"))
		return fail(r, ERR_CONFLICT,
			"Enable the webhook first: PATCH it with isActive true.",
			"Cannot redeliver: the webhook is disabled. %s",
			rows_text(&hook, 0, "disabledReason"));
	params_set(&p, "id", val_uuid(r->audit.subject));
	params_set(&p, "delivered", val_int(strcmp(was, "DELIVERED") == 0));
	params_set(&p, "failed", val_int(strcmp(was, "FAILED") == 0));
	params_set(&p, "cancelled", val_int(strcmp(was, "CANCELLED") == 0));
	if (!err)
		err = req_sql(r, &delivery_requeue, &p, &result);
	if (!err)
		err = req_sql(r, &again_tally, &p, NULL);
	if (err)
		return err;
	return crud_send_one(r, &delivery, &p, arg, 200);
}

#define DELIVERY_PATH "/webhooks/{id}/deliveries"
#define DELIVERY_READ SCOPE_WEBHOOKS_MANAGE, ROUTE_READ | ROUTE_NESTED

static const struct route delivery_routes[] = {
	{METHOD_GET, DELIVERY_PATH, DELIVERY_READ | ROUTE_LIST, "webhook.delivery.list", crud_list,
		&delivery, .query = delivery_filters,
		.doc = "Lists the deliveries of a webhook. They are kept for 30 days."},
	{METHOD_GET, DELIVERY_PATH "/{deliveryId}", DELIVERY_READ, "webhook.delivery.get", crud_get,
		&delivery, .doc = "Returns a delivery with its body and attempts."},
	{METHOD_POST, DELIVERY_PATH "/{deliveryId}/redeliver", SCOPE_WEBHOOKS_MANAGE,
		ROUTE_TX | ROUTE_NESTED, "webhook.delivery.redeliver", redeliver, &delivery,
		.doc = "Redelivers a completed delivery with the same id and body, in up to three "
		       "attempts."},
	{0},
};

const struct module deliveries_module = {
	.routes = delivery_routes,
	.statements =
		(const struct statement *const[]){
			&delivery_list_up,
			&delivery_list_down,
			&status_up,
			&status_down,
			&delivery_count_all,
			&delivery_count_status,
			&delivery_total_all,
			&delivery_total_status,
			&delivery_epochs,
			&delivery_get,
			&delivery_lock,
			&body,
			&attempts,
			&delivery_requeue,
			&again_tally,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&delivery,
			NULL,
		},
};
