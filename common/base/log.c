/* log: writes one JSON object per line to standard error or a file. */
#include "common/base/log.h"

#include "common/base/clock.h"
#include "common/base/hex.h"
#include "common/base/utf8.h"
#include "common/base/uuid.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

/* bytes, newline included: PIPE_BUF, so that lines of several processes are not mixed in a pipe */
#define LINE 4096
#define SHORT 128 /* bytes of an escaped word, such as a program or error code */
#define PATH_ROOM 2048 /* bytes of an escaped path */
#define MORE "\xe2\x80\xa6" /* U+2026, an ellipsis where text was cut */

struct line {
	char p[LINE];
	size_t n;
};

/* State of the process: each program has one log. */
static int log_fd = STDERR_FILENO;
static enum log_level log_least = LOG_INFO;
static const char *program_name = "ticketgate";
static const char *request; /* id of the current request, NULL: none */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Escapes the character at p for JSON; returns the bytes written, at most 6, and sets *used to the
 * bytes of p consumed. */
static size_t escape(const unsigned char *p, size_t n, char out[8], size_t *used)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *special = *p ? strchr(from, *p) : NULL;
	size_t length = utf8_length(p, n);

	if (!length) {
		*used = 1;
		memcpy(out, "\xef\xbf\xbd", 3);
		return 3;
	}
	*used = length;
	if (special) {
		out[0] = '\\';
		out[1] = to[special - from];
		return 2;
	}
	if (*p < 0x20 || *p == 0x7f)
		return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)*p);
	memcpy(out, p, length);
	return length;
}

/* The number of bytes at p that are printable ASCII and need no escape. */
static size_t plain_run(const unsigned char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

/* Appends as much as fits. */
static void put_raw(struct line *l, const char *s)
{
	size_t n = strlen(s);

	if (n > LINE - l->n)
		n = LINE - l->n;
	memcpy(l->p + l->n, s, n);
	l->n += n;
}

static void put_number(struct line *l, const char *name, long long v)
{
	char text[64];

	snprintf(text, sizeof text, ",\"%s\":%lld", name, v);
	put_raw(l, text);
}

#define SECRET_BEGINS 15 /* characters of a UUID up to its version */

/* Whether a UUID of version 4 begins at s. */
static bool begins_secret_id(const char s[SECRET_BEGINS])
{
	static const char pattern[SECRET_BEGINS + 1] = "xxxxxxxx-xxxx-4";

	for (size_t i = 0; i < SECRET_BEGINS; i++)
		if (pattern[i] == 'x' ? hex_digit(s[i]) < 0 : s[i] != pattern[i])
			return false;
	return true;
}

/* Masks the digits after the first eight of each UUID of version 4 in n bytes: such ids are secrets
 * (uuid.h). The end of one may have been cut off. */
static void mask_secret_ids(char *s, size_t n)
{
	for (size_t i = 0; i + SECRET_BEGINS <= n; i++) {
		if (!begins_secret_id(s + i))
			continue;
		for (size_t k = i + 8; k < MIN(i + UUID_TEXT, n); k++)
			if (hex_digit(s[k]) >= 0)
				s[k] = '*';
	}
}

/* Appends ,"name":"text" with the escaped text cut to `room` bytes. Callers must leave room for the
 * rest of the line. */
static void put_text(struct line *l, const char *name, const char *s, size_t n, size_t room)
{
	const unsigned char *p = (const unsigned char *)s;
	char text[8];
	size_t used, length, begin, end,
		mark; /* mark: the last place where the text can be cut for MORE */

	put_raw(l, l->n ? ",\"" : "{\"");
	put_raw(l, name);
	put_raw(l, "\":\"");
	begin = mark = l->n;
	end = l->n + room;
	assert(end < LINE);
	for (size_t i = 0; i < n; i += used) {
		/* no more than fits is looked at: a text may be far longer than a line */
		size_t fits = l->n + strlen(MORE) < end ? end - strlen(MORE) - l->n : 0;
		used = plain_run(p + i, MIN(n - i, fits));
		if (used) {
			memcpy(l->p + l->n, p + i, used);
			mark = l->n += used;
			continue;
		}
		length = escape(p + i, n - i, text, &used);
		if (l->n + length > end) {
			l->n = mark;
			put_raw(l, MORE);
			break;
		}
		memcpy(l->p + l->n, text, length);
		l->n += length;
		if (l->n + strlen(MORE) <= end)
			mark = l->n;
	}
	mask_secret_ids(l->p + begin, l->n - begin);
	put_raw(l, "\"");
}

static void put_word(struct line *l, const char *name, const char *s)
{
	if (s)
		put_text(l, name, s, strlen(s), SHORT);
}

static void line_begin(struct line *l, enum log_level level)
{
	char now[TIME_TEXT + 1];

	l->n = 0;
	time_print(clock_now(), now);
	put_word(l, "time", now);
	put_word(l, "level", level_names[level]);
	put_word(l, "program", program_name);
	put_number(l, "pid", getpid());
	put_word(l, "requestId", request);
}

/* Writes the line with one write(2); an error is ignored, since there is nowhere to report it. */
static void line_end(struct line *l)
{
	ssize_t n;

	put_raw(l, "}\n");
	do
		n = write(log_fd, l->p, l->n);
	while (n < 0 && errno == EINTR);
}

bool log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
		if (!strcmp(name, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	return false;
}

void log_open(const char *path, enum log_level least)
{
	int fd = STDERR_FILENO, error = 0;

	log_least = least;
	if (path && *path) {
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
		error = fd < 0 ? errno : 0;
	}
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	log_fd = fd < 0 ? STDERR_FILENO : fd;
	if (error)
		log_msg(LOG_ERROR, "cannot open log file %s: %s; logging to standard error", path,
			strerror(error));
}

void log_program(const char *name)
{
	program_name = name;
}

void log_request(const char *request_id)
{
	request = request_id;
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	struct line l;
	/* escaping never shortens text: what does not fit here does not fit the line either */
	char message[LINE];
	va_list ap;
	int error = errno, n;

	if (level < log_least)
		return;
	va_start(ap, fmt);
	n = vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	line_begin(&l, level);
	if (n < 0)
		message[0] = 0;
	put_text(&l, "message", message, strlen(message), LINE - l.n - sizeof ",\"message\":\"\"}");
	line_end(&l);
	errno = error;
}

/* Without %f of printf(3), which uses the locale's decimal point and prints "nan". */
static void put_ms(struct line *l, double ms)
{
	char text[64];
	long long us = ms >= 0 && ms < 1e12 ? (long long)(ms * 1000 + 0.5) : 0;

	snprintf(text, sizeof text, ",\"ms\":%lld.%03lld", us / 1000, us % 1000);
	put_raw(l, text);
}

void log_access(const struct log_access *a)
{
	struct line l;
	int error = errno;

	if (LOG_INFO < log_least)
		return;
	line_begin(&l, LOG_INFO);
	put_word(&l, "method", a->method);
	if (a->path)
		put_text(&l, "path", a->path, strcspn(a->path, "?"), PATH_ROOM);
	put_number(&l, "status", a->status);
	put_word(&l, "code", a->code);
	put_word(&l, "client", a->client);
	put_word(&l, "key", a->key);
	put_word(&l, "user", a->user);
	put_number(&l, "bytesIn", a->bytes_in);
	put_number(&l, "bytesOut", a->bytes_out);
	put_ms(&l, a->ms);
	line_end(&l);
	errno = error;
}
