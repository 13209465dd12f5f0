/* files: the configuration and the key file of a new installation. */
#include "cli/setup/setup.h"

#include "common/base/file.h"
#include "common/base/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES 32
#define CONF_NAME "ticketgate.conf"
#define KEY_NAME "ticketgate.key"
#define NEW ".new"

/* Writes a file of mode 0600 that is not there yet. */
static bool put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t n = strlen(text);
	bool good = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;

	if (fd >= 0 && close(fd) != 0)
		good = false;
	if (fd >= 0 && !good)
		unlink(path);
	return good;
}

static const char *random_hex(struct arena *a, int bytes)
{
	unsigned char random[KEY_BYTES];
	char *out = arena_alloc(a, 2 * KEY_BYTES + 1);

	if (bytes > KEY_BYTES || RAND_bytes(random, bytes) != 1)
		abort();
	hex_print(random, (size_t)bytes, out);
	out[2 * bytes] = '\0';
	explicit_bzero(random, sizeof random);
	return out;
}

/* The configuration's text. Shared memory has a name of its own, because the file is renamed. */
static const char *conf_text(struct setup *s)
{
	const struct setup_answers *in = &s->in;
	struct arena *a = s->c->arena;
	s->cron_secret = random_hex(a, 20);
	const char *shm = access("/dev/shm", W_OK | X_OK) == 0
		? arena_printf(a, "/dev/shm/ticketgate-%s", random_hex(a, 6))
		: "ticketgate.shm";

	return arena_printf(a,
		"# The configuration of ticketgate, written by its setup. Every key is described "
		"in\n"
		"# doc/configuration.md of the sources. Values have no quotes.\n\n"
		"db_host = %s\ndb_name = %s\ndb_user = %s\ndb_password = %s\n"
		"# The account may be allowed few connections.\ndb_idle = 5s\n\n"
		"# The master secret, beside this file. Keep a copy of it elsewhere: without it "
		"all\n"
		"# API keys and passwords are lost.\nkey_file = " KEY_NAME "\n\n"
		"shm_path = %s\nlog_file = ticketgate.log\n"
		"public_url = %s\nbase_path = %s\n\n"
		"# Cron by a URL, and sending soon after a sale, for hosts where cron runs "
		"rarely.\n"
		"cron_secret = %s\nwebhook_after_sale = 1\n",
		in->db_host, in->db_name, in->db_user, in->db_password, shm, in->public_url,
		in->base_path, s->cron_secret);
}

/* The folder for the files: the place, or one that only this process can read. */
static const char *make_folder(struct setup *s)
{
	char *temporary;

	if (s->place.writable && (mkdir(s->place.folder, 0700) == 0 || errno == EEXIST))
		return s->place.folder;
	s->place.writable = false;
	temporary = arena_strdup(s->c->arena, "/tmp/ticketgate-setup.XXXXXX");
	return mkdtemp(temporary);
}

int setup_write_files(struct setup *s)
{
	struct arena *a = s->c->arena;

	if (!(s->folder = make_folder(s)))
		return setup_problem(s, NULL, "Make /tmp writable.",
			"No file can be created in %s or in /tmp: %s", s->place.folder,
			strerror(errno));
	s->key = arena_printf(a, "%s/" KEY_NAME, s->folder);
	s->conf = arena_printf(a, "%s/" CONF_NAME NEW, s->folder);
	if (unlink(s->conf) != 0 && errno != ENOENT)
		return setup_problem(s, NULL, "Delete it.", "%s: %s", s->conf, strerror(errno));
	/* a key that is there was written by a setup that did not end: nothing depends on it */
	if (access(s->key, F_OK) != 0 &&
		!put_file(s->key, arena_printf(a, "%s\n", random_hex(a, KEY_BYTES))))
		return setup_problem(
			s, NULL, "Is the disk full?", "%s: %s", s->key, strerror(errno));
	if (!put_file(s->conf, conf_text(s)))
		return setup_problem(
			s, NULL, "Is the disk full?", "%s: %s", s->conf, strerror(errno));
	return DONE;
}

int setup_finish_files(struct setup *s)
{
	const char *to = arena_printf(s->c->arena, "%s/" CONF_NAME, s->folder);

	if (!s->place.writable)
		return DONE;
	if (link(s->conf, to) != 0) /* unlike rename(), never replaces one */
		return setup_problem(s, NULL,
			"Rename the file yourself, or delete what is in its way.",
			"%s cannot get its name %s: %s", s->conf, to, strerror(errno));
	unlink(s->conf);
	s->conf = to;
	return DONE;
}

void setup_drop_files(struct setup *s)
{
	if (!s->conf)
		return;
	size_t n = strlen(s->conf);
	if (n > strlen(NEW) && strcmp(s->conf + n - strlen(NEW), NEW) == 0)
		unlink(s->conf);
	if (s->place.writable)
		return;
	unlink(s->key);
	rmdir(s->folder);
}
