/* cron: sends webhooks and mail and tidies when a secret URL is called, and sends after a sale. */
#include "suite/cron.h"

#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/crypto/digest.h"
#include "common/http/response.h"
#include "common/runtime/spawn.h"

#include <string.h>
#include <sys/wait.h>

#define URL_SECONDS "20" /* of sending; services that call URLs wait about 30 s */
#define SALE_SECONDS "4" /* longer than SALE_EVERY_NS: each sale finds one, or starts one */
#define EVERY_NS INT64_C(20000000000) /* between two runs of the URL */
#define SALE_EVERY_NS INT64_C(2000000000) /* between two starts after sales */

static char *const no_variables[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};

static pid_t start_sender(const struct app *app, char *sender, const char *seconds, bool once)
{
	char *argv[] = {sender, "--conf", app->conf->path, "--seconds", (char *)seconds,
		once ? "--once" : NULL, NULL};

	return spawn_self(argv, no_variables, -1, -1, -1);
}

static pid_t start_sweep(const struct app *app)
{
	char *argv[] = {"ticketgate", "--conf", app->conf->path, "sweep", NULL};

	return spawn_self(argv, no_variables, -1, -1, -1);
}

/* "ok", or "failed": the log says why. */
static const char *end_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return "failed";
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "ok" : "failed";
}

static uint64_t cron_tag(const char *what)
{
	return hash_bytes(HASH_START, what, strlen(what)) | 1;
}

static enum err cron_get(struct req *r)
{
	const char *secret = r->app->conf->cron_secret, *given = r->args[0];
	size_t n = strlen(secret);

	if (n == 0 || strlen(given) != n || !same_bytes(given, secret, n))
		return fail(r, ERR_NOT_FOUND,
			"The URL has the cron_secret of the configuration, which must not be "
			"empty.",
			"Route not found.");
	bool due = shm_once(r->app->shm, cron_tag("cron url"), EVERY_NS, clock_mono_ns());
	pid_t sweep = due ? start_sweep(r->app) : 0;
	pid_t webhooks = due ? start_sender(r->app, "webhook-flush", URL_SECONDS, true) : 0;
	pid_t mail = due ? start_sender(r->app, "mail-send", URL_SECONDS, true) : 0;
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_bool(j, "ran", due);
	if (due) {
		write_text(j, "webhooks", end_of(webhooks));
		write_text(j, "mail", end_of(mail));
		write_text(j, "sweep", end_of(sweep));
	}
	write_end_object(j);
	response_end(r);
	return OK;
}

/* After the answer to a request. */
static void send_soon(struct req *r)
{
	const struct app *app = r->app;
	if (!r->published || !app->conf->webhook_after_sale ||
		!shm_once(app->shm, cron_tag("after sale"), SALE_EVERY_NS, clock_mono_ns()))
		return;
	while (waitpid(-1, NULL, WNOHANG) > 0) /* those that were started before */
		;
	(void)start_sender(app, "webhook-flush", SALE_SECONDS, false);
	if (config_has_mail(app->conf))
		(void)start_sender(app, "mail-send", SALE_SECONDS, false);
}

static const struct route cron_routes[] = {
	{METHOD_GET, "/cron/{secret}", SCOPE_ANYONE, ROUTE_READ, "cron.run", cron_get, NULL,
		.doc = "Sends due webhooks and mail and tidies, for hosts without cron jobs."},
	{0},
};

const struct module cron_module = {.routes = cron_routes, .mount = MOUNT_NODE, .after = send_soon};
