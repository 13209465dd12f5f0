/* log: writes one JSON object per line to standard error or a file. */
#ifndef TG_BASE_LOG_H
#define TG_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* The level named debug, info, warn or error; false, with *level unchanged, for other names. */
bool log_level_parse(const char *name, enum log_level *level);

/* Logs to the end of the file `path` (NULL or "": standard error) what has at least the level
 * `least`. When the file cannot be opened, reports that and logs to standard error. */
void log_open(const char *path, enum log_level least);
void log_program(const char *name); /* sets the "program" member; not copied */
/* Sets the "requestId" of all later lines; NULL: none. Not copied. */
void log_request(const char *request_id);

/* Logs {"time":…,"level":…,"program":…,"pid":…,"requestId":…,"message":…}, escaped, with one
 * write(2), cut to 4 KiB. Preserves errno. Never log a secret; of UUIDs of version 4, which are
 * secrets (uuid.h), only the first eight digits are written, here and in log_access. */
void log_msg(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The access line of one request; NULL members are left out. */
struct log_access {
	/* path: up to a `?`; key and user: ids of the caller; code: of the error */
	const char *method, *path, *client, *key, *user, *code;
	int status;
	long bytes_in, bytes_out; /* of the bodies */
	double ms; /* duration */
};
void log_access(const struct log_access *a);

#endif
