/* fuzz_request: any request to any program, without a database. */
#include "tests/fuzz/request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct app *app;

	if (size > REQUEST_MAX)
		return 0;
	if (!app)
		app = site_new();
	request_answer(app, data, size, (size_t)4 << 20);
	return 0;
}
