/* log: one JSON object a line on standard error (or in the configured file). */
#ifndef TG_BASE_LOG_H
#define TG_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Appends to `path` from now on, NULL: standard error. A file that cannot be opened is said on
 * standard error, which is then used. */
void log_open(const char *path, enum log_level least);
void log_program(const char *name); /* the "program" member */
/* The request all later lines belong to; NULL ends it. Not copied. */
void log_request(const char *request_id);

/* {"time":…,"level":…,"program":…,"pid":…,"requestId":…,"message":…}: escaped, one write(2), cut at
 * 4 KiB. Never a secret. */
void log_msg(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The access line of one request. */
struct log_access {
	/* the key or the user that called: their id */
	const char *method, *path, *client, *key, *user, *code;
	int status;
	long bytes_in, bytes_out;
	double ms;
};
void log_access(const struct log_access *a);

#endif
