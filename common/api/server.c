/* server: main() of a FastCGI program: its options, its tables and the statements they need. */
#include "common/api/server.h"

#include "common/access/auth.h"
#include "common/access/epoch.h"
#include "common/access/idempotency.h"
#include "common/access/session.h"
#include "common/api/describe.h"
#include "common/api/service.h"
#include "common/api/transaction.h"
#include "common/base/log.h"
#include "common/text/program_options.h"

#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define RETAINED (1 << 20) /* bytes of free memory that a process may keep */

/* Statements that programs run besides those of their modules, by what the program does: it writes,
 * it serves keys and users, it serves visitors. Each program's database account needs rights for
 * these only. */
enum use { USE_WRITES = 1, USE_CALLERS = 2, USE_VISITORS = 4 };
static const struct {
	const struct statement *const *list;
	unsigned needs; /* bits of enum use; all are required */
} common[] = {
	{idempotency_statements, USE_WRITES},
	{idempotency_caller_statements, USE_WRITES | USE_CALLERS},
	{idempotency_anonymous_statements, USE_WRITES | USE_VISITORS},
	{transaction_statements, USE_WRITES},
	{epoch_writer_statements, USE_WRITES},
	{auth_statements, USE_CALLERS},
	{session_statements, USE_CALLERS},
};
#define COMMON (sizeof common / sizeof *common)

static void on_start(void *ctx)
{
	service_configure(ctx, NULL);
}

static bool on_request(void *ctx, struct conn *conn)
{
	return service_handle(ctx, conn);
}

static void on_settle(void *ctx)
{
	service_settle(ctx);
}

static void on_after(void *ctx)
{
	service_finish(ctx);
}

static int64_t on_idle(void *ctx)
{
	return service_idle(ctx);
}

static const struct program_option server_options[] = {
	{"conf", "FILE", 'f',
		"Configuration file (default: $TG_CONF, then the standard locations)."},
	{"listen", "PATH|ADDRESS:PORT", 'l',
		"Socket to create; without it, standard input is one."},
	{"workers", "N", 'w',
		"Worker processes of a master, 0 to 256; 0: a single process (default: "
		"$TG_WORKERS, "
		"then workers of the configuration)."},
	{"describe", NULL, 'd', "Print routes, fields and statements as JSON, then exit."},
	{"check", NULL, 'c', "Check all statements against the database, then exit."},
	{"version", NULL, 'v', "Print the version, then exit."},
	{"help", NULL, 'h', "Print this help, then exit."},
	{0},
};
static const struct program_usage server_usage = {
	"usage: @.fcgi [--conf FILE] [--listen PATH|ADDRESS:PORT] [--workers N]\n"
	"       @.fcgi --describe | --check | --version",
	"Serves FastCGI on the socket on standard input or on --listen, or one CGI request.",
	server_options,
};

static int usage(const char *program, int status)
{
	struct buf out;
	buf_init(&out, 65536);
	program_help(&out, &server_usage, program);
	fwrite(out.p, 1, out.n, status ? stderr : stdout);
	buf_free(&out);
	return status;
}

/* The command line. */
struct options {
	const char *conf, *listen;
	long workers; /* -1: from the configuration */
	char act; /* 0: serve; else the short name of the option: d, c, v or h */
};

static bool read_options(int argc, char **argv, struct options *o)
{
	const char *workers = getenv("TG_WORKERS");
	*o = (struct options){.workers = -1};
	for (int c; (c = program_option_next(&server_usage, argc, argv)) != -1;) {
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

struct route_table *server_routes(const struct module *const *modules)
{
	size_t n = 0;
	while (modules[n])
		n++;
	struct route_table *tables = oom_check(calloc(n + 1, sizeof *tables));
	for (size_t i = 0, k = 0; i < n; i++)
		if (modules[i]->routes)
			tables[k++] = (struct route_table){
				text_or(modules[i]->mount, MOUNT_OPEN_API), modules[i]->routes,
				modules[i]->error_page, modules[i]->slugs, modules[i]->secret};
	return tables;
}

static int serve(struct app *app, const struct options *o)
{
	struct fastcgi_options options = {.listen = o->listen};
	service_configure(app, NULL);
	long workers = app->conf ? (long)app->conf->workers : 0;
	if (o->workers >= 0)
		workers = o->workers;
	app->workers = workers;
	options.workers = (int)workers;
	options.max_requests = app->conf ? (long)app->conf->worker_requests : 0;
	struct fastcgi_app t = {.start = on_start,
		.handle = on_request,
		.settle = on_settle,
		.after = on_after,
		.idle = on_idle,
		.ctx = app};
	return fastcgi_run(&t, &options);
}

/* The bits of enum use for a route. */
static unsigned uses_of(const struct route *r)
{
	unsigned use = r->scope == SCOPE_PUBLIC ? USE_VISITORS : USE_CALLERS;
	if (r->flags & ROUTE_TX)
		use |= USE_WRITES;
	return use;
}

/* Selects the common statements that a program of these modules needs; `out` ends with NULL. */
static void choose_common(
	const struct module *const *modules, const struct statement *const *out[COMMON + 1])
{
	unsigned use = 0;
	for (; *modules; modules++)
		for (const struct route *r = (*modules)->routes; r && r->path; r++)
			use |= uses_of(r);
	for (size_t i = 0; i < COMMON; i++)
		if ((common[i].needs & use) == common[i].needs)
			*out++ = common[i].list;
	*out = NULL;
}

/* The memory of a large response goes back to the system. glibc raises its thresholds to the
 * largest block that was freed (mallopt(3)), and would keep as much; musl does not. */
static void give_memory_back(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, RETAINED);
	mallopt(M_TRIM_THRESHOLD, RETAINED);
#endif
}

int server_main(int argc, char **argv, const char *program, const struct module *const *modules)
{
	struct options o;
	log_program(program);
	give_memory_back();
	/* in CGI the arguments come from the client's query (RFC 3875 section 4.4) */
	if (getenv("GATEWAY_INTERFACE"))
		argc = 1;
	if (!read_options(argc, argv, &o))
		return usage(program, 2);
	if (o.act == 'h')
		return usage(program, 0);
	if (o.act == 'v')
		return printf("%s.fcgi (ticketgate) %s\n", program, TG_VERSION) < 0;
	if (o.act == 'd')
		return describe_print(program, &server_usage, modules);
	const struct statement *const *shared[COMMON + 1];
	choose_common(modules, shared);
	struct arena *a = arena_new(1 << 20);
	const char *fault = describe_fault(a, modules, shared);
	if (fault)
		fprintf(stderr, "%s.fcgi refuses to start: %s\n", program, fault);
	arena_free(a);
	if (fault)
		return 1;
	struct route_table *tables = server_routes(modules);
	struct app *app = app_new(program, tables, o.conf ? o.conf : getenv("TG_CONF"));
	for (size_t i = 0; modules[i]; i++) {
		app->setup = app->setup ? app->setup : modules[i]->setup;
		app->after = app->after ? app->after : modules[i]->after;
	}
	int status = o.act == 'c' ? describe_check(app, modules, shared) : serve(app, &o);
	app_free(app);
	free(tables);
	return status;
}
