/* config_find: where the configuration file is. */
#include "common/base/text.h"
#include "common/runtime/config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define FILE_NAME "ticketgate.conf"

/* Cuts the last part of an absolute path off; false at the root. */
static bool up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = 0;
	return true;
}

/* Looks in a folder and in those below it that are meant for the file. */
static bool is_in(const char *folder, char found[PATH_MAX])
{
	static const char *const below[] = {"", "etc/", "ticketgate/", "private/"};

	for (size_t i = 0; i < sizeof below / sizeof *below; i++)
		if (snprintf(found, PATH_MAX, "%s/%s" FILE_NAME, folder, below[i]) < PATH_MAX &&
			!access(found, F_OK))
			return true;
	return false;
}

/* Looks in the folders above the program's, as long as they belong to the program's owner: a web
 * server that runs programs as their owner (suEXEC) gives them no variables. */
static bool is_above_program(char found[PATH_MAX])
{
	char folder[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
	struct stat program, st;
	bool first = true;

	folder[MAX(n, 0)] = 0;
	if (n <= 0 || stat(folder, &program) || !up(folder))
		return false;
	while (up(folder)) {
		bool own = stat(folder, &st) == 0 && st.st_uid == program.st_uid;
		if (!own && !first)
			return false;
		if (is_in(folder, found))
			return true;
		first = false;
	}
	return false;
}

const char *config_find(const char *given)
{
	static char found[PATH_MAX];
	const char *env = getenv("TG_CONF");

	if (given || (env && *env)) /* an explicit path never falls back to another file */
		return given ? given : env;
	if (is_above_program(found))
		return found;
	snprintf(found, sizeof found, "%s/" FILE_NAME, SYSCONFDIR);
	if (access(found, F_OK))
		return NULL;
	return found;
}

struct config *config_open(const char *given, const char *program, char *why, size_t why_size)
{
	const char *path = config_find(given);

	if (path)
		return config_load(path, program, why, why_size);
	snprintf(why, why_size,
		"no configuration file found; set --conf FILE or the environment variable TG_CONF");
	return NULL;
}

bool config_is_served(const char *file, const char *document_root)
{
	char *root = *text_or(document_root, "") ? realpath(document_root, NULL) : NULL;
	char *real = root ? realpath(file, NULL) : NULL;
	size_t n = root ? strlen(root) : 0;
	bool below = real && n > 1 && strncmp(real, root, n) == 0 && real[n] == '/';

	free(root);
	free(real);
	return below;
}
