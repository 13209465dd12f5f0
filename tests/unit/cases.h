/* cases: lines of a data file under tests/data, split at tabs. */
#ifndef TG_CASES_H
#define TG_CASES_H

#include "common/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE_FIELDS 8

/* One line: `#` starts a comment line; `\xHH` is one byte, everything else stands for itself. Field
 * i is NUL-terminated and in a block of its own, so that reading past it is seen. */
struct cases {
	FILE *file;
	const char *name;
	int line, count;
	char *field[CASE_FIELDS];
	size_t length[CASE_FIELDS];
};

static inline void cases_open(struct cases *c, const char *name)
{
	const char *folder = getenv("TG_TESTDATA");
	char path[4096];

#ifdef TEST_DATA
	if (!folder)
		folder = TEST_DATA;
#endif
	memset(c, 0, sizeof *c);
	c->name = name;
	snprintf(path, sizeof path, "%s/%s", text_or(folder, "tests/data"), name);
	c->file = fopen(path, "r");
	if (!c->file)
		fail_msg("cannot open %s; set TG_TESTDATA", path);
}

/* In place; the new length. */
static inline size_t case_unescape(char *s, size_t n)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		if (n - i >= 4 && sscanf(s + i, "\\x%2x", &byte) == 1) {
			s[length++] = (char)byte;
			i += 3;
		} else {
			s[length++] = s[i];
		}
	}
	return length;
}

static inline void case_field(struct cases *c, const char *s, size_t n)
{
	char *copy = malloc(n + 1);

	assert_non_null(copy);
	assert_in_range(c->count, 0, CASE_FIELDS - 1);
	memcpy(copy, s, n);
	copy[n] = '\0';
	n = case_unescape(copy, n);
	copy[n] = '\0';
	c->field[c->count] = copy;
	c->length[c->count++] = n;
}

/* The next line with content; 0 at the end, with the file closed. */
static inline int cases_next(struct cases *c)
{
	char line[8192];

	while (c->count > 0)
		free(c->field[--c->count]);
	while (fgets(line, sizeof line, c->file)) {
		size_t n = strcspn(line, "\n");

		c->line++;
		line[n] = '\0';
		if (n == 0 || line[0] == '#')
			continue;
		for (char *s = line; s; s = strchr(s, '\t') ? strchr(s, '\t') + 1 : NULL)
			case_field(c, s, strcspn(s, "\t"));
		return 1;
	}
	fclose(c->file);
	return 0;
}

#define case_fail(c, ...)                                     \
	do {                                                  \
		print_error("%s:%d: ", (c)->name, (c)->line); \
		print_error(__VA_ARGS__);                     \
		print_error("\n");                            \
		fail();                                       \
	} while (0)

#endif
