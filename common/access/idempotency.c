/* idempotency: the same POST twice does its work once (contract section 5). */
#include "common/access/idempotency.h"

#include "common/access/auth.h"
#include "common/base/log.h"
#include "common/http/response.h"
#include "common/crypto/seal.h"
#include "common/crypto/digest.h"

#include <string.h>

#define KEPT_MS (INT64_C(24) * 3600 * 1000)
/* a claim that was committed without an answer (ROUTE_WAITS): whoever made it is gone by then */
#define RUNNING_MS 60000

/* Two requests under one key: the second must not wait for the first, but be told. */
static const struct statement idem_insert = {
	"idem_insert",
	"SET STATEMENT innodb_lock_wait_timeout=0 FOR INSERT INTO idempotency (key_id,"
	" idem_key, fingerprint, created_at)"
	" SELECT k.id, :idemKey, :fingerprint, :now"
	" FROM api_keys k WHERE k.org_id = :org AND k.id = :key_id",
	SQL_WRITE | SQL_QUIET,
};
/* The same for a signed-in user, by whose id the key is remembered. */
static const struct statement idem_insert_user = {
	"idem_insert_user",
	"SET STATEMENT innodb_lock_wait_timeout=0 FOR INSERT INTO idempotency (key_id,"
	" idem_key, fingerprint, created_at)"
	" SELECT u.id, :idemKey, :fingerprint, :now"
	" FROM users u WHERE u.org_id = :org AND u.id = :key_id",
	SQL_WRITE | SQL_QUIET,
};
/* A visitor has no row of its own: the name is made of what only this visitor's requests have in
 * common (whose, of the route). */
static const struct statement idem_insert_visitor = {
	"idem_insert_visitor",
	"SET STATEMENT innodb_lock_wait_timeout=0 FOR INSERT INTO idempotency (key_id,"
	" idem_key, fingerprint, created_at)"
	" SELECT :key_id, :idemKey, :fingerprint, :now"
	" FROM organizations o WHERE o.id = :org",
	SQL_WRITE | SQL_QUIET,
};
static const struct statement *const inserts[] = {[PRINCIPAL_KEY] = &idem_insert,
	[PRINCIPAL_USER] = &idem_insert_user,
	[PRINCIPAL_VISITOR] = &idem_insert_visitor};

static const struct statement idem_find = {
	"idem_find",
	"SELECT fingerprint, status, headers, body, created_at AS createdAt"
	" FROM idempotency"
	" WHERE key_id = :key_id AND idem_key = :idemKey",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement idem_expire = {
	"idem_expire",
	"DELETE"
	" FROM idempotency"
	" WHERE key_id = :key_id AND idem_key = :idemKey AND created_at <= :before",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement idem_finish = {
	"idem_finish",
	"UPDATE idempotency"
	" SET status = :status, headers = :headers, body = :body"
	" WHERE key_id = :key_id AND idem_key = :idemKey",
	SQL_WRITE | SQL_GLOBAL,
};

static const struct statement idem_drop = {
	"idem_drop",
	"DELETE"
	" FROM idempotency"
	" WHERE key_id = :key_id AND idem_key = :idemKey AND fingerprint = :fingerprint"
	" AND status IS NULL",
	SQL_WRITE | SQL_GLOBAL,
};

const struct statement *const idem_statements[] = {
	&idem_find,
	&idem_expire,
	&idem_finish,
	&idem_drop,
	NULL,
};
const struct statement *const idem_caller_statements[] = {
	&idem_insert,
	&idem_insert_user,
	NULL,
};
const struct statement *const idem_visitor_statements[] = {
	&idem_insert_visitor,
	NULL,
};

enum err idem_read(struct req *r)
{
	const char *s;
	enum err err = req_single(r, "HTTP_IDEMPOTENCY_KEY", "Idempotency-Key", &s);
	if (err || !s || r->method != METHOD_POST || (r->route->flags & ROUTE_UNKEPT))
		return err;
	size_t n = strlen(s);
	/* a quoted sf-string and the bare word name the same key */
	if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
		s++;
		n -= 2;
	}
	bool clean = n >= 1 && n <= 255;
	for (size_t i = 0; i < n && clean; i++)
		clean = s[i] > 0x20 && s[i] < 0x7f;
	if (!clean)
		return fail_field(r, "Idempotency-Key",
			"Idempotency-Key must be 1 to 255 visible ASCII characters");
	r->idem_key = s;
	r->idem_n = n;
	/* the method is POST; the path and the body, apart by a byte that neither path has */
	char *whole = arena_printf(r->arena, "POST %s", r->raw_path);
	size_t head = strlen(whole) + 1;
	char *joined = arena_alloc(r->arena, head + r->body_n);
	memcpy(joined, whole, head);
	memcpy(joined + head, r->body, r->body_n);
	sha256(joined, head + r->body_n, r->fingerprint);
	return OK;
}

static void idem_params(struct req *r, struct params *p)
{
	req_params(r, p, NULL);
	params_set(p, "idemKey", val_bytes(r->idem_key, r->idem_n));
	params_set(p, "fingerprint", val_bytes(r->fingerprint, sizeof r->fingerprint));
}

static enum err in_flight(struct req *r)
{
	r->failure.retry_after = 1;
	enum err err = fail(r, ERR_CONFLICT,
		"Wait a second and send the same request again: it will get the first one's "
		"answer.",
		"A request with this Idempotency-Key is still running.");
	return err;
}

/* The stored answer becomes this one's. Its body was sealed: it may show a secret, and certainly
   shows people's names. A stored error ends in its requestId, which must be this request's. */
static enum err replay(struct req *r, const struct rows *rows)
{
	struct val head = rows_get(rows, 0, "headers"), body = rows_get(rows, 0, "body");
	bool whole = body.type == VAL_BYTES && body.n >= SEAL_MORE;
	size_t n = whole ? body.n - SEAL_MORE : 0;
	reply_reset(r);
	r->ignored = (struct ignored){0};
	char *room = buf_room(r->reply.body, n);
	if (!whole || !room ||
		!unseal(r->node->conf->answers_key, r->fingerprint, sizeof r->fingerprint, body.s,
			n + SEAL_MORE, (uint8_t *)room)) {
		log_say(LOG_ERROR,
			"a stored answer cannot be opened: was it sealed with another key file?");
		return ERR_INTERNAL;
	}
	r->reply.body->n += n;
	room[n] = 0;
	r->reply.status = (int)rows_int(rows, 0, "status");
	r->reply.replayed = true;
	if (head.type == VAL_BYTES)
		buf_put(r->reply.head, head.s, head.n);
	if (r->reply.status >= 400 && r->reply.body->n > REQUEST_ID + 2)
		memcpy(r->reply.body->p + r->reply.body->n - REQUEST_ID - 2, r->id, REQUEST_ID);
	reply_header(r, "Idempotency-Replayed", "true");
	return OK;
}

enum err idem_claim(struct req *r, bool *replayed)
{
	struct params p;
	struct rows rows;
	idem_params(r, &p);
	*replayed = false;
	for (int attempt = 0; attempt < 2; attempt++) {
		enum err err = req_sql(r, inserts[r->who->kind], &p, NULL);
		/* the first one holds the row; a deadlock cannot be, this is the transaction's
		 * first lock */
		if (err == ERR_RETRY)
			return in_flight(r);
		if (err != ERR_DUPLICATE)
			return err;
		err = req_sql(r, &idem_find, &p, &rows);
		if (err)
			return err;
		bool answered = rows_get(&rows, 0, "status").type == VAL_INT;
		int64_t before = r->now - (answered ? KEPT_MS : RUNNING_MS);
		bool young = rows_int(&rows, 0, "createdAt") > before;
		if (rows.n == 0 || (young && !answered))
			return in_flight(r);
		if (young)
			break;
		params_set(&p, "before", val_time(before));
		err = req_sql(r, &idem_expire, &p, NULL);
		if (err)
			return err;
		if (attempt == 1)
			return in_flight(r);
	}
	struct val known = rows_get(&rows, 0, "fingerprint");
	if (known.n != sizeof r->fingerprint ||
		!same_bytes(known.s, r->fingerprint, sizeof r->fingerprint))
		return ERR_IDEMPOTENCY;
	enum err err = replay(r, &rows);
	*replayed = err == OK;
	return err;
}

void idem_release(struct req *r)
{
	struct params p;
	idem_params(r, &p);
	if (db_ready(r->db) != OK || req_sql(r, &idem_drop, &p, NULL) != OK)
		log_say(LOG_INFO, "an Idempotency-Key stays claimed for a minute");
}

enum err idem_store(struct req *r)
{
	struct params p;
	idem_params(r, &p);
	/* Ignored-Fields is said by whoever reads a body (common/http/response.c); a replay reads
	 * none */
	struct buf ignored;
	buf_init(&ignored, 2048);
	reply_ignored(r, &ignored);
	params_set(&p, "status", val_int(r->reply.status));
	char *headers = arena_printf(r->arena, "%s%s", r->reply.head->n ? r->reply.head->p : "",
		ignored.n ? ignored.p : "");
	params_set(&p, "headers", val_bytes(headers, strlen(headers)));
	buf_free(&ignored);
	size_t n = r->reply.body->n;
	uint8_t *sealed = arena_alloc(r->arena, n + SEAL_MORE);
	seal(r->node->conf->answers_key, r->fingerprint, sizeof r->fingerprint,
		r->reply.body->p ? r->reply.body->p : "", n, sealed);
	params_set(&p, "body", val_bytes(sealed, n + SEAL_MORE));
	return req_later(r, &idem_finish, &p);
}
