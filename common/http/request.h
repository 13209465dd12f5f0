/* request: the state of one request, from the received headers to the response. */
#ifndef TG_HTTP_REQUEST_H
#define TG_HTTP_REQUEST_H

#include "common/text/cidr.h"
#include "common/messages/messages.h"
#include "common/runtime/config.h"
#include "common/db/connection.h"
#include "common/schema/field.h"
#include "common/db/batch.h"
#include "common/schema/cursor.h"
#include "common/schema/route.h"
#include "common/runtime/shm.h"
#include "common/db/statement.h"
#include "common/http/fastcgi.h"

/* Ceilings in bytes: request body, response body, and all memory of a request but the parsed body,
 * whose memory is bounded by its number of values (JSON_VALUES_MAX). */
#define BODY_MAX ((size_t)1024 * 1024)
/* The same, and the most values, of a body that anybody may send: a hold of 100 ticket types takes
 * 8 KiB and 504 values. */
#define OPEN_BODY_MAX ((size_t)64 * 1024)
#define OPEN_VALUES_MAX ((size_t)600)
#define RESPONSE_MAX ((size_t)32 * 1024 * 1024)
/* Bytes of a response's body that are copied behind its head: one system call less. */
#define RESPONSE_COPIED ((size_t)64 * 1024)

#define ARENA_MAX ((size_t)48 * 1024 * 1024)

struct principal;

/* The state of a process, kept between requests. */
struct app {
	const char *program; /* "events" */
	/* From the command line or the environment; NULL: looked up at the first request. */
	const char *conf_path;
	struct config *conf; /* NULL until it was read; then shm and db are set, too */
	struct shm *shm;
	struct db *db;
	/* the configuration lies where the web server may send it to anyone: nothing is served */
	bool served;
	bool looked; /* at the document root of a request, which tells `served` */
	uint64_t edition; /* of the program and its configuration; responses depend on both */
	enum err (*setup)(struct req *r); /* see struct module; NULL: none */
	void (*after)(struct req *r); /* the same */
	const struct route_table *tables; /* one per module; ends with NULL routes */
	/* Workers of the master; 0: unknown, because the web server starts the processes. */
	int64_t workers;
};

/* The memory of one request, used again for later ones. */
struct room {
	struct arena *arena; /* reset after each request */
	struct buf body; /* the request body */
	struct buf head, reply; /* header lines and body of the response */
	struct buf out; /* the assembled response, written at once */
};

/* The response, as collected before it is sent. */
struct response {
	int status; /* 0: none yet */
	struct buf *head; /* header lines, each ended by CR LF */
	struct buf *body;
	struct json json; /* the writer of the body */
	bool replayed; /* it is the stored response of an Idempotency-Key */
	bool begun; /* the head was sent (response_stream_begin) */
	size_t sent; /* bytes of the body sent since then */
};

struct cgi_param {
	const char *text; /* "NAME=value" */
	size_t n; /* bytes of the name */
};

#define CACHE_PARTS 6 /* of the data: see common/access/response_cache.c */

/* Overrides of the error's row, set by fail(). */
struct failure {
	const char *message, *hint; /* NULL: the defaults of the error's row */
	const char *challenge;
	int64_t retry_after; /* seconds, for the header Retry-After; 0: none */
};

/* One request. It is zeroed by req_begin; texts live in the arena. */
struct req {
	struct app *app;
	struct room *room;
	struct arena *arena; /* the room's */
	struct db *db;
	struct conn *conn;
	char id[REQUEST_ID + 1]; /* "req_…", as in X-Request-Id and the log */
	int64_t now; /* ms since 1970; one instant for everything the request writes */
	int64_t began_ns; /* monotonic clock, for durations */
	/* As received. */
	struct {
		struct cgi_param *params; /* those of the connection */
		size_t n_params;
		const char *method_text;
		enum method method;
		bool head; /* HEAD, handled as GET without the body */
		const char *raw_path; /* without query, as sent, for the log */
		const char *mount; /* "/open-api/v1"; NULL: no mount point, or a malformed path */
		const char *mount_seen; /* the same, but also set for a malformed path */
		struct path path; /* below the mount point */
		const char *raw_query;
		struct query query; /* decoded */
		struct addr client; /* the client's address, behind trusted proxies */
		const char *client_text;
		const char *body; /* NULL until req_body; owned by room->body */
		size_t body_n;
	} http;
	/* Set by the gates (common/api/pipeline.c). */
	const struct route *route;
	unsigned allowed; /* mask of the methods that the path supports */
	const char *args[ROUTE_ARGS]; /* the {…} parts of the path */
	const struct principal *who; /* NULL: not authenticated (yet) */
	void *tenant; /* what the route's resolve_tenant leaves for the handler */
	bool by_browser; /* see ROUTE_KNOWN_BROWSER */
	const char *session; /* token of the session cookie; NULL: authenticated otherwise */
	struct {
		struct quota quota;
		const char *name; /* tier or "address", for the rate limit headers */
	} rate;
	/* Of what people read; set by req_language(). */
	struct {
		enum language of;
		bool known, named; /* it was looked up; the query names it */
	} language;
	/* The validated input. */
	struct json_object *json; /* the parsed body; freed by common/api/server.c */
	struct params input; /* the body, read by the route's fields */
	struct params filters; /* the query, read by the route's fields */
	struct page_request page; /* ROUTE_LIST only */
	struct problems problems;
	struct ignored ignored;
	struct {
		bool strict, lenient; /* Prefer: handling=… (RFC 7240 section 4.4) */
	} prefer;
	struct {
		const char *key; /* NULL: none was sent */
		size_t key_n;
		/* For the audit row: its own id, and the id of the resource that was changed. */
		uint8_t fingerprint[32]; /* SHA-256 of method, path and body */
	} idempotency;
	struct {
		struct uuid id, subject;
		bool has_subject;
	} audit;
	/* What the response shows, or the request changes: see common/access/response_cache.h. */
	struct {
		struct uuid event; /* the only event, */
		unsigned events; /* 1; 0: lists or other data, 2: more than one */
		bool global; /* what the administrator's commands alone change */
		bool counts_left_out; /* it does not show numbers of sold and held tickets */
		bool brief; /* it changes by itself soon */
		int64_t until; /* and at this time, ms; 0: it does not */
	} shown;
	/* Of common/access/response_cache.c; set before the database is read. */
	struct {
		uint8_t name[32]; /* cache key: SHA-256 of everything the response depends on */
		uint64_t event; /* the event that the response probably shows */
		uint64_t generation[CACHE_PARTS]; /* of the parts of the organization's data, */
		bool settled[CACHE_PARTS]; /* and whether nobody is changing them */
		int64_t since; /* when these were read */
		uint64_t file; /* the shared memory in which a change has begun */
	} cache;
	/* Keys or sessions of the caller's organization change: its cached ones of this node are
	 * invalidated after COMMIT. */
	bool forget_keys;
	/* The hash of one session that ends, of whatever organization; NULL: none. */
	const uint8_t *forget_session;
	/* COMMIT was sent: the organization's cached responses are invalidated. */
	bool published; /* it wrote an event to the outbox */
	bool changed;
	/* A secret created by this run of the handler, shown once in the response; NULL: none. */
	const char *secret;
	struct statement_batch batch; /* deferred writes (req_defer), sent before COMMIT */
	/* The transaction is shared with other requests (common/api/joint.h): its rows were read
	 * for all of them, and the handler may only read and defer. */
	void *joint;
	/* Called after all other writes, right before COMMIT: for contended rows, which are then
	 * locked for one round trip only. Only in routes with ROUTE_TX. */
	NODISCARD enum err (*before_commit)(struct req *r, void *ctx);
	void *before_commit_ctx;
	struct response response;
	struct failure failure;
};

/* The response shows, or the request changes, data of this event. */
void req_event(struct req *r, struct uuid event);
/* The response is not valid after this time. */
void req_until(struct req *r, int64_t ms);

/* The value of a header by its CGI name ("HTTP_IF_MATCH", "CONTENT_TYPE"). NULL when it is absent
 * or ambiguous: CGI turns every other character of a name into _ (RFC 3875 section 4.1.18), so
 * X-Forwarded-For and X.Forwarded.For arrive as two values of one name, of which the client may
 * have made up either. `count` (may be NULL) gets the number of values; web servers have joined
 * the lines of one header already. */
const char *req_header(const struct req *r, const char *name, size_t *count);
/* The same for headers whose loss would change what the request means: ERR_VALIDATION, with a
 * problem of the field `label`, when there are several values. */
NODISCARD enum err req_single(
	struct req *r, const char *name, const char *label, const char **value);
/* Whether `token` is among the comma-separated tokens of the header; ignores case and white
 * space. */
bool req_prefers(const struct req *r, const char *name, const char *token);

/* The value of a parameter in the query of a page, which has no query fields: the first one, in the
 * arena; NULL: there is none, or the query is malformed. */
const char *req_page_query(struct req *r, const char *name);
/* The language of a page: that of the query (lang=fil), or what Accept-Language asks for. */
enum language req_language(struct req *r);

/* Initializes a request: id, time, method, path, query, client address. Never fails: a malformed
 * path leaves http.mount NULL, and the route gate responds 404. */
void req_begin(struct req *r, struct app *app, struct room *room, struct conn *conn);
/* Reads the whole body into room->body, once. ERR_TOO_LARGE above BODY_MAX, or above OPEN_BODY_MAX
 * when the route takes callers without a key or session; ERR_VALIDATION when it is shorter than
 * announced. */
NODISCARD enum err req_body(struct req *r);
/* The parsed body, parsed once and owned by the request; NULL when it is empty or not JSON, with a
 * message in `why`. */
struct json_object *req_json(struct req *r, char why[JSON_WHY]);

/* Sets the error's message (formatted) and hint for the client and returns `err`, for `return
 * fail(…)`. `hint` must outlive the request; NULL: the default of the error's row. */
NODISCARD enum err fail(struct req *r, enum err err, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds a problem of one field and returns ERR_VALIDATION. */
NODISCARD enum err fail_field(struct req *r, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Initializes `out` with the parameters that every statement may name: :org and :key_id of the
 * principal, when there is one, and :now; then adds those of `extra`, unless it is NULL. */
void req_params(const struct req *r, struct params *out, const struct params *extra);
/* Runs a statement by sql_run on the request's connection; the rows are in its arena. `rows` may be
 * NULL. In a shared transaction a write gives ERR_RETRY: the request is then run alone. */
NODISCARD enum err req_sql(
	struct req *r, const struct statement *st, const struct params *params, struct rows *rows);
/* Defers a write whose result the request does not read: all deferred writes are sent in one round
 * trip, in order, before before_commit and COMMIT. Texts and bytes must outlive the request.
 * ERR_DUPLICATE and others are reported at COMMIT. In a shared transaction ERR_RETRY when there are
 * more than BATCH_MAX. */
NODISCARD enum err req_defer(
	struct req *r, const struct statement *st, const struct params *params);

#endif
