/* test_delivery: the route that sends a test delivery at once, by the same code and with the same
 * URL checks as real deliveries. */
#include "fcgi/webhooks/webhooks.h"

#include "common/base/clock.h"
#include "common/http/etag.h"
#include "common/ticketing/outbox.h"
#include "fcgi/webhooks/samples.h"
#include "common/base/log.h"
#include "common/net/http_client.h"
#include "common/http/response.h"
#include "common/crypto/seal.h"
#include "common/base/utf8.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define MINUTE_NS INT64_C(60000000000)
#define TESTS_A_MINUTE 10 /* to one webhook */
#define BUDGET_MS 10000 /* for the whole attempt */
#define SHOWN 256 /* bytes of the receiver's response that are returned */
#define SIGNERS_MAX 12 /* the current and ten previous secrets, and one spare */

static const struct field event_fields[] = {
	{"event", FIELD_CHOICE, FIELD_CREATE, .choices = webhook_event_names,
		.default_value = "order.completed", .doc = "Event type to simulate."},
	{0},
};
static const struct field result_fields[] = {
	{"deliveryId", FIELD_UUID, FIELD_OUT, .doc = "Delivery id."},
	{"messageId", FIELD_TEXT, FIELD_OUT,
		.doc = "Event id, as in the body and in the header webhook-id."},
	{"delivered", FIELD_BOOL, FIELD_OUT, .doc = "Whether the response was 2xx."},
	{"responseStatus", FIELD_INT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "HTTP status of the response; null without a response."},
	{"durationMs", FIELD_INT, FIELD_OUT, .doc = "Duration in milliseconds."},
	{"error", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Error code, such as timeout or http_5xx; null on success."},
	{"response", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "First 256 bytes of the response body, as text."},
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
/* Test deliveries are stored as completed; their attempt is stored with them. */
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

/* Limits tests for each webhook, because the receiver may be anyone's server. */
static enum err rate(struct req *r, const struct uuid *hook)
{
	uint64_t tag;
	memcpy(&tag, hook->b + 8, sizeof tag); /* the random half */
	struct quota q = shm_consume(r->app->shm, tag ^ UINT64_C(0x7465737400000000),
		TESTS_A_MINUTE, MINUTE_NS, clock_mono_ns());
	if (q.admitted)
		return OK;
	r->failure.retry_after = q.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, "Retry after the number of seconds in Retry-After.",
		"Rate limit exceeded: %d tests per minute for each webhook.", TESTS_A_MINUTE);
}

/* Decrypts the valid secrets of the webhook, the newest first. */
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
			log_msg(LOG_ERROR, "cannot decrypt webhook secret (wrong key_file?)");
			return ERR_INTERNAL;
		}
		text[sealed.n - SEAL_OVERHEAD] = 0;
		assert(*n < SIGNERS_MAX);
		list[(*n)++] = text;
	}
	if (!err && *n == 0)
		err = fail(r, ERR_CONFLICT,
			"Rotate its secret first: deliveries are always signed.",
			"The webhook has no secret.");
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
	etag_add(r, 0);
}

static struct http_request test_request; /* one at a time in a process */

/* Sends the delivery and waits for the response. No transaction is open meanwhile
 * (ROUTE_BLOCKING_IO). */
static enum err test_send(
	struct req *r, const char *url, const char *message, const struct params *p)
{
	const char *list[SIGNERS_MAX];
	size_t n;
	struct http_request *t = &test_request;
	assert(!db_in_transaction(r->db));
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
		log_msg(LOG_ERROR, "invalid webhook secret: test delivery not sent");
	http_request_clear(t);
	if (sound)
		return OK;
	return ERR_INTERNAL;
}

/* Defers the rows of the delivery, its attempt and the counts. */
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
		.doc = "Tests a webhook: sends a signed sample delivery at once and waits up to "
		       "ten seconds for the response. isTest is true. Disabled webhooks can be "
		       "tested, too, and the result does not count as a success or failure. "
		       "Limited to ten per minute."},
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
