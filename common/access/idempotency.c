/* idempotency: executes a POST once, however often it is sent with the same Idempotency-Key
 * (contract section 5). */
#include "common/access/idempotency.h"

#include "common/http/principal.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/db/dialect.h"
#include "common/http/response.h"
#include "common/crypto/seal.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <string.h>

#define KEPT_MS (INT64_C(24) * 3600 * 1000) /* how long responses are stored */
/* A claim that was committed without a response (ROUTE_BLOCKING_IO) is stale after this: its
 * process has ended. */
#define RUNNING_MS 60000
#define UNIT 4096 /* bytes of a stored response that count as one more key */

/* A row's key_id is :owner, the id of the first key of the caller's line: the successor of a
 * rotated key inherits its Idempotency-Keys. The primary key serializes requests with the same
 * Idempotency-Key. A concurrent second request gets 409 at once instead of waiting for the first:
 * MySQL looks for the other's row with NOWAIT before it inserts its own. */
#define NOT_CLAIMED                                                                               \
	SQL_MYSQL(" LEFT JOIN (SELECT i.created_at FROM idempotency i"                            \
		  " WHERE i.key_id = :owner AND i.idem_key = :idemKey LIMIT 1 FOR UPDATE NOWAIT)" \
		  " held ON TRUE")
static const struct statement idem_insert = {
	"idem_insert",
	SQL_NO_WAIT "INSERT INTO idempotency (key_id,"
		    " idem_key, fingerprint, created_at)"
		    " SELECT :owner, :idemKey, :fingerprint, :now"
		    " FROM api_keys k" NOT_CLAIMED " WHERE k.org_id = :org AND k.id = :key_id",
	SQL_WRITE | SQL_MAY_BE_LOCKED,
};
/* The same for signed-in users: the row's key_id is the user's id. */
static const struct statement idem_insert_user = {
	"idem_insert_user",
	SQL_NO_WAIT "INSERT INTO idempotency (key_id,"
		    " idem_key, fingerprint, created_at)"
		    " SELECT :owner, :idemKey, :fingerprint, :now"
		    " FROM users u" NOT_CLAIMED " WHERE u.org_id = :org AND u.id = :key_id",
	SQL_WRITE | SQL_MAY_BE_LOCKED,
};
/* Visitors have no row in the database: the key_id is the derived id of the anonymous principal
 * (anonymous_id). */
static const struct statement idem_insert_visitor = {
	"idem_insert_visitor",
	SQL_NO_WAIT "INSERT INTO idempotency (key_id,"
		    " idem_key, fingerprint, created_at)"
		    " SELECT :owner, :idemKey, :fingerprint, :now"
		    " FROM organizations o" NOT_CLAIMED " WHERE o.id = :org",
	SQL_WRITE | SQL_MAY_BE_LOCKED,
};
static const struct statement *const inserts[] = {[PRINCIPAL_KEY] = &idem_insert,
	[PRINCIPAL_USER] = &idem_insert_user,
	[PRINCIPAL_ANONYMOUS] = &idem_insert_visitor};

static const struct statement idem_find = {
	"idem_find",
	"SELECT fingerprint, status, headers, body, created_at AS createdAt"
	" FROM idempotency"
	" WHERE key_id = :owner AND idem_key = :idemKey",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement idem_expire = {
	"idem_expire",
	"DELETE"
	" FROM idempotency"
	" WHERE key_id = :owner AND idem_key = :idemKey AND created_at <= :before",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement idem_finish = {
	"idem_finish",
	"UPDATE idempotency"
	" SET status = :status, headers = :headers, body = :body"
	" WHERE key_id = :owner AND idem_key = :idemKey",
	SQL_WRITE | SQL_GLOBAL,
};

static const struct statement idem_drop = {
	"idem_drop",
	"DELETE"
	" FROM idempotency"
	" WHERE key_id = :owner AND idem_key = :idemKey AND fingerprint = :fingerprint"
	" AND status IS NULL",
	SQL_WRITE | SQL_GLOBAL,
};

/* ---- shared transactions ---- */

#define FIND_MOST 16 /* keys that idem_find_many looks up */

_Static_assert(FIND_MOST >= KEPT_MAX, "one statement looks up the keys of all members");

#define PAIR(i) "(:o" #i ",:k" #i ")"
#define PAIRS(a, b, c, d) PAIR(a) "," PAIR(b) "," PAIR(c) "," PAIR(d)
static const struct statement idem_find_many = {
	"idem_find_many",
	"SELECT key_id AS owner, idem_key AS idemKey"
	" FROM idempotency FORCE INDEX (PRIMARY)"
	" WHERE (key_id, idem_key) IN (" PAIRS(0, 1, 2, 3) "," PAIRS(4, 5, 6, 7) "," PAIRS(
		8, 9, 10, 11) "," PAIRS(12, 13, 14, 15) ")",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement idem_insert_answered = {
	"idem_insert_answered",
	SQL_NO_WAIT "INSERT INTO idempotency (key_id,"
		    " idem_key, fingerprint, created_at, status, headers, body)"
		    " VALUES (:owner, :idemKey, :fingerprint, :now, :status, :headers, :body)",
	SQL_WRITE | SQL_GLOBAL | SQL_MAY_BE_LOCKED,
};

const struct statement *const idempotency_statements[] = {
	&idem_find,
	&idem_find_many,
	&idem_insert_answered,
	&idem_expire,
	&idem_finish,
	&idem_drop,
	NULL,
};
const struct statement *const idempotency_caller_statements[] = {
	&idem_insert,
	&idem_insert_user,
	NULL,
};
const struct statement *const idempotency_anonymous_statements[] = {
	&idem_insert_visitor,
	NULL,
};

/* The id under which the caller's keys are stored. */
static const struct uuid *owner_of(const struct req *r)
{
	return r->who->kind == PRINCIPAL_KEY ? &r->who->lineage : &r->who->id;
}

/* The tag under which keys of a caller or an organization are counted. */
static uint64_t key_tag(const struct uuid *of, uint64_t kind)
{
	uint64_t tag;
	memcpy(&tag, of->b + 8, sizeof tag); /* the random half */
	return tag ^ kind;
}

/* Counts a key, or a part of a stored response, against the caller's keys of 24 hours, and against
 * the organization's, which can create many API keys and users. Visitors do not count for the
 * organization, because its own callers would be refused. In shared memory, because counting rows
 * would cost each request. */
static struct quota count_key(struct req *r)
{
	const struct config *c = r->app->conf;
	struct shm *shm = r->app->shm;
	int64_t window = KEPT_MS * 1000000, now = clock_mono_ns();
	uint64_t tag = key_tag(owner_of(r), UINT64_C(0x6964656d6b657973));
	struct quota own = shm_consume(shm, tag, c->idempotency_keys, window, now);
	if (!own.admitted || r->who->kind == PRINCIPAL_ANONYMOUS)
		return own;
	struct quota all = shm_consume(shm, key_tag(&r->who->org, UINT64_C(0x6964656d6f726773)),
		c->org_idempotency_keys, window, now);
	if (all.admitted)
		return own;
	shm_refund(shm, tag, c->idempotency_keys, window, now);
	return all;
}

static enum err keys_within_limit(struct req *r)
{
	struct quota q = count_key(r);
	if (q.admitted)
		return OK;
	r->failure.retry_after = q.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE,
		"Wait for the number of seconds in Retry-After, or ask the administrator to raise "
		"idempotency_keys or org_idempotency_keys.",
		"Too many Idempotency-Keys within 24 hours: at most %lld.", (long long)q.limit);
}

enum err idempotency_read(struct req *r)
{
	const char *s;
	enum err err = req_single(r, "HTTP_IDEMPOTENCY_KEY", "Idempotency-Key", &s);
	if (err || !s || r->http.method != METHOD_POST || (r->route->flags & ROUTE_NO_IDEMPOTENCY))
		return err;
	size_t n = strlen(s);
	/* a quoted string (RFC 8941) and the bare word are the same key */
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
	r->idempotency.key = s;
	r->idempotency.key_n = n;
	/* method and path, a NUL that no path contains, and the body */
	char *whole = arena_printf(r->arena, "POST %s", r->http.raw_path);
	size_t head = strlen(whole) + 1;
	char *joined = arena_alloc(r->arena, head + r->http.body_n);
	memcpy(joined, whole, head);
	memcpy(joined + head, r->http.body, r->http.body_n);
	sha256(joined, head + r->http.body_n, r->idempotency.fingerprint);
	return keys_within_limit(r);
}

static void idem_params(struct req *r, struct params *p)
{
	req_params(r, p, NULL);
	params_set(p, "owner", val_uuid(*owner_of(r)));
	params_set(p, "idemKey", val_bytes(r->idempotency.key, r->idempotency.key_n));
	params_set(p, "fingerprint",
		val_bytes(r->idempotency.fingerprint, sizeof r->idempotency.fingerprint));
}

static enum err in_flight(struct req *r)
{
	r->failure.retry_after = 1;
	enum err err = fail(r, ERR_CONFLICT,
		"Wait one second and retry the same request. The retry returns the response of the "
		"first.",
		"A request with this Idempotency-Key is in progress.");
	return err;
}

/* The response was too large to be stored. */
static enum err not_stored(struct req *r, int64_t status)
{
	return fail(r, ERR_CONFLICT,
		"Read the resource, or list the newest: the request was executed once and is not "
		"executed again.",
		"The first request with this Idempotency-Key succeeded with status %lld; its "
		"response was too large to be stored.",
		(long long)status);
}

/* Makes the stored response the response. Its body is encrypted, because it may contain secrets and
 * personal data. A stored error ends with its requestId, which is replaced by this request's. */
static enum err replay(struct req *r, const struct rows *rows)
{
	struct val head = rows_get(rows, 0, "headers"), body = rows_get(rows, 0, "body");
	if (!val_is_set(body))
		return not_stored(r, rows_int(rows, 0, "status"));
	bool whole = body.type == VAL_BYTES && body.n >= SEAL_OVERHEAD;
	size_t n = whole ? body.n - SEAL_OVERHEAD : 0;
	response_reset(r);
	r->ignored = (struct ignored){0};
	char *room = buf_room(r->response.body, n);
	if (!whole || !room ||
		!unseal(r->app->conf->answers_key,
			(struct span){
				r->idempotency.fingerprint, sizeof r->idempotency.fingerprint},
			(struct span){body.s, n + SEAL_OVERHEAD}, (uint8_t *)room)) {
		log_msg(LOG_ERROR, "cannot decrypt stored response (wrong key_file?)");
		return ERR_INTERNAL;
	}
	r->response.body->n += n;
	room[n] = 0;
	r->response.status = (int)rows_int(rows, 0, "status");
	r->response.replayed = true;
	if (head.type == VAL_BYTES)
		buf_put(r->response.head, head.s, head.n);
	if (r->response.status >= 400 && r->response.body->n > REQUEST_ID + 2)
		memcpy(r->response.body->p + r->response.body->n - REQUEST_ID - 2, r->id,
			REQUEST_ID);
	response_header(r, "Idempotency-Replayed", "true");
	return OK;
}

enum err idempotency_claim(struct req *r, bool *replayed)
{
	struct params p;
	struct rows rows;
	assert(r->who && r->idempotency.key && db_in_transaction(r->db));
	idem_params(r, &p);
	*replayed = false;
	enum err begun = db_ready(r->db); /* a failure of the claim itself means something else */
	if (begun)
		return begun;
	for (int attempt = 0; attempt < 2; attempt++) {
		enum err err = req_sql(r, inserts[r->who->kind], &p, NULL);
		/* the first request holds the row: a deadlock is impossible at a transaction's
		 * first lock */
		if (err == ERR_RETRY)
			return in_flight(r);
		if (err != ERR_DUPLICATE)
			return err;
		err = req_sql(r, &idem_find, &p, &rows);
		if (err)
			return err;
		/* neither branch waits: a young claim is in progress, an old one is deleted */
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
	if (known.n != sizeof r->idempotency.fingerprint ||
		!same_bytes(known.s, r->idempotency.fingerprint, sizeof r->idempotency.fingerprint))
		return ERR_IDEMPOTENCY;
	enum err err = replay(r, &rows);
	*replayed = err == OK;
	return err;
}

void idempotency_release(struct req *r)
{
	struct params p;
	idem_params(r, &p);
	if (db_ready(r->db) != OK || req_sql(r, &idem_drop, &p, NULL) != OK)
		log_msg(LOG_INFO,
			"could not release Idempotency-Key; it stays claimed for a minute");
}

/* The parameters of a response that is stored: headers and encrypted body, or neither when it is
 * too large. */
static void response_params(struct req *r, struct params *p)
{
	assert(r->response.status >= 200 && !r->response.begun);
	idem_params(r, p);
	params_set(p, "status", val_int(r->response.status));
	params_set(p, "headers", val_null());
	params_set(p, "body", val_null());
	size_t n = r->response.body->n;
	if (n > IDEMPOTENCY_BODY_MAX)
		return;
	for (size_t more = n / UNIT; more > 0; more--)
		(void)count_key(r);
	/* Ignored-Fields is added when a response is sent (common/http/response.c); a replay does
	 * not read the body again, so the line is stored with the headers */
	struct buf ignored;
	buf_init(&ignored, 2048);
	response_ignored_fields(r, &ignored);
	char *headers = arena_printf(r->arena, "%s%s",
		r->response.head->n ? r->response.head->p : "", ignored.n ? ignored.p : "");
	params_set(p, "headers", val_bytes(headers, strlen(headers)));
	buf_free(&ignored);
	uint8_t *sealed = arena_alloc(r->arena, n + SEAL_OVERHEAD);
	seal(r->app->conf->answers_key,
		(struct span){r->idempotency.fingerprint, sizeof r->idempotency.fingerprint},
		(struct span){text_or(r->response.body->p, ""), n}, sealed);
	params_set(p, "body", val_bytes(sealed, n + SEAL_OVERHEAD));
}

enum err idempotency_store(struct req *r)
{
	struct params p;
	response_params(r, &p);
	return req_defer(r, &idem_finish, &p);
}

enum err idempotency_store_claimed(struct req *r)
{
	struct params p;
	if (r->response.body->n > IDEMPOTENCY_BODY_MAX)
		return ERR_RETRY;
	response_params(r, &p);
	return req_defer(r, &idem_insert_answered, &p);
}

bool idempotency_same(const struct req *a, const struct req *b)
{
	return a->idempotency.key && b->idempotency.key && uuid_equal(owner_of(a), owner_of(b)) &&
		a->idempotency.key_n == b->idempotency.key_n &&
		memcmp(a->idempotency.key, b->idempotency.key, a->idempotency.key_n) == 0;
}

/* Whether a row is that of the request's key. */
static bool is_row_of(const struct req *r, const struct rows *rows, size_t i)
{
	struct val owner = rows_get(rows, i, "owner"), key = rows_get(rows, i, "idemKey");
	return owner.type == VAL_UUID && uuid_equal(&owner.id, owner_of(r)) &&
		key.n == r->idempotency.key_n && memcmp(key.s, r->idempotency.key, key.n) == 0;
}

/* Unused pairs of the statement repeat the first. */
enum err idempotency_find_many(
	struct db *db, struct arena *a, struct req *const *list, size_t n, bool *found)
{
	struct params p;
	struct rows rows;
	size_t used = 0;
	params_init(&p, a);
	assert(n <= FIND_MOST);
	for (size_t i = 0; i < n; i++) {
		const struct req *r = list[i];
		found[i] = false;
		if (!r->idempotency.key)
			continue;
		params_set(&p, arena_printf(a, "o%zu", used), val_uuid(*owner_of(r)));
		params_set(&p, arena_printf(a, "k%zu", used++),
			val_bytes(r->idempotency.key, r->idempotency.key_n));
	}
	if (used == 0)
		return OK;
	struct val owner = params_get(&p, "o0"), key = params_get(&p, "k0");
	for (; used < FIND_MOST; used++) {
		params_set(&p, arena_printf(a, "o%zu", used), owner);
		params_set(&p, arena_printf(a, "k%zu", used), key);
	}
	enum err err = sql_run(db, a, &idem_find_many, &p, &rows);
	for (size_t i = 0; i < n && !err; i++)
		for (size_t k = 0; k < rows.n && list[i]->idempotency.key; k++)
			found[i] = found[i] || is_row_of(list[i], &rows, k);
	return err;
}
