/* test_ca_bundle: the certificates of each distribution are found, by hash where that is possible.
 */
#include "common/net/ca_bundle.h"

#include "tests/unit/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/test_ca_bundle.XXXXXX";

static void make_file(const char *path)
{
	char command[4096];

	snprintf(command, sizeof command, "mkdir -p $(dirname %s%s) && touch %s%s", root, path,
		root, path);
	assert_int_equal(system(command), 0);
}

static void remove_below(const char *path)
{
	char command[4096];

	snprintf(command, sizeof command, "rm -r %s%s", root, path);
	assert_int_equal(system(command), 0);
}

static void found_file(const char *path)
{
	char whole[4096];

	make_file(path);
	struct ca_bundle b = ca_bundle_find(root);
	snprintf(whole, sizeof whole, "%s%s", root, path);
	assert_null(b.folder);
	assert_string_equal(b.file, whole);
	remove_below(path);
}

static void files(void **state)
{
	(void)state;
	struct ca_bundle none = ca_bundle_find(root);
	assert_null(none.file);
	assert_null(none.folder);
	found_file("/etc/ssl/certs/ca-certificates.crt"); /* Debian, Alpine */
	found_file("/etc/pki/tls/certs/ca-bundle.crt"); /* Red Hat */
	found_file("/etc/ssl/ca-bundle.pem"); /* SUSE */
	found_file("/etc/ssl/cert.pem"); /* BSD, Alpine */
}

/* A folder without hashes, as Red Hat has it, is not searched; one with them is preferred. */
static void folders(void **state)
{
	char whole[4096];

	(void)state;
	make_file("/etc/pki/tls/certs/ca-bundle.crt");
	assert_non_null(ca_bundle_find(root).file);
	make_file("/etc/ssl/certs/5ed36f99.0");
	struct ca_bundle b = ca_bundle_find(root);
	snprintf(whole, sizeof whole, "%s/etc/ssl/certs", root);
	assert_string_equal(b.folder, whole);
	assert_null(b.file);
}

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	remove_below("");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(folders),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
