/* fuzz_migration: any text as a migration: its statements are parts of the text, without comments
 * and blank lines, and splitting them again gives the same ones. */
#include "tests/fuzz/fuzz.h"

#include "common/base/buf.h"
#include "common/db/sql_file.h"

#include <string.h>

/* No line but the last ends a statement, and none is a comment. */
static void check_statement(const char *s)
{
	for (size_t n; *s; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		demand(strncmp(s + strspn(s, " \t"), "--", 2) != 0);
		demand(s[n] == '\0' || (n > 0 && s[n - 1] != ';'));
	}
}

/* Splits the statements as a file of their own. */
static void check_again(struct arena *a, const struct sql_statements *all, size_t size)
{
	struct sql_statements again;
	struct buf text;

	buf_init(&text, size + all->n + 1);
	buf_put(&text, "", 0);
	for (size_t i = 0; i < all->n; i++)
		buf_printf(&text, "%s;\n", all->list[i]);
	demand(!text.full && sql_file_split(a, text.p, &again) && again.n == all->n);
	for (size_t i = 0; i < all->n; i++)
		demand(strcmp(again.list[i], all->list[i]) == 0);
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sql_statements all;
	struct arena *a;
	char *text;

	if (memchr(data, 0, size))
		return 0;
	memory_begin();
	a = arena_new((size_t)64 << 20);
	text = arena_dup(a, (const char *)data, size);
	(void)sql_file_split(a, text, &all);
	demand(all.n <= size);
	for (size_t i = 0; i < all.n; i++)
		check_statement(all.list[i]);
	check_again(a, &all, size);
	arena_free(a);
	memory_end(((size_t)1 << 18) + size * 32, 0);
	return 0;
}
