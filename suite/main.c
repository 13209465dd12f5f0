/* suite: one program with the API of all resources, the ticketgate command and the sender of
 * webhooks, for hosts where one file and one database connection per process are better than nine.
 */
#include "cli/core/cli.h"
#include "common/api/server.h"
#include "cron/mail_send/main.h"
#include "cron/webhook_flush/flush.h"
#include "suite/cron.h"
#include "suite/programs.h"
#include "suite/setup.h"

#include <stdlib.h>
#include <string.h>

static const struct module *const own_modules[] = {
	&cron_module,
	&setup_module,
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

static int suite_serve(int argc, char **argv)
{
	return server_main(argc, argv, "suite", suite_modules(own_modules));
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
