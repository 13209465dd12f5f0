/* service: serves requests, from the gates to the access log. */
#include "common/api/service.h"

#include "common/http/etag.h"
#include "common/access/auth.h"
#include "common/access/rate_limit.h"
#include "common/access/response_cache.h"
#include "common/api/joint.h"
#include "common/api/pipeline.h"
#include "common/api/transaction.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most requests at once: those that are kept, and one more. */
#define SLOTS (KEPT_MAX + 1)

/* A request and the memory it needs until it is answered. */
struct slot {
	struct req req;
	struct room room;
	bool waits; /* it is kept, and not answered yet */
	bool jumped; /* it reached its memory limit */
};

static struct slot slots[SLOTS]; /* static, so that longjmp keeps them */
static size_t kept; /* the first ones are kept for a shared transaction */
static jmp_buf overflowed;
static struct arena *shared_arena; /* of a shared transaction */

/* Runs the handler of a request that was not kept, and tells the caches. */
static enum err run(struct req *r)
{
	enum err err = transaction_run(r);
	if (!r->changed && !err && (r->route->flags & ROUTE_READ))
		response_cache_store(r);
	return err;
}

/* Completes the response after the result of the gates or of the handler. */
static void conclude(struct req *r, enum err err, bool gated)
{
	auth_forget(r); /* also after an error: the change may have been committed */
	if (!err) {
		etag_not_modified(r);
		if (r->response.status == 304)
			rate_limit_unchanged(r);
		return;
	}
	response_error(r, err);
	if (!gated)
		transaction_store_refusal(r, err);
}

/* Passes the gates and answers; false when the request is to be kept. */
static bool answer(struct req *r)
{
	enum err err = gates_pass(r);
	bool gated = err != OK;
	if (!err && !r->response.status) {
		assert(r->route); /* gate_route found it */
		if (r->route->joint)
			return false;
		if (!response_cache_find(r))
			err = run(r);
	}
	conclude(r, err, gated);
	return true;
}

static bool has_secret_paths(const struct route_table *t)
{
	bool any = false;
	for (const struct route *route = t->routes; route->path && !any; route++)
		any = route->flags & ROUTE_SECRET_PATH;
	return any;
}

/* The path for the log: the mount alone where the rest is a credential, or a misspelt one. */
static const char *logged_path(const struct req *r)
{
	const char *mount = r->http.mount_seen;
	if (r->route && (r->route->flags & ROUTE_SECRET_PATH))
		return r->route->path;
	for (const struct route_table *t = r->app->tables; mount && t->routes; t++)
		if (strcmp(mount, t->mount) == 0 &&
			(t->secret || (!r->route && has_secret_paths(t))))
			return mount;
	return r->http.raw_path;
}

static void access_line(struct req *r)
{
	char key[UUID_TEXT + 1] = "";
	if (r->who)
		uuid_print(&r->who->id, key);
	struct log_access a = {
		.method = r->http.method_text,
		.path = logged_path(r),
		.client = r->http.client_text,
		.key = r->who && r->who->kind == PRINCIPAL_KEY ? key : NULL,
		.user = r->who && r->who->kind == PRINCIPAL_USER ? key : NULL,
		.status = r->response.status,
		.bytes_in = (long)r->http.body_n,
		.bytes_out = (long)(r->response.begun ? r->response.sent : r->response.body->n),
		.ms = (double)(clock_mono_ns() - r->began_ns) / 1e6,
	};
	log_access(&a);
}

/* The path in a variable TG_CONF=path, which Apache renames to REDIRECT_TG_CONF after internal
 * redirects; NULL for other variables. */
static const char *conf_in_environment(const char *variable)
{
	static const char *const names[] = {"TG_CONF=", "REDIRECT_TG_CONF="};
	for (size_t i = 0; i < 2; i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return variable + strlen(names[i]);
	return NULL;
}

/* Adds a file's identity to a hash; an upgrade and an edit change it. */
static uint64_t add_file(uint64_t hash, const char *path)
{
	struct stat st = {0};
	if (stat(path, &st) != 0)
		return hash;
	const uint64_t seen[] = {st.st_dev, st.st_ino, (uint64_t)st.st_size,
		(uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec};
	return hash_bytes(hash, seen, sizeof seen);
}

static void unconfigure(struct app *app)
{
	if (app->db)
		db_free(app->db);
	if (app->shm)
		shm_detach(app->shm);
	if (app->conf)
		config_free(app->conf);
	app->db = NULL;
	app->shm = NULL;
	app->conf = NULL;
	app->served = app->looked = false;
}

/* Looks at the document root of the first request. When the file was moved afterwards it is looked
 * up anew. */
static void check_served(struct app *app, char **env)
{
	static const char name[] = "DOCUMENT_ROOT=";
	if (!app->conf || (app->looked && !app->served))
		return;
	app->looked = true;
	bool before = app->served;
	app->served = false;
	for (char **e = env; e && *e; e++)
		if (strncmp(*e, name, strlen(name)) == 0)
			app->served = config_is_served(app->conf->path, *e + strlen(name));
	if (app->served && !before)
		log_msg(LOG_ERROR, "%s lies below the document root: move it", app->conf->path);
}

/* Without a configuration the program keeps running, and requests get 503. */
void service_configure(struct app *app, char **env)
{
	static int64_t next; /* time of the next try, monotonic ns */
	static char said[600]; /* the last logged failure */
	char why[500];
	if (app->conf || clock_mono_ns() < next)
		return;
	if (env) /* at start TG_CONF may be missing; the first request may have it */
		next = clock_mono_ns() + 1000000000;
	const char *given = app->conf_path;
	for (char **e = env; e && *e && !given; e++)
		given = conf_in_environment(*e);
	app->conf = config_open(given, app->program, why, sizeof why);
	if (!app->conf) {
		if (strcmp(said, why) != 0)
			log_msg(LOG_ERROR, "%s", why);
		snprintf(said, sizeof said, "%s", why);
		return;
	}
	url_guard_configure(app->conf);
	config_open_log(app->conf);
	why[0] = 0;
	app->shm = shm_attach(app->conf->shm_path, app->conf->key_file, why, sizeof why);
	if (!shm_shared(app->shm))
		log_msg(LOG_WARN,
			"shared memory unavailable; rate limits and key cache are per process: %s",
			why);
	else if (*why)
		log_msg(LOG_WARN, "shared memory: %s used instead: %s", shm_path(app->shm), why);
	app->db = db_new(app->conf);
	db_share(app->db, app->shm);
	app->edition = add_file(add_file(HASH_START, "/proc/self/exe"), app->conf->path);
}

static void room_init(struct room *room)
{
	room->arena = arena_new(ARENA_MAX);
	buf_init(&room->body, BODY_MAX + 16);
	buf_init(&room->head, 16384);
	buf_init(&room->reply, RESPONSE_MAX);
	buf_init(&room->out, RESPONSE_COPIED + 65536);
}

static void room_free(struct room *room)
{
	arena_free(room->arena);
	buf_free(&room->body);
	buf_free(&room->head);
	buf_free(&room->reply);
	buf_free(&room->out);
	*room = (struct room){0};
}

struct app *app_new(const char *program, const struct route_table *tables, const char *conf_path)
{
	struct app *app = oom_check(calloc(1, sizeof *app));
	app->program = program;
	app->tables = tables;
	app->conf_path = conf_path;
	return app;
}

void app_free(struct app *app)
{
	unconfigure(app);
	for (size_t i = 0; i < SLOTS && slots[i].room.arena; i++)
		room_free(&slots[i].room);
	arena_free(shared_arena);
	shared_arena = NULL;
	free(app);
}

/* Releases the request's memory, and the buffers' memory above a usual size. */
static void finish(struct slot *s)
{
	if (s->req.json)
		json_object_put(s->req.json);
	log_request(NULL);
	arena_guard(s->room.arena, NULL, NULL);
	arena_reset(s->room.arena);
	buf_trim(&s->room.body, 65536);
	buf_trim(&s->room.reply, 262144);
	buf_clear(&s->room.out);
	s->req = (struct req){0};
	s->waits = s->jumped = false;
}

/* Called by an arena at its ceiling: continues where setjmp() was called. */
static void ceiling_passed(void *ctx)
{
	if (ctx)
		((struct slot *)ctx)->jumped = true;
	longjmp(overflowed, 1);
}

/* Answers a request that has reached its memory limit. The jump may have interrupted a query, so
 * the state of the connection is unknown. */
static void answer_overflow(struct app *app, struct slot *s)
{
	struct req *r = &s->req;
	if (app->db)
		db_drop(app->db);
	if (r->response.begun) {
		response_stream_abort(r);
		return;
	}
	struct json_object *json = r->json;
	struct conn *conn = r->conn;
	rate_limit_claims_end(r);
	arena_guard(s->room.arena, NULL, NULL);
	arena_reset(s->room.arena);
	req_begin(r, app, &s->room, conn);
	r->json = json;
	log_request(r->id);
	log_msg(LOG_WARN, "request exceeded its memory limit");
	response_error(r, ERR_TOO_LARGE);
}

/* Sends the response. Before that others read what the request has taken. */
static void finish_response(struct req *r)
{
	rate_limit_claims_end(r);
	(void)response_send(r);
}

bool service_handle(struct app *app, struct conn *conn)
{
	struct slot *s = &slots[kept];
	assert(kept < SLOTS);
	if (app->served && access(app->conf->path, F_OK) != 0)
		unconfigure(app);
	service_configure(app, conn->env);
	check_served(app, conn->env);
	if (app->shm)
		shm_reattach(app->shm, clock_mono_ns());
	if (!s->room.arena)
		room_init(&s->room);
	arena_guard(s->room.arena, ceiling_passed, s);
	if (setjmp(overflowed) == 0) {
		req_begin(&s->req, app, &s->room, conn);
		log_request(s->req.id);
		s->waits = !answer(&s->req);
	} else {
		answer_overflow(app, s);
	}
	kept += s->waits;
	if (!s->waits)
		finish_response(&s->req);
	return s->waits;
}

static void housekeep(struct app *app, struct slot *s)
{
	if (!s->req.app)
		return;
	access_line(&s->req);
	if (app->conf)
		auth_touch(&s->req);
	if (app->conf && app->after)
		app->after(&s->req);
	finish(s);
}

void service_finish(struct app *app)
{
	housekeep(app, &slots[kept]);
	if (app->db)
		db_give_way(app->db);
}

int64_t service_idle(struct app *app)
{
	return app->db ? db_rest(app->db) : -1;
}

/* ---- requests that were kept ---- */

/* Answers a request that was run with others, or runs it in a transaction of its own; then ends the
 * connection and releases the request's memory. */
static void settle_one(struct app *app, struct slot *s, const struct joint_member *m)
{
	struct req *r = &s->req;
	log_request(r->id);
	if (!s->jumped && setjmp(overflowed) == 0)
		conclude(r, m->done ? m->err : run(r), false);
	else
		answer_overflow(app, s);
	finish_response(r);
	if (r->conn->finish)
		r->conn->finish(r->conn);
	housekeep(app, s);
}

/* Runs the requests together. One that reaches its memory limit is not shared, and fails them all:
 * they are then run alone. */
static void settle_together(struct app *app, struct joint_member *list, size_t n)
{
	if (!shared_arena)
		shared_arena = arena_new(ARENA_MAX);
	arena_guard(shared_arena, ceiling_passed, NULL);
	if (setjmp(overflowed) == 0) {
		joint_run(list, n, shared_arena);
	} else {
		db_drop(app->db);
		joint_undo(list, n);
	}
	arena_guard(shared_arena, NULL, NULL);
	arena_reset(shared_arena);
}

/* Settles the requests from `first` on that share a joint with it; n of them. */
static void settle_run(struct app *app, struct slot *first, size_t n)
{
	static struct joint_member list[KEPT_MAX]; /* static, so that longjmp keeps it */
	for (size_t i = 0; i < n; i++)
		list[i] = (struct joint_member){.r = &first[i].req};
	if (n > 1)
		settle_together(app, list, n);
	for (size_t i = 0; i < n; i++)
		if (list[i].done)
			settle_one(app, &first[i], &list[i]);
	for (size_t i = 0; i < n; i++)
		if (!list[i].done)
			settle_one(app, &first[i], &list[i]);
}

void service_settle(struct app *app)
{
	size_t n = kept;
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n; k++)
			if (slots[k].req.route->joint != slots[i].req.route->joint)
				break;
		settle_run(app, &slots[i], k - i);
	}
	kept = 0;
}
