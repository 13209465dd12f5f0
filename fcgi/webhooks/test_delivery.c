/* test_delivery: sends a webhook a test at once, by the same code and past the same guard as
 * everything else. */
#include "fcgi/webhooks/webhooks.h"

#include "common/base/clock.h"
#include "common/ticketing/outbox.h"
#include "fcgi/webhooks/samples.h"
#include "common/base/log.h"
#include "common/net/http_client.h"
#include "common/http/response.h"
#include "common/crypto/seal.h"
#include "common/base/utf8.h"

#include <string.h>
#include <sys/param.h>

#define MINUTE_NS INT64_C(60000000000)
#define TESTS_A_MINUTE 10
#define BUDGET_MS 10000
#define SHOWN 256 /* bytes of the answer that are told */
#define SIGNERS_MAX 12 /* ten old secrets, the current one, and one more to be on the safe side */

static const struct field event_fields[] = {
	{"event", FIELD_CHOICE, FIELD_CREATE, .choices = webhook_event_names,
		.default_value = "order.completed", .doc = "What it pretends to tell."},
	{0},
};
static const struct field result_fields[] = {
	{"deliveryId", FIELD_UUID, FIELD_OUT,
		.doc = "Where it stands among the webhook's deliveries."},
	{"messageId", FIELD_TEXT, FIELD_OUT,
		.doc = "The id in its body and in the header webhook-id."},
	{"delivered", FIELD_BOOL, FIELD_OUT, .doc = "The answer was 2xx."},
	{"responseStatus", FIELD_INT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "The HTTP status of the answer; null when there was none."},
	{"durationMs", FIELD_INT, FIELD_OUT, .doc = "How long it took."},
	{"error", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "What went wrong, in one word such as timeout or http_5xx; null when "
		       "it was delivered."},
	{"response", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "The first 256 bytes of the answer's body, as text."},
	{0},
};

static const struct statement test_secrets = {
	"trial_secrets",
	"SELECT id, sealed"
	" FROM webhook_secrets"
	" WHERE endpoint_id = :id AND org_id = :org"
	" AND (expires_at IS NULL OR expires_at > :now)"
	" ORDER BY expires_at IS NULL DESC, expires_at DESC"
	" LIMIT 12",
	SQL_READ,
};
static const struct statement store = {
	"trial_delivery",
	"INSERT INTO webhook_deliveries (id, org_id, endpoint_id, event, is_test, body,"
	" status, attempts, tries, last_status, last_error, completed_at, created_at)"
	" VALUES (:delivery, :org, :id, :event, TRUE, :body,"
	" IF(:delivered, 'DELIVERED', 'FAILED'), 1, 1, :status, :error, :ended, :now)",
	SQL_WRITE,
};
static const struct statement store_attempt = {
	"trial_attempt",
	"INSERT INTO webhook_attempts (delivery_id, n, org_id, cause, started_at,"
	" duration_ms, http_status, error, response)"
	" VALUES (:delivery, 1, :org, 'TEST', :started, :ms, :status, :error, :response)",
	SQL_WRITE,
};
static const struct statement test_tally = {
	"trial_tally",
	"UPDATE webhook_tallies"
	" SET delivered = delivered + :delivered, failed = failed + 1 - :delivered"
	" WHERE endpoint_id = :id AND org_id = :org",
	SQL_WRITE,
};

static enum err rate(struct req *r, const struct uuid *hook)
{
	uint64_t tag;
	memcpy(&tag, hook->b + 8, sizeof tag); /* the random half */
	struct quota q = shm_consume(r->app->shm, tag ^ UINT64_C(0x7465737400000000),
		TESTS_A_MINUTE, MINUTE_NS, clock_mono_ns());
	if (q.admitted)
		return OK;
	r->failure.retry_after = q.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, "Wait as many seconds as Retry-After says.",
		"A webhook may be tested %d times a minute.", TESTS_A_MINUTE);
}

/* The texts of what signs right now, the newest first. */
static enum err signers(
	struct req *r, const struct params *p, const char *list[SIGNERS_MAX], size_t *n)
{
	struct rows rows;
	enum err err = req_sql(r, &test_secrets, p, &rows);
	*n = 0;
	for (size_t i = 0; i < rows.n && !err; i++) {
		struct val id = rows_get(&rows, i, "id"), sealed = rows_get(&rows, i, "sealed");
		char *text = arena_alloc(r->arena, sealed.n + 1);
		if (!unseal(r->app->conf->secrets_key, (struct span){id.id.b, sizeof id.id.b},
			    (struct span){sealed.s, sealed.n}, (uint8_t *)text)) {
			log_msg(LOG_ERROR,
				"a webhook's secret cannot be opened: was it sealed with another "
				"key file?");
			return ERR_INTERNAL;
		}
		text[sealed.n - SEAL_OVERHEAD] = 0;
		list[(*n)++] = text;
	}
	if (!err && *n == 0)
		err = fail(r, ERR_CONFLICT,
			"Rotate its secret first: nothing is ever sent unsigned.",
			"The webhook has no secret yet.");
	return err;
}

static void result_params(struct req *r, const struct http_request *t, struct params *p)
{
	params_set(p, "delivered", val_bool(!t->error));
	params_set(p, "status", t->status ? val_int(t->status) : val_null());
	params_set(p, "error", val_text(t->error));
	params_set(p, "started", val_time(t->started_at));
	params_set(p, "ended", val_time(t->started_at + t->ms));
	params_set(p, "ms", val_int(t->ms));
	params_set(p, "response",
		t->status ? val_bytes(arena_dup(r->arena, t->kept, t->kept_n), t->kept_n)
			  : val_null());
}

static void test_answer(struct req *r, const struct http_request *t, const char *message)
{
	char id[UUID_TEXT + 1];
	struct json *j = response_begin(r, 200);
	uuid_print(&r->audit.subject, id);
	write_object(j, NULL);
	write_text(j, "deliveryId", id);
	write_text(j, "messageId", message);
	write_bool(j, "delivered", !t->error);
	if (t->status)
		write_int(j, "responseStatus", t->status);
	else
		write_null(j, "responseStatus");
	write_int(j, "durationMs", t->ms);
	write_text(j, "error", t->error);
	write_text(j, "response",
		t->status ? utf8_clean(r->arena, t->kept, MIN(t->kept_n, SHOWN)) : NULL);
	write_end_object(j);
	response_end(r);
	response_etag(r, 0);
}

static struct http_request test_request; /* one at a time in a process */

/* Nothing is open or locked while the receiver takes its time (ROUTE_BLOCKING_IO): the webhook was
 * only read. */
static enum err test_send(
	struct req *r, const char *url, const char *message, const struct params *p)
{
	const char *list[SIGNERS_MAX];
	size_t n;
	struct http_request *t = &test_request;
	enum err err = signers(r, p, list, &n);
	if (err)
		return err;
	struct val body = params_get(p, "body");
	http_request_init(t, url, body.s, body.n);
	t->budget_ms = BUDGET_MS;
	bool sound = webhook_signature_add(
		t, &(struct webhook_signing){message, clock_now(), 1, list, n});
	if (sound)
		http_client_send_one(r->app->conf, t);
	else
		log_msg(LOG_ERROR, "a webhook's secret is none: nothing was sent");
	http_request_clear(t);
	if (sound)
		return OK;
	return ERR_INTERNAL;
}

static enum err record(struct req *r, struct params *p)
{
	enum err err = req_defer(r, &store, p);
	if (!err)
		err = req_defer(r, &store_attempt, p);
	if (err)
		return err;
	return req_defer(r, &test_tally, p);
}

static enum err test(struct req *r)
{
	struct params p;
	struct rows hook;
	const char *arg, *event = params_text(&r->input, "event");
	enum err err = crud_path(r, &webhook, false, &p, &arg);
	if (!err)
		err = req_sql(r, webhook.sql.get, &p, &hook);
	if (!err && hook.n == 0)
		return resource_not_found(r, &webhook, arg);
	struct uuid id = params_get(&p, "id").id, own = uuid_make();
	if (!err)
		err = rate(r, &id);
	if (err)
		return err;
	r->audit.subject = own;
	r->audit.has_subject = true;
	const struct buf *body = sample_body(r, webhook_event_find(event), &own);
	char message[OUTBOX_ID + 1];
	outbox_id(&own, message);
	params_set(&p, "delivery", val_uuid(own));
	params_set(&p, "event", val_text(event));
	params_set(&p, "body", val_bytes(body->p, body->n));
	err = test_send(r, rows_text(&hook, 0, "url"), message, &p);
	if (err)
		return err;
	result_params(r, &test_request, &p);
	err = record(r, &p);
	if (!err)
		test_answer(r, &test_request, message);
	return err;
}

static const struct resource result = {
	.title = "Webhook", .name = "webhookTest", .fields = result_fields};

static const struct route test_routes[] = {
	{METHOD_POST, "/webhooks/{id}/test", SCOPE_WEBHOOKS_MANAGE,
		ROUTE_TX | ROUTE_BLOCKING_IO | ROUTE_BODY_OPTIONAL, "webhook.test", test, &result,
		.body = event_fields, .body_mode = FIELD_CREATE,
		.doc = "Sends a made-up delivery at once, signed and guarded like any, and "
		       "waits up to ten seconds for the answer. isTest is true; a disabled "
		       "webhook is sent it, too; it counts neither "
		       "for nor against the webhook. Ten a minute."},
	{0},
};

const struct module test_delivery_module = {
	.routes = test_routes,
	.statements =
		(const struct statement *const[]){
			&test_secrets,
			&store,
			&store_attempt,
			&test_tally,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&result,
			NULL,
		},
};
