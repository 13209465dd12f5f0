/* transaction: runs a route's handler in its transaction, with retries, audit and idempotency. */
#include "common/api/transaction.h"

#include "common/access/audit.h"
#include "common/access/epoch.h"
#include "common/http/principal.h"
#include "common/base/clock.h"
#include "common/api/pipeline.h"
#include "common/access/idempotency.h"
#include "common/access/response_cache.h"
#include "common/base/log.h"
#include "common/http/response.h"

#include <assert.h>

#define RUNS 8 /* most runs of one transaction after deadlocks */
/* No retry after this time: lock waits add up, and clients time out after 30 s. */
#define RUNS_NS INT64_C(8000000000)

const struct statement *const transaction_statements[] = {
	&audit_insert,
	&audit_insert_held,
	&audit_find,
	NULL,
};

static const char *const actors[] = {
	[PRINCIPAL_KEY] = "key", [PRINCIPAL_USER] = "user", [PRINCIPAL_ANONYMOUS] = "visitor"};

void transaction_audit_params(struct req *r, struct params *p)
{
	bool anonymous = r->who->kind == PRINCIPAL_ANONYMOUS;
	struct audit_row row = {
		.id = r->audit.id,
		.org = r->who->org,
		.at = r->now,
		.actor_type = actors[r->who->kind],
		.actor_id = anonymous ? val_null() : val_uuid(r->who->id),
		.actor_name = r->who->text + r->who->name,
		.action = r->route->name,
		.resource = r->audit.has_subject ? val_uuid(r->audit.subject) : val_null(),
		.address = r->http.client_text,
		.request_id = r->id,
	};
	audit_params(p, r->arena, &row);
}

bool transaction_was_committed(struct req *r)
{
	struct params p;
	transaction_audit_params(r, &p);
	return audit_settle(r->db, r->arena, &p) == OK;
}

/* The COMMIT may still arrive at the server, so the client is not told that the request failed. */
enum err transaction_lost_commit(struct req *r)
{
	r->failure.retry_after = 2;
	return fail(r, ERR_UNAVAILABLE,
		r->idempotency.key
			? "Retry the same request with the same Idempotency-Key; it is executed "
			  "only once."
			: "Read the resource to check whether the change was made before you "
			  "retry. Send an Idempotency-Key to make retries safe.",
		"The database connection was lost during COMMIT.");
}

/* Commits: deferred writes first, then before_commit, whose own deferred writes (outbox rows)
 * follow, then COMMIT. */
static enum err commit(struct req *r, bool claimed)
{
	struct params p;
	enum err err = OK;
	assert(r->who && db_in_transaction(r->db));
	assert(!r->before_commit || (r->route->flags & ROUTE_TX));
	if (db_wrote(r->db) || r->batch.n) {
		transaction_audit_params(r, &p);
		err = epoch_enter(r->db, r->arena, &p);
		if (!err)
			err = req_defer(r, &audit_insert, &p);
	}
	if (!err && claimed)
		err = idempotency_store(r);
	if (!err)
		err = batch_run(r->db, r->arena, &r->batch);
	if (!err && r->before_commit)
		err = r->before_commit(r, r->before_commit_ctx);
	if (!err)
		err = batch_run(r->db, r->arena, &r->batch);
	if (err)
		return err;
	r->changed = true;
	response_cache_change_begin(r);
	err = db_commit(r->db);
	if (err == ERR_LOST && !transaction_was_committed(r))
		return transaction_lost_commit(r);
	response_cache_change_end(r);
	return err == ERR_LOST ? OK : err;
}

/* One run of the transaction; the caller rolls back after a failure. */
static enum err run_in_transaction(struct req *r)
{
	bool replayed = false;
	r->batch.n = 0;
	r->secret = NULL;
	enum err err = OK;
	db_begin(r->db);
	if (r->idempotency.key)
		err = idempotency_claim(r, &replayed);
	if (err || replayed)
		return err;
	err = gate_input(r);
	if (!err)
		err = r->route->handler(r);
	if (err)
		return err;
	return commit(r, r->idempotency.key != NULL);
}

/* Whether to retry. After a deadlock or lock wait it pauses first, with jitter; after a lost
 * connection the retry is immediate, and only if nothing had been written. */
static bool should_retry(struct req *r, enum err err, int attempt, int64_t since_ns)
{
	bool retry = err == ERR_RETRY && attempt < RUNS && clock_mono_ns() - since_ns < RUNS_NS;
	if (!retry && !(err == ERR_LOST && attempt < 3 && !db_wrote(r->db)))
		return false;
	log_msg(LOG_INFO, "%s, retrying transaction (attempt %d)",
		retry ? "deadlock or lock wait" : "connection lost", attempt);
	if (retry)
		clock_pause_ms(
			1 + r->audit.id.b[15] % (8L * attempt)); /* the id's last byte is random */
	return true;
}

#define SUSPENDED_S 5 /* Retry-After, in seconds */

/* Before another run: new ids, above the mark of an epoch that may have begun since.
 * ERR_SUSPENDED: there is none. */
static enum err renew_ids(struct req *r)
{
	struct params p;
	if (!r->who || !(r->route->flags & ROUTE_TX))
		return OK;
	req_params(r, &p, NULL);
	if (db_ready(r->db) != OK)
		return OK; /* the run will meet the same error */
	enum err err = epoch_follow(r->db, r->arena, &p);
	if (err == ERR_SUSPENDED)
		r->failure.retry_after = SUSPENDED_S;
	if (err)
		return err == ERR_SUSPENDED ? err : OK;
	r->audit.id = uuid_make();
	r->now = clock_now();
	return OK;
}

/* ---- ROUTE_BLOCKING_IO ---- */

/* Claims the Idempotency-Key in a committed transaction, so that nothing stays locked while the
 * handler waits. */
static enum err claim_key(struct req *r, bool *replayed)
{
	if (!r->idempotency.key)
		return db_ready(r->db);
	db_begin(r->db);
	enum err err = idempotency_claim(r, replayed);
	if (!err && !*replayed)
		err = db_commit(r->db);
	if (db_in_transaction(r->db))
		db_rollback(r->db);
	return err;
}

/* Commits the deferred writes. Only this is retried, not the handler, because its effect on the
 * other server cannot be undone. */
static enum err write_down(struct req *r)
{
	struct statement_batch kept = r->batch;
	int64_t since = clock_mono_ns();
	enum err err = OK;
	int attempt = 1;
	do {
		if (attempt > 1)
			err = renew_ids(r);
		if (err == ERR_SUSPENDED)
			break;
		r->batch = kept;
		db_begin(r->db);
		err = commit(r, r->idempotency.key != NULL);
		if (db_in_transaction(r->db))
			db_rollback(r->db);
	} while (err && should_retry(r, err, attempt++, since));
	r->batch = kept;
	return err;
}

static enum err run_waiting(struct req *r)
{
	bool replayed = false;
	r->batch.n = 0;
	r->secret = NULL;
	enum err err = claim_key(r, &replayed);
	if (err || replayed)
		return err;
	err = gate_input(r);
	if (!err)
		err = r->route->handler(r);
	assert(!db_in_transaction(r->db));
	if (!err)
		err = write_down(r);
	if (err && r->idempotency.key)
		idempotency_release(r);
	return err;
}

/* ---- all routes ---- */

static enum err run_once(struct req *r)
{
	if (r->route->flags & ROUTE_BLOCKING_IO)
		return run_waiting(r);
	if (r->route->flags & ROUTE_TX) {
		enum err err = run_in_transaction(r);
		if (db_in_transaction(r->db))
			db_rollback(r->db);
		return err;
	}
	assert(r->route->flags & ROUTE_READ);
	enum err err = db_ready(r->db);
	if (!err)
		err = gate_input(r);
	if (err)
		return err;
	return r->route->handler(r);
}

enum err transaction_run(struct req *r)
{
	if (r->route->flags & ROUTE_TX) {
		r->now = clock_now(); /* the audit row's time is that of its id */
		r->audit.id = uuid_make();
	}
	for (int attempt = 1;; attempt++) {
		enum err err = run_once(r);
		/* a blocking handler with deferred writes has had its effect */
		bool done = r->route->flags & ROUTE_BLOCKING_IO && r->batch.n;
		if (!err || done || !should_retry(r, err, attempt, r->began_ns))
			return err;
		response_reset(r);
		err = renew_ids(r);
		if (err)
			return err;
	}
}

/* Remembers only what is wrong with the request itself: a conflict may pass by itself (sold out,
 * held, in progress), and the retry then succeeds. Neither has had an effect. If another request
 * claimed the key meanwhile, its response stays. */
void transaction_store_refusal(struct req *r, enum err err)
{
	bool replayed = false;
	int status = err_row(err)->status;
	if (!r->idempotency.key || !r->route || status >= 500 || err == ERR_IDEMPOTENCY ||
		err == ERR_CONFLICT || r->failure.retry_after)
		return;
	/* visitors could fill the table with errors; without effects a retry is harmless */
	if (r->who->kind == PRINCIPAL_ANONYMOUS)
		return;
	struct buf *head = r->response.head, *body = r->response.body;
	if (body->n > IDEMPOTENCY_REFUSAL_MAX)
		return;
	struct response kept = r->response;
	char *head_text = arena_dup(r->arena, text_or(head->p, ""), head->n),
	     *body_text = arena_dup(r->arena, body->p, body->n);
	size_t head_n = head->n, body_n = body->n;
	r->batch.n = 0;
	db_begin(r->db);
	enum err stored = idempotency_claim(r, &replayed);
	if (!stored && !replayed)
		stored = idempotency_store(r);
	if (!stored && !replayed)
		stored = batch_run(r->db, r->arena, &r->batch);
	if (!stored && !replayed)
		stored = db_commit(r->db);
	if (db_in_transaction(r->db))
		db_rollback(r->db);
	if (stored)
		log_msg(LOG_INFO, "could not store error response under its Idempotency-Key");
	if (replayed)
		return;
	r->response = kept;
	buf_clear(head);
	buf_clear(body);
	buf_put(head, head_text, head_n);
	buf_put(body, body_text, body_n);
}
