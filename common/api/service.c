/* service: serves one request at a time, from the gates to the access log. */
#include "common/api/service.h"

#include "common/http/etag.h"
#include "common/access/auth.h"
#include "common/access/rate_limit.h"
#include "common/access/response_cache.h"
#include "common/api/pipeline.h"
#include "common/api/transaction.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs the handler, unless the response is cached. */
static enum err handle(struct req *r)
{
	assert(r->route); /* gate_route found it */
	if (response_cache_find(r))
		return OK;
	enum err err = transaction_run(r);
	if (r->changed)
		response_cache_invalidate(r);
	else if (!err && (r->route->flags & ROUTE_READ))
		response_cache_store(r);
	return err;
}

/* Builds the response, a success or an error. */
static void answer(struct req *r)
{
	enum err err = gates_pass(r);
	bool gated = err != OK;
	if (!err && !r->response.status)
		err = handle(r);
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

static void access_line(struct req *r)
{
	char key[UUID_TEXT + 1] = "";
	if (r->who)
		uuid_print(&r->who->id, key);
	struct log_access a = {
		.method = r->http.method_text,
		.path = r->http.raw_path,
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

static jmp_buf overflowed;
static struct req request; /* one at a time in a process; static, so that longjmp keeps it */

/* Called by the arena at its ceiling: continues in service_handle. */
static void ceiling_passed(void *ctx)
{
	(void)ctx;
	longjmp(overflowed, 1);
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
}

struct app *app_new(const char *program, const struct route_table *tables, const char *conf_path)
{
	struct app *app = oom_check(calloc(1, sizeof *app));
	app->program = program;
	app->tables = tables;
	app->conf_path = conf_path;
	app->arena = arena_new(ARENA_MAX);
	buf_init(&app->body, BODY_MAX + 16);
	buf_init(&app->head, 16384);
	buf_init(&app->reply, RESPONSE_MAX);
	buf_init(&app->out, RESPONSE_MAX + 65536);
	return app;
}

void app_free(struct app *app)
{
	if (app->db)
		db_free(app->db);
	if (app->shm)
		shm_detach(app->shm);
	if (app->conf)
		config_free(app->conf);
	arena_free(app->arena);
	buf_free(&app->body);
	buf_free(&app->head);
	buf_free(&app->reply);
	buf_free(&app->out);
	free(app);
}

/* Releases the request's memory, and the buffers' memory above a usual size. */
static void finish(struct app *app)
{
	if (request.json)
		json_object_put(request.json);
	log_request(NULL);
	arena_guard(app->arena, NULL, NULL);
	arena_reset(app->arena);
	buf_trim(&app->body, 65536);
	buf_trim(&app->reply, 262144);
	buf_trim(&app->out, 262144);
	memset(&request, 0, sizeof request);
}

void service_handle(struct app *app, struct conn *conn)
{
	service_configure(app, conn->env);
	if (app->shm)
		shm_reattach(app->shm, clock_mono_ns());
	arena_guard(app->arena, ceiling_passed, NULL);
	if (setjmp(overflowed) == 0) {
		req_begin(&request, app, conn);
		log_request(request.id);
		answer(&request);
	} else if (request.response.begun) {
		db_drop(app->db);
		response_stream_abort(&request);
	} else {
		/* the jump may have interrupted a query: the state of the connection is unknown */
		if (app->db)
			db_drop(app->db);
		arena_guard(app->arena, NULL, NULL);
		struct json_object *json = request.json;
		arena_reset(app->arena);
		req_begin(&request, app, conn);
		request.json = json;
		log_request(request.id);
		log_msg(LOG_WARN, "request exceeded its memory limit");
		response_error(&request, ERR_TOO_LARGE);
	}
	(void)response_send(&request);
}

void service_finish(struct app *app)
{
	if (!request.app)
		return;
	access_line(&request);
	if (app->conf)
		auth_touch(&request);
	finish(app);
}
