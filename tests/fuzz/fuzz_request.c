/* fuzz_request: any request to any program, without a database. */
#include "tests/fuzz/request.h"

#include "common/access/session.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/http/principal.h"
#include "common/schema/scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT ((size_t)4 << 20) /* bytes */

/* A key and the token of a session that are valid. */
#define KEY "tn_live_0000000000000000000000000000000043mcN9"
#define SESSION "0000000000000000000000000000000000000000000"

static char folder[] = "/tmp/ticketgate-fuzz-XXXXXX";
static const char *const files[] = {"conf", "key", "shm", "key.shm"};

static void path_of(char out[80], const char *file)
{
	snprintf(out, 80, "%s/%s", folder, file);
}

static void site_remove(void)
{
	char path[80];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		path_of(path, files[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void site_file(const char *name, const char *text)
{
	char path[80];

	path_of(path, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	size_t n = strlen(text);
	demand(fd >= 0 && write(fd, text, n) == (ssize_t)n && close(fd) == 0);
}

static struct app *site_new(void)
{
	static char conf[80];

	demand(mkdtemp(folder) != NULL);
	atexit(site_remove);
	site_file("key", "0000000000000000000000000000000000000000000000000000000000000000\n");
	site_file("conf",
		"db_socket = none\nkey_file = key\nshm_path = shm\nlog_file = /dev/null\n"
		"log_level = debug\ntrusted_proxies = 127.0.0.1\n"
		"auth_failures = 10000000\npublic_rate = 10000000\npublic_holds = 10000000\n"
		"signin_account = 1000000\nsignin_account_total = 1000000\n"
		"signin_address = 1000000\n");
	path_of(conf, "conf");
	return request_app(conf);
}

/* Puts the key and the session into the cache, which answers for the database. */
static void sign_in(struct app *app)
{
	uint8_t hash[32];
	int64_t now = clock_mono_ns(), today = clock_now();
	struct principal p = {
		.scopes = SCOPE_ALL, .tier = TIER_UNLIMITED, .last_used_at = today, .owner = true};
	const struct shm_key key = {SHM_CACHE_KEYS, 0, hash};

	p.id.b[0] = p.org.b[0] = p.lineage.b[0] = p.session.b[0] = 1;
	p.created_at = today;
	p.name = (principal_intern(&p, ""), principal_intern(&p, "fuzz"));
	hmac_sha256(app->conf->pepper, sizeof app->conf->pepper, KEY, strlen(KEY), hash);
	shm_put(app->shm, &key, (struct span){&p, sizeof p}, shm_generation(app->shm, 0),
		now + INT64_C(60000000000));
	p.kind = PRINCIPAL_USER;
	p.expires_at = today + 3600000;
	session_hash(app->conf, SESSION, hash);
	shm_put(app->shm, &key, (struct span){&p, sizeof p}, shm_generation(app->shm, 0),
		now + INT64_C(60000000000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct app *app;
	bool unavailable; /* it has no database */

	if (size > REQUEST_MAX)
		return 0;
	if (!app)
		app = site_new();
	sign_in(app);
	request_answer(app, data, size, KEPT, &unavailable);
	return 0;
}
