/* request: one request: what came in, who sent it, what goes out. */
#ifndef TG_HTTP_REQUEST_H
#define TG_HTTP_REQUEST_H

#include "common/text/cidr.h"
#include "common/runtime/config.h"
#include "common/db/connection.h"
#include "common/schema/field.h"
#include "common/db/batch.h"
#include "common/schema/cursor.h"
#include "common/schema/route.h"
#include "common/runtime/shm.h"
#include "common/db/statement.h"
#include "common/http/fastcgi.h"

#define BODY_MAX ((size_t)1024 * 1024)
#define RESPONSE_MAX ((size_t)32 * 1024 * 1024)
/* a 1 MiB body of the worst shape, parsed and answered */
#define ARENA_MAX ((size_t)48 * 1024 * 1024)

struct principal;

/* What a process keeps between requests. */
struct app {
	const char *program; /* "events" */
	/* given on the command line or by the environment; NULL: found later */
	const char *conf_path;
	struct config *conf; /* NULL until it could be read */
	struct shm *shm;
	struct db *db;
	struct arena *arena;
	const struct route_table *tables; /* one per resource; ends with NULL routes */
	struct buf body, head, reply, out;
};

struct response {
	int status;
	struct buf *head; /* header lines, each ended by CR LF */
	struct buf *body;
	struct json json; /* the writer of the body */
	bool replayed;
	bool begun; /* the head is out already (response_stream_begin) */
	size_t sent; /* bytes of the body since then */
};

/* Why the request failed, told to the client. */
struct failure {
	const char *message, *hint; /* NULL: what the error's row says */
	const char *challenge;
	int64_t retry_after; /* seconds; 0: none */
};

struct req {
	struct app *app;
	struct arena *arena;
	struct db *db;
	struct conn *conn;
	char id[REQUEST_ID + 1];
	int64_t now; /* ms, one instant for everything the request writes */
	int64_t began_ns;
	/* As received. */
	struct {
		const char *method_text;
		enum method method;
		bool head;
		const char *raw_path; /* without query, as sent, for the log */
		const char *mount; /* "/open-api/v1"; NULL: below none, or the path is malformed */
		const char *mount_seen; /* the same, also when the rest of the path is malformed */
		struct path path;
		const char *raw_query;
		struct query query;
		struct addr client;
		const char *client_text;
		const char *body;
		size_t body_n;
	} http;
	/* Decided by the gates. */
	const struct route *route;
	unsigned allowed; /* methods that the path answers */
	const char *args[ROUTE_ARGS];
	const struct principal *who;
	const char *session; /* token of the cookie that identified the user; NULL: a key */
	struct {
		struct quota quota;
		const char *name;
	} rate;
	/* What the client asks for. */
	struct json_object *json; /* the body, parsed; common/api/server.c frees it */
	struct params input; /* the body, by the route's fields */
	struct params filters; /* the query, by the route's fields */
	struct page_request page;
	struct problems problems;
	struct ignored ignored;
	struct {
		bool strict, lenient; /* Prefer: handling=… (RFC 7240 section 4.4) */
	} prefer;
	struct {
		const char *key; /* NULL: none was sent */
		size_t key_n;
		uint8_t fingerprint[32];
	} idempotency;
	/* What the handler tells the audit row. */
	struct {
		struct uuid id, subject;
		bool has_subject;
	} audit;
	/* Set before anything was read: common/access/response_cache.c. */
	struct {
		uint64_t generation;
		uint8_t name[32]; /* of the question */
	} cache;
	bool forget_keys; /* keys or sessions change: this node drops those it remembers at COMMIT
	                   */
	const char
		*secret; /* made by this run of the request, shown once in its answer; NULL: none */
	struct statement_batch batch; /* writes that only have to be there at COMMIT */
	/* Run after everything else was written, right before COMMIT: for rows so hot that they
	 * must be locked for one round trip only. */
	NODISCARD enum err (*before_commit)(struct req *r, void *ctx);
	void *before_commit_ctx;
	/* What goes back. */
	struct response response;
	struct failure failure;
};

/* A header by its CGI name ("HTTP_IF_MATCH", "CONTENT_TYPE"). `count` gets how often it came. NULL
 * when not at all. The first one. */
const char *req_header(const struct req *r, const char *name, size_t *count);
/* One value or none: a second one is a problem named by `label`, and ERR_VALIDATION. */
NODISCARD enum err req_single(
	struct req *r, const char *name, const char *label, const char **value);
/* Is `token` among the comma-separated tokens of any header of that name? Case-insensitive; spaces
 * around "=" do not count. */
bool req_prefers(const struct req *r, const char *name, const char *token);

/* Method, path, query, client address. Never fails: what is wrong shows as a NULL path, and the
 * gates judge. */
void req_begin(struct req *r, struct app *app, struct conn *conn);
/* The whole body into node->body; ERR_TOO_LARGE, or ERR_VALIDATION when it broke off. Reads once.
 */
NODISCARD enum err req_body(struct req *r);

/* Remembers what to tell the client and returns `err`, so that a handler says `return fail(…)`.
 * `hint` NULL: the row's. */
NODISCARD enum err fail(struct req *r, enum err err, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* One field problem as the whole answer. */
NODISCARD enum err fail_field(struct req *r, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Parameters that every statement may name: :org, :key_id, :now, and `extra` copied when not NULL.
 */
void req_params(const struct req *r, struct params *out, const struct params *extra);
/* sql_run on the request's connection and arena. */
NODISCARD enum err req_sql(
	struct req *r, const struct statement *st, const struct params *params, struct rows *rows);
/* A write that nothing in this request reads: sent with others, in their order, before `last` and
 * COMMIT. Text and bytes must live as long as the request. */
NODISCARD enum err req_defer(
	struct req *r, const struct statement *st, const struct params *params);

#endif
