/* file: reads whole files. */
#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 0, or the error for a file that is not to be read. */
static int file_fault(int fd, size_t max, struct stat *st)
{
	if (fstat(fd, st))
		return errno;
	if (S_ISDIR(st->st_mode))
		return EISDIR;
	if (!S_ISREG(st->st_mode))
		return EINVAL;
	if ((uintmax_t)st->st_size > max)
		return EFBIG;
	return 0;
}

/* Reads up to `size` bytes; less when the file was cut meanwhile. Returns 0 or an error. */
static int file_fill(int fd, char *to, size_t size, size_t *n)
{
	*n = 0;
	while (*n < size) {
		ssize_t got = read(fd, to + *n, size - *n);

		if (got < 0 && errno != EINTR)
			return errno;
		if (got == 0)
			break;
		if (got > 0)
			*n += (size_t)got;
	}
	to[*n] = '\0';
	return 0;
}

char *file_read(struct arena *arena, const char *path, size_t max, size_t *n, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error;
	struct stat own;
	char *text = NULL;
	size_t size = 0;

	if (fd < 0)
		return NULL;
	if (!st)
		st = &own;
	error = file_fault(fd, max, st);
	if (!error) {
		size = (size_t)st->st_size;
		text = arena ? arena_alloc(arena, size + 1) : oom_check(malloc(size + 1));
		error = file_fill(fd, text, size, n);
	}
	close(fd);
	if (!error)
		return text;
	if (!arena)
		file_wipe(text, size);
	errno = error;
	return NULL;
}

void file_wipe(char *text, size_t n)
{
	if (text)
		explicit_bzero(text, n);
	free(text);
}
