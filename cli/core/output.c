/* output: messages on standard error, aligned tables, times and ids as text. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/db/login.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Prints "ticketgate: <message>" on standard error, after what standard output holds so far. */
static void say(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

static void say(const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("ticketgate: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return REFUSED;
}

int usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return USAGE;
}

/* Numbers 2000-2999 are errors of the client library, others of the server (MariaDB error codes).
 */
const char *db_sentence(
	const struct config *conf, unsigned number, const char *text, struct arena *a)
{
	const char *place = login_place(conf);

	switch (number) {
	case 2002:
		if (*place == '/' && access(place, F_OK) != 0)
			return arena_printf(a,
				"database socket %s does not exist: start the database server, or "
				"set "
				"db_socket in %s",
				place, conf->path);
		return arena_printf(a,
			"cannot connect to the database at %s: start the database server, or "
			"correct db_host "
			"and db_socket in %s (%s)",
			place, conf->path, text);
	case 2003:
	case 2005:
		return arena_printf(a,
			"cannot connect to the database at %s: start the database server, or "
			"correct db_host "
			"in %s (%s)",
			place, conf->path, text);
	case 1045:
	case 1698:
		return arena_printf(a,
			"the database denied access to user %s: correct db_user and db_password in "
			"%s, or create the user (%s)",
			conf->db_user, conf->path, text);
	case 1044:
		return arena_printf(a,
			"database user %s has no access to database %s: grant it as in "
			"sql/grants.sql (%s)",
			conf->db_user, conf->db_name, text);
	case 1049:
		return arena_printf(a,
			"database %s does not exist: create it with CREATE DATABASE %s, or correct "
			"db_name in %s",
			conf->db_name, conf->db_name, conf->path);
	case 1040:
	case 1203:
		return arena_printf(a,
			"the database has too many connections: raise max_connections or run fewer "
			"workers (%s)",
			text);
	default:
		return arena_printf(a,
			"cannot connect to the database: %s (%u); run `ticketgate doctor` for "
			"details",
			text_or(text_filled(text), "unknown error"), number);
	}
}

int reject_db(struct cli *c, enum err err, const char *doing)
{
	unsigned number = db_errno(c->db);
	const char *text = db_error(c->db);

	if (number == 1146 || number == 1054)
		return refuse("%s failed: the database schema does not match this version; run "
			      "`ticketgate migrate` (%s)",
			doing, text);
	if (number == 1142 || number == 1143 || number == 1044)
		return refuse("%s failed: database user %s lacks a privilege: %s", doing,
			c->conf->db_user, text);
	if (err == ERR_SUSPENDED)
		return refuse("%s failed: the organization is suspended; run `ticketgate org "
			      "resume` first",
			doing);
	if (err == ERR_RETRY)
		return refuse("%s failed: lock wait timeout; try again", doing);
	if (err == ERR_LOST)
		return refuse("%s failed: lost connection to the database; check whether the "
			      "change was committed before you retry",
			doing);
	return refuse("%s failed: %s; run `ticketgate doctor` for details", doing,
		text_or(text_filled(text), err_row(err)->message));
}

/* Characters of UTF-8 text: the bytes that are not continuation bytes. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void table_print(struct buf *out, const char *const *cells, size_t rows, size_t columns)
{
	size_t widths[16] = {0};

	assert(columns > 0 && columns <= sizeof widths / sizeof *widths);

	for (size_t i = 0; i < rows * columns; i++)
		if (width_of(cells[i]) > widths[i % columns])
			widths[i % columns] = width_of(cells[i]);
	for (size_t i = 0; i < rows * columns; i++) {
		bool last = i % columns == columns - 1;
		buf_puts(out, cells[i]);
		if (last)
			buf_putc(out, '\n');
		for (size_t w = width_of(cells[i]); !last && w < widths[i % columns] + 2; w++)
			buf_putc(out, ' ');
	}
}

const char *time_text(struct arena *a, struct val v)
{
	char text[TIME_TEXT + 1];

	if (!val_is_set(v))
		return "-";
	time_print(v.i, text);
	return arena_strdup(a, text);
}

const char *uuid_text(struct arena *a, struct uuid id)
{
	char text[UUID_TEXT + 1];

	uuid_print(&id, text);
	return arena_strdup(a, text);
}

void progress(const char *fmt, ...)
{
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	if (!fmt) {
		fputs("\r\033[K", stderr);
		return;
	}
	va_start(ap, fmt);
	fputs("\r\033[K", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fflush(stderr);
}

const char *file_text(struct arena *a, const char *path, size_t *n)
{
	const char *text = file_read(a, path, (size_t)256 << 20, n, NULL);

	if (!text && errno == EFBIG)
		refuse("%s exceeds 256 MiB; split it", path);
	else if (!text)
		refuse("cannot read %s: %s", path, strerror(errno));
	return text;
}
