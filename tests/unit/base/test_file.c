/* test_file: whole files up to a limit, and why others are not read. */
#include "common/base/file.h"

#include "tests/unit/cases.h"

#include <errno.h>
#include <unistd.h>

static char folder[] = "/tmp/tg-file-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path_of("text"));
	unlink(path_of("fifo"));
	return rmdir(folder);
}

static void write_text(const char *text)
{
	FILE *f = fopen(path_of("text"), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void reads_all(void **state)
{
	static const char *const texts[] = {"", "a", "0123456789"};
	struct arena *a = arena_new(1 << 16);
	struct stat st;
	size_t n;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		write_text(texts[i]);
		char *own = file_read(NULL, path_of("text"), 10, &n, &st);
		assert_non_null(own);
		assert_int_equal(n, strlen(texts[i]));
		assert_int_equal(st.st_size, n);
		assert_string_equal(own, texts[i]);
		file_wipe(own, n);
		assert_string_equal(file_read(a, path_of("text"), 10, &n, NULL), texts[i]);
	}
	file_wipe(NULL, 0);
	arena_free(a);
}

static void refused(const char *path, int error)
{
	size_t n;

	errno = 0;
	assert_null(file_read(NULL, path, 10, &n, NULL));
	assert_int_equal(errno, error);
}

/* A FIFO without a writer must not make the reader wait. */
static void refuses(void **state)
{
	(void)state;
	write_text("0123456789a");
	refused(path_of("text"), EFBIG);
	refused(path_of("missing"), ENOENT);
	refused(folder, EISDIR);
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	refused(path_of("fifo"), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
