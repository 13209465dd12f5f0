/* server: a program from its tables. */
#include "common/api/server.h"

#include "common/access/auth.h"
#include "common/http/principal.h"
#include "common/base/clock.h"
#include "common/api/describe.h"
#include "common/api/pipeline.h"
#include "common/access/idempotency.h"
#include "common/base/log.h"
#include "common/net/url_guard.h"
#include "common/access/response_cache.h"
#include "common/http/response.h"
#include "common/access/session.h"
#include "common/api/transaction.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What programs run besides the statements of their modules: only those that write, and only those
 * that such a caller calls. */
enum use { USE_WRITES = 1, USE_CALLERS = 2, USE_VISITORS = 4 };
static const struct {
	const struct statement *const *list;
	unsigned needs; /* all of these */
} common[] = {
	{idempotency_statements, USE_WRITES},
	{idempotency_caller_statements, USE_WRITES | USE_CALLERS},
	{idempotency_anonymous_statements, USE_WRITES | USE_VISITORS},
	{transaction_statements, USE_WRITES},
	{auth_statements, USE_CALLERS},
	{session_statements, USE_CALLERS},
};
#define COMMON (sizeof common / sizeof *common)

static enum err handle(struct req *r)
{
	if (response_cache_find(r))
		return OK;
	enum err err = transaction_run(r);
	if (r->route->flags & ROUTE_TX)
		response_cache_invalidate(r);
	else if (!err)
		response_cache_store(r);
	return err;
}

static void server_answer(struct req *r)
{
	enum err err = gates_pass(r);
	bool gated = err != OK;
	if (!err && !r->response.status)
		err = handle(r);
	if (r->forget_keys) /* even when the end is not known: then it may have been committed */
		shm_invalidate_all(r->app->shm);
	if (!err) {
		response_not_modified(r);
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
static struct req request; /* one at a time in a process; static, so that a jump keeps it */

static void ceiling_passed(void *ctx)
{
	(void)ctx;
	longjmp(overflowed, 1);
}

/* Tries to read the configuration, at most once a second; the program goes on and answers 503
 * without it. */
static void configure(struct app *app, char **env)
{
	static int64_t next;
	static char said[600];
	char why[500];
	if (app->conf || clock_mono_ns() < next)
		return;
	if (env) /* at the start nobody has said where it is; the first request may */
		next = clock_mono_ns() + 1000000000;
	const char *given = app->conf_path;
	for (char **e = env; e && *e && !given; e++)
		given = strncmp(*e, "TG_CONF=", 8) == 0             ? *e + 8
			: strncmp(*e, "REDIRECT_TG_CONF=", 17) == 0 ? *e + 17
								    : NULL;
	const char *path = config_find(given);
	if (path)
		app->conf = config_load(path, app->program, why, sizeof why);
	else
		snprintf(
			why, sizeof why, "no configuration file found: set TG_CONF or give --conf");
	if (!app->conf) {
		if (strcmp(said, why) != 0)
			log_msg(LOG_ERROR, "%s", why);
		snprintf(said, sizeof said, "%s", why);
		return;
	}
	url_guard_configure(app->conf);
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	enum log_level least = LOG_INFO;
	for (unsigned i = 0; i < 4; i++)
		if (strcmp(app->conf->log_level, levels[i]) == 0)
			least = i;
	log_open(*app->conf->log_file ? app->conf->log_file : NULL, least);
	why[0] = 0;
	app->shm = shm_attach(app->conf->shm_path, app->conf->key_file, why, sizeof why);
	if (!shm_shared(app->shm))
		log_msg(LOG_WARN,
			"rate limits and remembered keys are not shared between processes: %s",
			why);
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

static void server_finish(struct app *app)
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
	configure(app, conn->env);
	if (app->shm)
		shm_reattach(app->shm, clock_mono_ns());
	arena_guard(app->arena, ceiling_passed, NULL);
	if (setjmp(overflowed) == 0) {
		req_begin(&request, app, conn);
		log_request(request.id);
		server_answer(&request);
	} else if (request.response.begun) {
		db_drop(app->db);
		response_stream_abort(&request);
	} else {
		/* perhaps in the middle of a result: nothing on this connection can be trusted */
		if (app->db)
			db_drop(app->db);
		arena_guard(app->arena, NULL, NULL);
		struct json_object *json = request.json;
		arena_reset(app->arena);
		req_begin(&request, app, conn);
		request.json = json;
		log_request(request.id);
		log_msg(LOG_WARN, "the request needed more memory than one may have");
		response_error(&request, ERR_TOO_LARGE);
	}
	(void)response_send(&request);
}

static void on_start(void *ctx)
{
	struct app *app = ctx;
	configure(app, NULL);
}

static void on_request(void *ctx, struct conn *conn)
{
	service_handle(ctx, conn);
}

static void on_after(void *ctx)
{
	struct app *app = ctx;
	if (!request.app)
		return;
	access_line(&request);
	if (app->conf)
		auth_touch(&request);
	server_finish(app);
}

static int usage(const char *program, int status)
{
	fprintf(status ? stderr : stdout,
		"usage: %s.fcgi [--conf FILE] [--listen PATH|ADDRESS:PORT] [--workers N]\n"
		"       %s.fcgi --describe | --check | --version\n"
		"Serves FastCGI on standard input's socket or on --listen, or one CGI request.\n",
		program, program);
	return status;
}

struct options {
	const char *conf, *listen;
	long workers; /* -1: what the configuration says */
	char act; /* 0: serve; else the first letter of the option */
};

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"conf", required_argument, NULL, 'f'},
		{"listen", required_argument, NULL, 'l'},
		{"workers", required_argument, NULL, 'w'},
		{"describe", no_argument, NULL, 'd'},
		{"check", no_argument, NULL, 'c'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *workers = getenv("TG_WORKERS");
	*o = (struct options){.workers = -1};
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		if (c == 'f')
			o->conf = optarg;
		else if (c == 'l')
			o->listen = optarg;
		else if (c == 'w')
			workers = optarg;
		else if (c == '?')
			return false;
		else
			o->act = (char)c;
	}
	char *end = NULL;
	if (workers && *workers)
		o->workers = strtol(workers, &end, 10);
	return optind == argc && (!end || (*end == 0 && o->workers >= 0 && o->workers <= 256));
}

static struct route_table *route_tables(const struct module *const *modules)
{
	size_t n = 0;
	while (modules[n])
		n++;
	struct route_table *tables = oom_check(calloc(n + 1, sizeof *tables));
	for (size_t i = 0, k = 0; i < n; i++)
		if (modules[i]->routes)
			tables[k++] = (struct route_table){
				modules[i]->mount ? modules[i]->mount : MOUNT_OPEN_API,
				modules[i]->routes, modules[i]->error_page};
	return tables;
}

static int serve(struct app *app, const struct options *o)
{
	struct fastcgi_options options = {.listen = o->listen};
	configure(app, NULL);
	long workers = o->workers >= 0 ? o->workers : app->conf ? (long)app->conf->workers : 0;
	options.workers = (int)workers;
	options.max_requests = app->conf ? (long)app->conf->worker_requests : 0;
	struct fastcgi_app t = {
		.start = on_start, .handle = on_request, .after = on_after, .ctx = app};
	return fastcgi_run(&t, &options);
}

/* The common statements that a program of these modules runs; ends with NULL. */
static void choose_common(
	const struct module *const *modules, const struct statement *const *out[COMMON + 1])
{
	unsigned use = 0;
	for (; *modules; modules++)
		for (const struct route *r = (*modules)->routes; r && r->path; r++)
			use |= (r->flags & ROUTE_TX ? USE_WRITES : 0) |
				(r->scope == SCOPE_PUBLIC ? USE_VISITORS : USE_CALLERS);
	for (size_t i = 0; i < COMMON; i++)
		if ((common[i].needs & use) == common[i].needs)
			*out++ = common[i].list;
	*out = NULL;
}

int server_main(int argc, char **argv, const char *program, const struct module *const *modules)
{
	struct options o;
	log_program(program);
	/* plain CGI: the arguments are the client's query (RFC 3875 section 4.4) */
	if (getenv("GATEWAY_INTERFACE"))
		argc = 1;
	if (!read_options(argc, argv, &o))
		return usage(program, 2);
	if (o.act == 'h')
		return usage(program, 0);
	if (o.act == 'v')
		return printf("%s.fcgi (ticketgate) %s\n", program, TG_VERSION) < 0;
	if (o.act == 'd')
		return describe_print(program, modules);
	const struct statement *const *shared[COMMON + 1];
	choose_common(modules, shared);
	struct arena *a = arena_new(1 << 20);
	const char *fault = describe_fault(a, modules, shared);
	if (fault)
		fprintf(stderr, "%s.fcgi refuses to start: %s\n", program, fault);
	arena_free(a);
	if (fault)
		return 1;
	struct route_table *tables = route_tables(modules);
	struct app *app = app_new(program, tables, o.conf ? o.conf : getenv("TG_CONF"));
	int status = o.act == 'c' ? describe_check(app, modules, shared) : serve(app, &o);
	app_free(app);
	free(tables);
	return status;
}
