/* ca_bundle: where this machine keeps the certificates of the authorities that it trusts. */
#include "common/net/ca_bundle.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether the folder has a name such as 5ed36f99.0. */
static bool has_hashes(const char *path)
{
	DIR *d = opendir(path);
	bool found = false;

	for (struct dirent *e; d && !found && (e = readdir(d));)
		found = strlen(e->d_name) == 10 && strspn(e->d_name, "0123456789abcdef") == 8 &&
			strcmp(e->d_name + 8, ".0") == 0;
	if (d)
		closedir(d);
	return found;
}

struct ca_bundle ca_bundle_find(const char *root)
{
	static const char *const folders[] = {"/etc/ssl/certs", "/etc/pki/tls/certs"},
				 *const files[] = {"/etc/ssl/certs/ca-certificates.crt",
					 "/etc/pki/tls/certs/ca-bundle.crt",
					 "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
	static char path[PATH_MAX];

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (snprintf(path, sizeof path, "%s%s", root, folders[i]) < (int)sizeof path &&
			has_hashes(path))
			return (struct ca_bundle){.folder = path};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (snprintf(path, sizeof path, "%s%s", root, files[i]) < (int)sizeof path &&
			access(path, R_OK) == 0)
			return (struct ca_bundle){.file = path};
	return (struct ca_bundle){.folder = NULL};
}
