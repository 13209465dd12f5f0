/* transaction: what a route's handler does, in its transaction. */
#include "common/api/transaction.h"

#include "common/access/audit.h"
#include "common/http/principal.h"
#include "common/base/clock.h"
#include "common/api/pipeline.h"
#include "common/access/idempotency.h"
#include "common/base/log.h"
#include "common/http/response.h"

#include <time.h>

#define RUNS 8 /* of one transaction that keeps meeting deadlocks */
/* no further run after that: lock waits add up, and clients wait 30 s at most */
#define RUNS_NS INT64_C(8000000000)

const struct statement *const transaction_statements[] = {
	&audit_insert,
	&audit_find,
	NULL,
};

static const char *const actors[] = {
	[PRINCIPAL_KEY] = "key", [PRINCIPAL_USER] = "user", [PRINCIPAL_ANONYMOUS] = "visitor"};

static void request_audit(struct req *r, struct params *p)
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

static void pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

/* COMMIT was sent and its answer never came. The audit row was in that transaction: if it is there,
   so is everything. If it is not, the transaction may still be on its way, so the client is told to
   ask again, not that it failed. */
static enum err resolve_lost_commit(struct req *r)
{
	struct params p;
	struct rows rows;
	request_audit(r, &p);
	for (int attempt = 0; attempt < 20; attempt++) {
		enum err err = req_sql(r, &audit_find, &p, &rows);
		if (err == OK && rows.n > 0)
			return OK;
		if (err == OK && attempt > 2)
			break;
		pause_ms(100);
	}
	r->failure.retry_after = 2;
	return fail(r, ERR_UNAVAILABLE,
		r->idempotency.key
			? "Send the same request with the same Idempotency-Key again: it will "
			  "be done once, whatever happened to this one."
			: "Read the resource to see whether the change was made before you "
			  "send it again; an Idempotency-Key makes retries safe.",
		"The database went away while the change was being confirmed.");
}

static enum err commit(struct req *r, bool claimed)
{
	struct params p;
	enum err err = OK;
	if (db_wrote(r->db) || r->batch.n) {
		request_audit(r, &p);
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
	if (!err)
		err = db_commit(r->db);
	if (err == ERR_LOST)
		return resolve_lost_commit(r);
	return err;
}

/* One run of the transaction; the caller rolls back after a failure. */
static enum err run_in_transaction(struct req *r)
{
	bool replayed = false;
	r->batch.n = 0;
	r->secret = NULL;
	enum err err = db_begin(r->db);
	if (!err && r->idempotency.key)
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

/* Shall it be tried again? Then a while has passed: after a deadlock or lock wait, with jitter;
 * after a lost connection at once, while nothing had been written. */
static bool should_retry(struct req *r, enum err err, int attempt, int64_t since_ns)
{
	bool retry = err == ERR_RETRY && attempt < RUNS && clock_mono_ns() - since_ns < RUNS_NS;
	if (!retry && !(err == ERR_LOST && attempt < 3 && !db_wrote(r->db)))
		return false;
	log_msg(LOG_INFO, "%s, running the request again (%d)",
		retry ? "deadlock or lock wait" : "connection lost", attempt);
	if (retry)
		pause_ms(1 + r->audit.id.b[15] % (8L * attempt)); /* the id's last byte is random */
	return true;
}

/* ---- a handler that waits for somebody else ---- */

/* For all to see, and nothing stays locked. */
static enum err claim_key(struct req *r, bool *replayed)
{
	if (!r->idempotency.key)
		return db_ready(r->db);
	enum err err = db_begin(r->db);
	if (!err)
		err = idempotency_claim(r, replayed);
	if (!err && !*replayed)
		err = db_commit(r->db);
	if (db_in_transaction(r->db))
		db_rollback(r->db);
	return err;
}

/* What the handler left to be written. It is not run again for this: what it waited for has
 * happened. */
static enum err write_down(struct req *r)
{
	struct statement_batch kept = r->batch;
	int64_t since = clock_mono_ns();
	enum err err;
	int attempt = 1;
	do {
		r->batch = kept;
		err = db_begin(r->db);
		if (!err)
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
	if (!err)
		err = write_down(r);
	if (err && r->idempotency.key)
		idempotency_release(r);
	return err;
}

/* ---- all of them ---- */

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
	enum err err = db_ready(r->db);
	if (!err)
		err = gate_input(r);
	if (err)
		return err;
	return r->route->handler(r);
}

enum err transaction_run(struct req *r)
{
	for (int attempt = 1;; attempt++) {
		enum err err = run_once(r);
		/* what it waited for has happened */
		bool done = r->route->flags & ROUTE_BLOCKING_IO && r->batch.n;
		if (!err || done || !should_retry(r, err, attempt, r->began_ns))
			return err;
		response_reset(r);
	}
}

/* A refusal under an Idempotency-Key is an answer, too: remembered in a transaction of its own, for
   what the handler wrote is undone. Another caller that came first keeps its answer. */
void transaction_store_refusal(struct req *r, enum err err)
{
	bool replayed = false;
	int status = err_row(err)->status;
	if (!r->idempotency.key || !r->route || status >= 500 || err == ERR_IDEMPOTENCY ||
		r->failure.retry_after)
		return;
	/* anybody could fill the table with refusals; what had no effect is simply judged again */
	if (r->who->kind == PRINCIPAL_ANONYMOUS)
		return;
	struct buf *head = r->response.head, *body = r->response.body;
	struct response kept = r->response;
	char *head_text = arena_dup(r->arena, text_or(head->p, ""), head->n),
	     *body_text = arena_dup(r->arena, body->p, body->n);
	size_t head_n = head->n, body_n = body->n;
	r->batch.n = 0;
	enum err stored = db_begin(r->db);
	if (!stored)
		stored = idempotency_claim(r, &replayed);
	if (!stored && !replayed)
		stored = idempotency_store(r);
	if (!stored && !replayed)
		stored = batch_run(r->db, r->arena, &r->batch);
	if (!stored && !replayed)
		stored = db_commit(r->db);
	if (db_in_transaction(r->db))
		db_rollback(r->db);
	if (stored)
		log_msg(LOG_INFO, "a refusal could not be remembered under its Idempotency-Key");
	if (replayed)
		return;
	r->response = kept;
	buf_clear(head);
	buf_clear(body);
	buf_put(head, head_text, head_n);
	buf_put(body, body_text, body_n);
}
