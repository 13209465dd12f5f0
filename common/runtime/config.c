/* config: reads the configuration file by a table of its keys. */
#include "common/runtime/config.h"

#include "common/base/file.h"
#include "common/base/hex.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/arena.h"
#include "common/runtime/config_check.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/param.h>

#define FILE_MAX 65536 /* bytes */
#define SECTIONS 33 /* the common section and 32 programs */
#define SECTION_NAME 32 /* bytes, with the NUL */
_Static_assert(CONFIG_KEYS <= 64, "a section's keys are bits of one word");

/* The state of reading a file. Values point into the file's text. */
struct reader {
	const char *path, *program;
	char *why;
	size_t why_size;
	int line;
	size_t section, sections;
	char names[SECTIONS][SECTION_NAME]; /* [0] is the common section, "" */
	uint64_t seen[SECTIONS]; /* bit k: key k is set in this section */
	const char *common[CONFIG_KEYS], *own[CONFIG_KEYS]; /* own: in the program's section */
};

/* Formats the error with file and line. Never quotes a line: after a typing error it may contain a
 * secret. */
__attribute__((format(printf, 2, 3))) static bool config_fail(
	struct reader *r, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	if (r->line)
		snprintf(r->why, r->why_size, "%s:%d: %s", r->path, r->line, what);
	else
		snprintf(r->why, r->why_size, "%s: %s", r->path, what);
	return false;
}

__attribute__((format(printf, 1, 2))) static char *text_make(const char *fmt, ...)
{
	char *p = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&p, fmt, ap) < 0)
		abort();
	va_end(ap);
	return p;
}

static void *field(struct config *c, const struct config_key *k)
{
	return (char *)c + k->offset;
}

static bool is_text(const struct config_key *k)
{
	return k->type == CONFIG_TEXT || k->type == CONFIG_PATH;
}

/* The length of `p` before its last slash; 0 when it has none. */
static int folder_length(const char *p)
{
	const char *slash = strrchr(p, '/');

	if (slash)
		return (int)(slash - p);
	return 0;
}

/* --- lines --- */

static char *trim(char *p)
{
	size_t n;

	p += strspn(p, " \t\r");
	n = strlen(p);
	while (n && strchr(" \t\r", p[n - 1]))
		p[--n] = 0;
	return p;
}

static bool read_section(struct reader *r, char *p)
{
	size_t n = strlen(p), i;

	if (n < 3 || p[n - 1] != ']' || n - 2 >= SECTION_NAME ||
		strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") != n - 2)
		return config_fail(
			r, "a section must be a program's name in brackets, such as [events]");
	p[n - 1] = 0;
	for (i = 1; i < r->sections && strcmp(r->names[i], p + 1); i++)
		;
	if (i == SECTIONS)
		return config_fail(r, "more than %d sections", SECTIONS - 1);
	memcpy(r->names[i], p + 1, n - 1);
	if (i == r->sections)
		r->sections++;
	assert(r->sections <= SECTIONS && i < r->sections);
	r->section = i;
	return true;
}

static bool read_pair(struct reader *r, char *p)
{
	char *equal = strchr(p, '='), *name, *value, what[256];
	const char *near;
	size_t k;

	if (!equal)
		return config_fail(r, "missing \"=\"; write key = value");
	*equal = 0;
	name = trim(p);
	value = trim(equal + 1);
	for (k = 0; k < CONFIG_KEYS && strcmp(config_keys[k].name, name); k++)
		;
	if (k == CONFIG_KEYS) {
		near = config_nearest(name);
		if (near)
			return config_fail(r, "unknown key; did you mean %s?", near);
		return config_fail(r, "unknown key; see the list in the README");
	}
	if (r->seen[r->section] & UINT64_C(1) << k)
		return config_fail(r, "%s is set more than once in %s%s", name,
			r->section ? "section " : "the common section", r->names[r->section]);
	r->seen[r->section] |= UINT64_C(1) << k;
	if (!config_check(&config_keys[k], value, NULL, what, sizeof what))
		return config_fail(r, "%s", what);
	if (r->section == 0)
		r->common[k] = value;
	else if (!strcmp(r->names[r->section], r->program))
		r->own[k] = value;
	return true;
}

static bool read_lines(struct reader *r, char *text)
{
	char *next, *p = text;

	if (!strncmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	for (r->line = 1; p; r->line++, p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = 0;
		p = trim(p);
		if (*p == '[' ? !read_section(r, p) : *p && *p != '#' && !read_pair(r, p))
			return false;
	}
	r->line = 0;
	return true;
}

/* --- files --- */

/* Reads a file as text; the caller must file_wipe() it. NULL with errno set: as file_read(), and
 * EILSEQ for a NUL byte. */
static char *text_read(const char *path, size_t max, size_t *n, struct stat *st)
{
	char *text = file_read(NULL, path, max, n, st);

	if (!text || !memchr(text, 0, *n))
		return text;
	file_wipe(text, *n);
	errno = EILSEQ;
	return NULL;
}

/* 64 digits, and nothing else but a newline. */
static bool key_decode(const char *p, uint8_t out[32])
{
	if (!hex_parse(p, 32, out))
		return false;
	return !strcmp(p + 64, "") || !strcmp(p + 64, "\n");
}

/* Reads the key file and derives the keys for each purpose from the master secret. */
static bool load_key(struct reader *r, struct config *c)
{
	const struct {
		const char *purpose;
		uint8_t *out;
	} derived[] = {{"ticketgate api key pepper", c->pepper},
		{"ticketgate webhook secrets", c->secrets_key},
		{"ticketgate stored answers", c->answers_key},
		{"ticketgate issued tickets", c->ticket_key}};
	const char *f = c->key_file;
	struct stat st;
	uint8_t master[32];
	size_t n = 0;
	char *text = text_read(f, 66, &n, &st);
	bool good = false;

	if (!text && errno == ENOENT)
		return config_fail(r,
			"key_file %s does not exist; create it with: openssl rand -hex 32 > %s; "
			"chmod 600 %s",
			f, f, f);
	if (!text && errno == EACCES)
		return config_fail(r,
			"key_file %s is not readable by this user; it must belong to the user that "
			"the programs run as",
			f);
	if (!text && errno != EFBIG && errno != EILSEQ)
		return config_fail(r, "cannot read key_file %s: %s", f, strerror(errno));
	if (text && (st.st_mode & 077))
		config_fail(r, "key_file %s is accessible to other users; run: chmod 600 %s", f, f);
	else if (!text || !key_decode(text, master))
		config_fail(r,
			"key_file %s does not contain 64 hex digits; create a new one with: "
			"openssl rand -hex 32 > %s; chmod 600 %s",
			f, f, f);
	else
		good = true;
	for (size_t i = 0; good && i < sizeof derived / sizeof *derived; i++)
		hmac_sha256(master, sizeof master, derived[i].purpose, strlen(derived[i].purpose),
			derived[i].out);
	explicit_bzero(master, sizeof master);
	file_wipe(text, n);
	return good;
}

/* --- the whole --- */

/* The path with its directory resolved but not its last component: for a symbolic link, relative
 * paths in the file are relative to the link's directory. */
static char *absolute(const char *path)
{
	int n = folder_length(path);
	char *folder = n || *path == '/' ? text_make("%.*s/", n, path) : text_make("."),
	     *real = realpath(folder, NULL);
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char *out;

	if (!real)
		out = text_make("%s", path);
	else
		out = text_make("%s/%s", strcmp(real, "/") ? real : "", name);
	free(folder);
	free(real);
	return out;
}

/* Every installation gets its own file, whatever name its configuration was opened by. */
static char *shm_default(const char *path)
{
	char *real = realpath(path, NULL);
	const char *name = real ? real : path;
	uint8_t h[32];
	char *out;

	sha256(name, strlen(name), h);
	out = text_make(
		"/dev/shm/ticketgate-%02x%02x%02x%02x%02x%02x", h[0], h[1], h[2], h[3], h[4], h[5]);
	free(real);
	return out;
}

/* Sets all members from the program's section, the common section or the defaults. */
static void fill(const struct reader *r, struct config *c)
{
	char why[256];
	int n;

	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *k = &config_keys[i];
		const char *value = text_or(r->own[i], text_or(r->common[i], k->default_value));

		if (k->type == CONFIG_PATH && *value && *value != '/')
			*(char **)field(c, k) =
				text_make("%.*s/%s", folder_length(c->path), c->path, value);
		else if (is_text(k))
			*(char **)field(c, k) = text_make("%s", value);
		else if (!config_check(k, value, field(c, k), why, sizeof why))
			/* values were validated when read; an invalid default is a bug */
			abort();
	}
	n = cidr_list_parse(
		c->trusted_proxies, strlen(c->trusted_proxies), c->proxies, why, sizeof why);
	c->proxy_count = (size_t)MAX(n, 0);
	if (!*c->shm_path) {
		free(c->shm_path);
		c->shm_path = shm_default(c->path);
	}
}

static const char *read_error_text(int error)
{
	switch (error) {
	case EILSEQ:
		return "it contains a NUL byte";
	case EFBIG:
		return "it is longer than 64 KiB";
	case EINVAL:
		return "it is not a regular file";
	default:
		return strerror(error);
	}
}

struct config *config_load(const char *path, const char *program, char *why, size_t why_size)
{
	struct reader *r = oom_check(calloc(1, sizeof *r));
	struct config *c = oom_check(calloc(1, sizeof *c));
	struct stat st;
	char *text;
	size_t n = 0;
	bool good = false;

	*r = (struct reader){
		.path = path, .program = program, .why = why, .why_size = why_size, .sections = 1};
	c->path = absolute(path);
	text = text_read(path, FILE_MAX, &n, &st);
	if (!text)
		config_fail(r, "cannot read the configuration: %s", read_error_text(errno));
	else if (read_lines(r, text)) {
		fill(r, c);
		good = load_key(r, c);
	}
	file_wipe(text, n);
	free(r);
	if (good)
		return c;
	config_free(c);
	return NULL;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (const struct config_key *k = config_keys; k->name; k++) {
		char *p = is_text(k) ? *(char **)field(c, k) : NULL;

		if (p && k->secret)
			explicit_bzero(p, strlen(p));
		free(p);
	}
	free(c->path);
	explicit_bzero(c, sizeof *c);
	free(c);
}

bool config_has_mail(const struct config *c)
{
	return *c->mail_url && *c->mail_from;
}

void config_open_log(const struct config *c)
{
	enum log_level level = LOG_INFO;

	(void)log_level_parse(c->log_level, &level);
	log_open(c->log_file, level);
}
