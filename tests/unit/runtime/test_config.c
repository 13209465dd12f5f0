/* test_config: every file of tests/data/conf, key files, defaults, and where the file is
 * found. */
#include "common/runtime/config.h"

#include "common/crypto/digest.h"
#include "tests/unit/cases.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static char folder[4096]; /* absolute, ours, empty but for what the tests put there */
static char why[1024];

static const char *in_folder(const char *name)
{
	static char path[8192];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void put_file(const char *name, const char *p, size_t n, mode_t mode)
{
	int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void put_text(const char *name, const char *text, mode_t mode)
{
	put_file(name, text, strlen(text), mode);
}

static int make_folder(void **state)
{
	char temp[] = "/tmp/test_conf.XXXXXX";

	(void)state;
	if (!mkdtemp(temp) || !realpath(temp, folder))
		return -1;
	put_text("ticketgate.key", HEX "\n", 0600);
	return 0;
}

static int remove_folder(void **state)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	(void)state;
	while (d && (e = readdir(d)))
		unlink(in_folder(e->d_name));
	if (d)
		closedir(d);
	return rmdir(folder);
}

/* Copies a data file beside the key; its first line goes to `first`. */
static void fetch(const char *path, char first[256])
{
	static char text[65536];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	put_file("ticketgate.conf", text, n, 0600);
	snprintf(first, 256, "%.*s", (int)strcspn(text, "\n"), text);
}

static struct config *load(const char *program)
{
	memset(why, 0, sizeof why);
	return config_load(in_folder("ticketgate.conf"), program, why, sizeof why);
}

static struct config *load_text(const char *text)
{
	put_text("ticketgate.conf", text, 0600);
	return load("events");
}

static void check_file(const char *name, const char *first)
{
	struct config *c = load("events");
	char place[4400];
	int line = 0, words = 0;

	if (!strncmp(name, "good-", 5)) {
		if (!c)
			fail_msg("%s: %s", name, why);
		config_free(c);
		return;
	}
	assert_null(c);
	assert_int_equal(sscanf(first, "# want %d %n", &line, &words), 1);
	snprintf(
		place, sizeof place, line ? "%s:%d: " : "%s: ", in_folder("ticketgate.conf"), line);
	if (strncmp(why, place, strlen(place)) != 0 || !strstr(why, first + words))
		fail_msg("%s: want line %d, %s; got: %s", name, line, first + words, why);
	if (strstr(why, "hunter2"))
		fail_msg("%s: a secret in the error: %s", name, why);
}

static void every_file(void **state)
{
	const char *data = getenv("TG_TESTDATA");
	char path[4096], first[256];
	struct dirent *e;
	int good = 0, bad = 0;
	DIR *d;

	(void)state;
#ifdef TEST_DATA
	if (!data)
		data = TEST_DATA;
#endif
	snprintf(path, sizeof path, "%s/conf", text_or(data, "tests/data"));
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n < 6 || strcmp(e->d_name + n - 5, ".conf") != 0)
			continue;
		snprintf(path, sizeof path, "%s/conf/%s", text_or(data, "tests/data"), e->d_name);
		fetch(path, first);
		check_file(e->d_name, first);
		good += *e->d_name == 'g';
		bad += *e->d_name == 'b';
	}
	closedir(d);
	assert_in_range(good, 4, 100);
	assert_in_range(bad, 40, 1000);
}

static void defaults(void **state)
{
	struct config *c = load_text("");
	uint8_t master[32], pepper[32], h[32];
	char shm[64];

	(void)state;
	if (!c)
		fail_msg("%s", why);
	assert_string_equal(c->path, in_folder("ticketgate.conf"));
	assert_string_equal(c->db_host, "");
	assert_string_equal(c->db_socket, "");
	assert_string_equal(c->db_name, "ticketgate");
	assert_string_equal(c->db_user, "ticketgate");
	assert_string_equal(c->db_password, "");
	assert_string_equal(c->db_ca, "");
	assert_string_equal(c->key_file, in_folder("ticketgate.key"));
	assert_string_equal(c->log_file, "");
	assert_string_equal(c->log_level, "info");
	assert_string_equal(c->base_path, "");
	assert_string_equal(c->public_url, "");
	assert_int_equal(c->db_connect_ms, 3000);
	assert_int_equal(c->db_statement_ms, 10000);
	assert_int_equal(c->db_lock_ms, 5000);
	assert_int_equal(c->workers, 0);
	assert_int_equal(c->worker_requests, 100000);
	assert_int_equal(c->rate_standard, 600);
	assert_int_equal(c->rate_plus, 6000);
	assert_int_equal(c->auth_failures, 60);
	assert_int_equal(c->key_cache_ms, 2000);
	assert_int_equal(c->proxy_count, 0);
	for (int i = 0; i < 32; i++)
		master[i] = (uint8_t)(i % 16 * 0x11);
	hmac_sha256(master, 32, "ticketgate api key pepper", 25, pepper);
	assert_memory_equal(c->pepper, pepper, 32);
	hmac_sha256(master, 32, "ticketgate webhook secrets", 26, h);
	assert_memory_equal(c->secrets_key, h, 32);
	hmac_sha256(master, 32, "ticketgate stored answers", 25, h);
	assert_memory_equal(c->answers_key, h, 32);
	sha256(c->path, strlen(c->path), h);
	snprintf(shm, sizeof shm, "/dev/shm/ticketgate-%02x%02x%02x%02x%02x%02x", h[0], h[1], h[2],
		h[3], h[4], h[5]);
	assert_string_equal(c->shm_path, shm);
	config_free(c);
}

static void every_value(void **state)
{
	struct config *c =
		load_text("[orders]\nworkers = 9\n[events]\nworkers = 3\nkey_cache = 1500ms\n");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->workers, 3);
	assert_int_equal(c->key_cache_ms, 1500);
	config_free(c);
	c = load_text("workers = 1\n[events]\nworkers = 3\n[orders]\nworkers = 9\n");
	assert_int_equal(c->workers, 3);
	config_free(c);
	c = load("ticketgate");
	assert_int_equal(c->workers, 1);
	config_free(c);
	c = load_text("db_password =  a = b # \"c\" \\ \nlog_file = "
		      "logs/x.log\ndb_socket=../s\nshm_path = shm\ndb_statement=7\n"
		      "db_ca = /abs/ca.pem\ntrusted_proxies = 10.0.0.0/8, ::1\ndb_host= a:1 , "
		      "[::1]:3306,::2 \nbase_path=/shop");
	if (!c)
		fail_msg("%s", why);
	assert_string_equal(c->db_password, "a = b # \"c\" \\");
	assert_string_equal(c->log_file, in_folder("logs/x.log"));
	assert_string_equal(c->db_socket, in_folder("../s"));
	assert_string_equal(c->shm_path, in_folder("shm"));
	assert_string_equal(c->db_ca, "/abs/ca.pem");
	assert_string_equal(c->db_host, "a:1 , [::1]:3306,::2");
	assert_string_equal(c->base_path, "/shop");
	assert_int_equal(c->db_statement_ms, 7000);
	assert_int_equal(c->proxy_count, 2);
	assert_int_equal(c->proxies[0].bits, 8);
	assert_int_equal(c->proxies[1].net.family, 6);
	config_free(c);
}

/* Paths hold when the process changes its folder later. */
static void relative_path(void **state)
{
	char before[4096];
	struct config *c;

	(void)state;
	assert_non_null(getcwd(before, sizeof before));
	put_text("ticketgate.conf", "", 0600);
	assert_int_equal(chdir(folder), 0);
	c = config_load("ticketgate.conf", "events", why, sizeof why);
	assert_int_equal(chdir(before), 0);
	assert_non_null(c);
	assert_string_equal(c->path, in_folder("ticketgate.conf"));
	assert_string_equal(c->key_file, in_folder("ticketgate.key"));
	config_free(c);
}

static void refused(const char *text, size_t n, mode_t mode, const char *want)
{
	put_file("ticketgate.key", text, n, mode);
	assert_null(load_text(""));
	if (!strstr(why, want) || !strstr(why, in_folder("ticketgate.key")) || strstr(why, "0011"))
		fail_msg("want %s, got: %s", want, why);
}

static void key_files(void **state)
{
	char mend[8200];
	struct config *c;

	(void)state;
	snprintf(mend, sizeof mend, "chmod 600 %s", in_folder("ticketgate.key"));
	for (int bit = 0; bit < 6; bit++)
		refused(HEX "\n", 65, (mode_t)(0600 | 1 << bit), mend);
	refused("", 0, 0600, "64 hex digits");
	refused(HEX, 63, 0600, "64 hex digits");
	refused(HEX "0", 65, 0600, "64 hex digits");
	refused(HEX "\n\n", 66, 0600, "64 hex digits");
	refused(HEX "\r\n", 66, 0600, "64 hex digits");
	refused(HEX HEX, 128, 0600, "64 hex digits");
	refused("g" HEX, 64, 0600, "64 hex digits");
	refused(HEX, 32, 0600, "64 hex digits");
	refused(HEX "\0", 65, 0600, "64 hex digits");
	put_file("ticketgate.key", HEX, 64, 0400);
	c = load_text("");
	assert_non_null(c);
	config_free(c);
	assert_int_equal(unlink(in_folder("ticketgate.key")), 0);
	assert_null(load_text(""));
	assert_non_null(strstr(why, mend));
	assert_int_equal(mkdir(in_folder("ticketgate.key"), 0700), 0);
	assert_null(load_text(""));
	assert_int_equal(rmdir(in_folder("ticketgate.key")), 0);
	/* must not wait for a writer */
	assert_int_equal(mkfifo(in_folder("ticketgate.key"), 0600), 0);
	assert_null(load_text(""));
	assert_int_equal(unlink(in_folder("ticketgate.key")), 0);
	put_text("ticketgate.key", HEX "\n", 0600);
}

static void bad_paths(void **state)
{
	static char big[70000];
	char tiny[8];

	(void)state;
	assert_null(config_load(in_folder("nothing.conf"), "events", why, sizeof why));
	assert_non_null(strstr(why, "No such file"));
	assert_null(config_load(folder, "events", why, sizeof why));
	assert_null(config_load("", "events", why, sizeof why));
	assert_null(config_load("nothing", "events", tiny, sizeof tiny)); /* cut, with its NUL */
	assert_int_equal(strlen(tiny), 7);
	memset(big, '#', sizeof big);
	put_file("ticketgate.conf", big, sizeof big, 0600);
	assert_null(load("events"));
	assert_non_null(strstr(why, "64 KiB"));
	put_file("ticketgate.conf", big, 65536, 0600);
	config_free(load("events"));
	config_free(NULL);
}

/* What the README and --describe print. */
static void the_table(void **state)
{
	int secrets = 0;

	(void)state;
	for (const struct config_key *k = config_keys; k->name; k++) {
		size_t n = strlen(k->doc);

		assert_in_range(n, 20, 200);
		assert_int_equal(k->doc[n - 1], '.');
		assert_in_range(strlen(k->name), 1, 31);
		assert_in_range(k->offset, 0, sizeof(struct config) - 8);
		for (const struct config_key *other = k + 1; other->name; other++) {
			assert_string_not_equal(k->name, other->name);
			assert_true(k->offset != other->offset);
		}
		secrets += k->secret;
	}
	assert_int_equal(secrets, 3); /* db_password, cron_secret, mail_url */
}

/* Every default is a value the file may hold. */
static void defaults_written_out(void **state)
{
	char text[8192];
	size_t n = 0;
	struct config *c;

	(void)state;
	for (const struct config_key *k = config_keys; k->name; k++)
		n += (size_t)snprintf(
			text + n, sizeof text - n, "%s = %s\n", k->name, k->default_value);
	c = load_text(text);
	if (!c)
		fail_msg("%s", why);
	config_free(c);
}

static void found(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("TG_CONF"), 0);
	assert_string_equal(config_find("given.conf"), "given.conf");
	assert_int_equal(setenv("TG_CONF", "from-environment.conf", 1), 0);
	assert_string_equal(config_find(NULL), "from-environment.conf");
	assert_string_equal(config_find("given.conf"), "given.conf");
	assert_int_equal(setenv("TG_CONF", "", 1), 0);
	if (config_find(NULL)) /* whatever is installed here; it must exist */
		assert_int_equal(access(config_find(NULL), F_OK), 0);
	assert_int_equal(unsetenv("TG_CONF"), 0);
}

/* A file is served when its real path is below that of the document root. */
static void served(void **state)
{
	char file[8192], link[8192], site[8192];
	(void)state;
	put_text("site.conf", "", 0600);
	snprintf(file, sizeof file, "%s/site.conf", folder);
	strcpy(file, in_folder("site.conf"));
	strcpy(link, in_folder("link"));
	strcpy(site, in_folder("site"));
	snprintf(link, sizeof link, "%s/site.link", folder);
	assert_int_equal(mkdir(site, 0700), 0);
	assert_int_equal(symlink(folder, link), 0);
	assert_true(config_is_served(file, folder));
	assert_true(config_is_served(file, link));
	assert_false(config_is_served(file, site));
	assert_false(config_is_served(file, "/"));
	assert_false(config_is_served(file, ""));
	assert_false(config_is_served(file, NULL));
	assert_false(config_is_served(file, "/nowhere"));
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rmdir(site), 0);
	assert_int_equal(unlink(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table),
		cmocka_unit_test(defaults),
		cmocka_unit_test(defaults_written_out),
		cmocka_unit_test(every_file),
		cmocka_unit_test(every_value),
		cmocka_unit_test(relative_path),
		cmocka_unit_test(key_files),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test(found),
		cmocka_unit_test(served),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
