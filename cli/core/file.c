/* file: reads whole files into an arena. */
#include "cli/core/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *file_read(struct arena *a, const char *path, size_t *n, char *why, size_t why_size)
{
	const size_t most = 256U << 20;
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size;
	if (!f) {
		snprintf(why, why_size, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	if (fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
	} else if ((size_t)size > most) {
		snprintf(why, why_size, "%s exceeds 256 MiB; split it", path);
	} else {
		text = arena_alloc(a, (size_t)size + 1);
		*n = fread(text, 1, (size_t)size, f);
		text[*n] = '\0';
	}
	fclose(f);
	return text;
}
