/* fuzz_venues: any text as a CSV file of venues: each record is a venue or a bad line, and no venue
 * has a value that the API could not show. */
#include "tests/fuzz/fuzz.h"

#include "cli/venue/command.h"
#include "common/base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

static void check_value(const char *s)
{
	demand(*s != '\0' && utf8_valid(s, strlen(s), NULL));
	for (; *s; s++)
		demand((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void check_venue(const struct directory *d, const struct venue_record *v)
{
	for (size_t i = 0; i < PLACE_COLUMNS; i++)
		if (v->v[i])
			check_value(v->v[i]);
	demand(v->v[EXTERNAL_ID] && v->v[NAME] && v->v[COUNTRY] && v->line > 1);
	demand(!v->v[LATITUDE] == !v->v[LONGITUDE]);
	demand(strlen(v->v[COUNTRY]) == 2);
	demand(directory_find(d, v->v[EXTERNAL_ID]) == v);
}

static void check_bad(const struct venue_load *v)
{
	demand((v->bad_n == 0) == (v->why[0] == '\0'));
	for (size_t i = 0; i < MIN(v->bad_n, BAD_SHOWN); i++)
		demand(v->bad[i].line > 0 && v->bad[i].why && *v->bad[i].why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct venue_load v; /* large */
	struct directory d;
	char *text = malloc(MAX(size, 1)); /* of its own size: reading behind it is seen */

	demand(text != NULL);
	if (size)
		memcpy(text, data, size);
	memory_begin();
	directory_start(&d, arena_new((size_t)256 << 20));
	v = (struct venue_load){.path = "venues.csv", .text = text, .n = size};
	venue_rows_read(&v, &d);
	demand(d.n <= v.read && d.n + v.bad_n >= v.read);
	for (size_t i = 0; i < d.n; i++)
		check_venue(&d, &d.list[i]);
	check_bad(&v);
	arena_free(d.arena);
	memory_end(((size_t)1 << 18) + size * 1024, (size_t)1 << 20);
	free(text);
	return 0;
}
