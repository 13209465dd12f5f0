/* node: checks files, shared memory, URLs and programs on this machine. */
#include "cli/doctor/findings.h"

#include "common/text/timezone.h"
#include "common/text/validate.h"

#include "common/runtime/shm.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

const char *const doctor_programs[] = {"boxoffice", "dashboard", "events", "flush", "keys", "mail",
	"orders", "public", "tickets", "venues", "webhooks", NULL};

void doctor_files(struct doctor *d)
{
	struct cli *c = d->c;
	const char *path = config_find(c->conf_option);
	char why[600];
	struct stat st;

	if (!path) {
		found(d, FINDING_FAIL, "configuration",
			"Set --conf FILE or the environment variable TG_CONF; conf/ has an "
			"example.",
			"no configuration file found");
		return;
	}
	path = arena_strdup(c->arena, path);
	if (stat(path, &st) != 0) {
		found(d, FINDING_FAIL, "configuration",
			"Check --conf or TG_CONF, and that this user can read the file.", "%s: %s",
			path, strerror(errno));
		return;
	}
	if (!(c->conf = config_load(path, "ticketgate", why, sizeof why))) {
		found(d, FINDING_FAIL, strstr(why, "key_file") ? "key file" : "configuration", NULL,
			"%s", why);
		return;
	}
	found(d, FINDING_OK, "configuration", NULL, "%s", c->conf->path);
	/* each program's section may have a database password of its own */
	bool open = (st.st_mode & 077) != 0, secret = c->conf->db_password && *c->conf->db_password;
	for (const char *const *p = doctor_programs; *p && !secret; p++) {
		struct config *other = config_load(path, *p, why, sizeof why);
		secret = other && other->db_password && *other->db_password;
		config_free(other);
	}
	if (open && secret)
		found(d, FINDING_FAIL, "configuration mode",
			arena_printf(c->arena, "chmod 600 %s", c->conf->path),
			"contains a password and has mode %04o: other users can read it",
			st.st_mode & 07777U);
	else
		found(d, FINDING_OK, "configuration mode", NULL, "%04o", st.st_mode & 07777U);
	if (stat(c->conf->key_file, &st) == 0 && (st.st_mode & 077) != 0)
		found(d, FINDING_FAIL, "key file",
			arena_printf(c->arena, "chmod 600 %s", c->conf->key_file),
			"%s has mode %04o: other users can read it", c->conf->key_file,
			st.st_mode & 07777U);
	else
		found(d, FINDING_OK, "key file", NULL, "%s", c->conf->key_file);
}

/* Checks for room in /dev/shm, and that this user can attach the segment. */
static void check_shm(struct doctor *d)
{
	struct config *conf = d->c->conf;
	char why[300] = "";
	struct statvfs fs;
	struct shm *s;

	if (strncmp(conf->shm_path, "/dev/shm/", 9) == 0 && statvfs("/dev/shm", &fs) != 0)
		found(d, FINDING_FAIL, "/dev/shm",
			"Mount a tmpfs at /dev/shm, or set shm_path to a file on a tmpfs.",
			"not available: %s", strerror(errno));
	else if (strncmp(conf->shm_path, "/dev/shm/", 9) == 0 &&
		(uint64_t)fs.f_bavail * fs.f_frsize < 16U << 20)
		found(d, FINDING_WARN, "/dev/shm",
			"Increase its size (in a container: --shm-size 64m).",
			"less than 16 MiB free");
	else
		found(d, FINDING_OK, "/dev/shm", NULL, "%s",
			strncmp(conf->shm_path, "/dev/shm/", 9) == 0
				? "available, with enough space"
				: "not used: shm_path is set");
	s = shm_attach(conf->shm_path, conf->key_file, why, sizeof why);
	if (shm_shared(s) && *why)
		found(d, FINDING_WARN, "shared memory",
			"Remove that file, or set shm_path to a file in a folder that only the "
			"programs' user can write.",
			"%s instead of %s: %s", shm_path(s), conf->shm_path, why);
	else if (shm_shared(s))
		found(d, FINDING_OK, "shared memory", NULL, "%s", conf->shm_path);
	else
		found(d, FINDING_FAIL, "shared memory",
			"Run doctor as the programs' user or root. Until this is fixed, rate "
			"limits are counted per process, revoked keys stay valid for up to 2 "
			"seconds, and by plain CGI nobody can sign in or reserve tickets.",
			"%s", why);
	shm_detach(s);
}

static void check_urls(struct doctor *d)
{
	const struct config *conf = d->c->conf;
	const char *url = text_or(conf->public_url, ""), *base = text_or(conf->base_path, "");
	size_t scheme = url_scheme_length(url, strlen(url));

	if (!*url)
		found(d, FINDING_WARN, "public_url",
			"Set public_url = https://your.host in the configuration.",
			"not set: links in responses have no host");
	else if (!scheme || !url[scheme] || strpbrk(url + scheme, "/?#@ "))
		found(d, FINDING_FAIL, "public_url",
			"Set scheme and host only, e.g. https://tickets.example.",
			"%s is not a scheme and host", url);
	else if (scheme == 7 && strncmp(url, "http://127.", 11) != 0 &&
		strncmp(url, "http://localhost", 16) != 0)
		found(d, FINDING_WARN, "public_url",
			"Serve over https: API keys are sent in a header.", "%s is not encrypted",
			url);
	else
		found(d, FINDING_OK, "public_url", NULL, "%s", url);
	if (*base &&
		(base[0] != '/' || base[strlen(base) - 1] == '/' || strstr(base, "//") ||
			strpbrk(base, "?#% ")))
		found(d, FINDING_FAIL, "base_path",
			"Set it like /shop (leading slash, no trailing slash), or leave it empty.",
			"%s cannot match any request", base);
	else
		found(d, FINDING_OK, "base_path", NULL, "%s/open-api/v1", base);
}

static void check_time_zones(struct doctor *d)
{
	if (timezone_database_exists())
		found(d, FINDING_OK, "time zones", NULL, "the system has the tz database");
	else
		found(d, FINDING_WARN, "time zones", "Install the package tzdata.",
			"the tz database is missing: time zone names are not checked, and pages "
			"show times in UTC");
}

void doctor_node(struct doctor *d)
{
	check_shm(d);
	check_urls(d);
	check_time_zones(d);
	for (const char *const *p = doctor_programs; *p; p++)
		doctor_program(d, *p);
}
