/* place: where the configuration of a new installation belongs. */
#include "cli/setup/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define FOLDER "private"

/* Whether `path` is `root` or lies below it; both are real paths. */
static bool is_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Goes up from the program's folder while folders belong to the user of this process, who owns the
 * program; `out` gets the outermost one that the document root is in. False: there is none. */
static bool find_home(const char *root, char out[PATH_MAX])
{
	char path[PATH_MAX];
	struct stat st;
	bool any = false;

	snprintf(path, sizeof path, "%s", root);
	for (char *slash; (slash = strrchr(path, '/')) && slash != path;) {
		*slash = '\0';
		if (stat(path, &st) != 0 || st.st_uid != geteuid())
			break;
		memcpy(out, path, sizeof path);
		any = true;
	}
	return any;
}

static bool is_writable(const char *folder)
{
	char above[PATH_MAX];
	struct stat st;

	if (stat(folder, &st) == 0)
		return S_ISDIR(st.st_mode) && access(folder, W_OK | X_OK) == 0;
	snprintf(above, sizeof above, "%s", folder);
	char *slash = strrchr(above, '/');
	if (!slash || slash == above)
		return false;
	*slash = '\0';
	return access(above, W_OK | X_OK) == 0;
}

/* Whether config_find() will find a file there: the program lies below the folder's parent. */
static bool is_above_program(const char *home)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

	program[n > 0 ? n : 0] = '\0';
	return is_below(program, home);
}

void setup_place(const char *document_root, struct setup_place *out)
{
	const char *found = config_find(NULL);
	char *root = document_root && *document_root ? realpath(document_root, NULL) : NULL;
	char home[PATH_MAX];

	*out = (struct setup_place){.found = ""};
	if (found)
		snprintf(out->found, sizeof out->found, "%s", found);
	if (!root || strcmp(root, "/") == 0) {
		snprintf(out->folder, sizeof out->folder, "%s", SYSCONFDIR);
	} else {
		if (!find_home(root, home) || !is_above_program(home)) {
			snprintf(home, sizeof home, "%s", root);
			*strrchr(home, '/') = '\0';
		}
		if (snprintf(out->folder, sizeof out->folder, "%s/" FOLDER, home) >=
			(int)sizeof out->folder)
			out->folder[0] = '\0';
	}
	out->writable = is_writable(out->folder);
	free(root);
}
