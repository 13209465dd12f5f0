/* file: reads whole files. */
#ifndef TG_BASE_FILE_H
#define TG_BASE_FILE_H

#include "common/base/arena.h"

#include <sys/stat.h>

/* Reads a regular file of at most `max` bytes as NUL-terminated text of *n bytes: into the arena,
 * or with NULL into memory of malloc, which the caller frees (file_wipe() for secrets). `st` gets
 * what fstat(2) says; may be NULL. NULL with errno set: EFBIG for a longer file, EISDIR and EINVAL
 * for what is not a regular file. Never waits for the other end of a FIFO. */
char *file_read(struct arena *arena, const char *path, size_t max, size_t *n, struct stat *st);
/* Overwrites the text and frees it; `text` may be NULL. */
void file_wipe(char *text, size_t n);

#endif
