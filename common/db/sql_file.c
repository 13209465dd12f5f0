/* sql_file: splits the text of a migration into its statements. */
#include "common/db/sql_file.h"

#include <ctype.h>
#include <string.h>

static size_t trimmed(const char *line, size_t n)
{
	while (n && isspace((unsigned char)line[n - 1]))
		n--;
	return n;
}

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* Comments and blank lines are dropped by moving the other lines together. `to` never passes the
 * line that is read: the last line, when the text does not end it, gets no line feed, whose place
 * is that of the NUL. */
bool sql_file_split(struct arena *a, char *text, struct sql_statements *out)
{
	char *begin = text, *to = text;

	*out = (struct sql_statements){
		.list = arena_array(a, count_lines(text), sizeof *out->list)};
	for (char *line = text; *line;) {
		size_t n = strcspn(line, "\n"), used = trimmed(line, n);
		char *next = line + n + (line[n] == '\n');
		bool comment = strncmp(line + strspn(line, " \t"), "--", 2) == 0;
		if (used && !comment) {
			bool last = line[used - 1] == ';';
			memmove(to, line, used);
			to += used;
			if (last) {
				to[-1] = '\0';
				out->list[out->n++] = begin;
				begin = to;
			} else if (*next) {
				*to++ = '\n';
			}
		}
		line = next;
	}
	return begin == to;
}
