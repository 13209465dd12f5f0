/* suite: one program with the API of all resources, the ticketgate command and the sender of
 * webhooks, for hosts where one file and one database connection per process are better than nine.
 */
#include "cli/core/cli.h"
#include "common/api/server.h"
#include "cron/mail_send/main.h"
#include "cron/webhook_flush/flush.h"
#include "fcgi/boxoffice/modules.h"
#include "fcgi/dashboard/modules.h"
#include "fcgi/events/modules.h"
#include "fcgi/keys/modules.h"
#include "fcgi/orders/modules.h"
#include "fcgi/public/modules.h"
#include "fcgi/tickets/modules.h"
#include "fcgi/venues/modules.h"
#include "fcgi/webhooks/modules.h"
#include "suite/cron.h"
#include "suite/setup.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SUITE_MODULES 256 /* room for the modules of all programs */

static const struct module *const own_modules[] = {
	&cron_module,
	&setup_module,
	NULL,
};

static const struct module *const *const suite_programs[] = {
	boxoffice_modules,
	dashboard_modules,
	events_modules,
	keys_modules,
	orders_modules,
	public_modules,
	tickets_modules,
	venues_modules,
	webhooks_modules,
	own_modules,
	NULL,
};

/* What the program is when it is called so, or when its first argument is this word. */
static const struct {
	const char *word;
	int (*run)(int argc, char **argv);
} suite_words[] = {
	{"mail-send", mail_main},
	{"ticketgate", cli_main},
	{"webhook-flush", flush_main},
};
#define SUITE_WORDS (sizeof suite_words / sizeof *suite_words)

/* Whether `list`, which ends with NULL, has the module, or one of nothing but the same statements:
 * several programs have them. */
static bool suite_has(const struct module *const *list, const struct module *m)
{
	for (; *list; list++) {
		bool same = m->statements && (*list)->statements == m->statements;
		if (*list == m || (same && !m->routes && !m->resources && !m->describe))
			return true;
	}
	return false;
}

/* The modules of all programs, each once, in the order of the programs. Static storage. */
static const struct module *const *suite_modules(void)
{
	static const struct module *all[SUITE_MODULES];
	size_t n = 0;
	for (size_t i = 0; suite_programs[i]; i++)
		for (const struct module *const *m = suite_programs[i]; *m; m++) {
			if (suite_has(all, *m))
				continue;
			assert(n + 1 < SUITE_MODULES);
			all[n++] = *m;
		}
	return all;
}

static int suite_serve(int argc, char **argv)
{
	return server_main(argc, argv, "suite", suite_modules());
}

/* The main function for a word; NULL when the program has none. */
static int (*suite_find(const char *word))(int argc, char **argv)
{
	for (size_t i = 0; i < SUITE_WORDS; i++)
		if (strcmp(word, suite_words[i].word) == 0)
			return suite_words[i].run;
	return NULL;
}

int main(int argc, char **argv)
{
	int (*run)(int argc, char **argv);
	if (argc < 1)
		return 2;
	/* In CGI the arguments come from the client's query (RFC 3875 section 4.4): they choose
	 * nothing, and neither does the name under which the file lies there. */
	if (getenv("GATEWAY_INTERFACE"))
		return suite_serve(1, argv);
	const char *slash = strrchr(argv[0], '/');
	if ((run = suite_find(slash ? slash + 1 : argv[0])))
		return run(argc, argv);
	if (argc > 1 && (run = suite_find(argv[1])))
		return run(argc - 1, argv + 1);
	return suite_serve(argc, argv);
}
