/* rows: parses and validates the lines of a venue file. */
#include "cli/venue/command.h"

#include "cli/core/csv.h"
#include "common/text/unicode.h"
#include "common/text/json_check.h"
#include "common/text/timezone.h"
#include "common/text/validate.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const place_columns[PLACE_COLUMNS] = {"external_id", "name", "address", "city",
	"region", "country", "postal_code", "latitude", "longitude", "capacity", "timezone"};

static const char *text(struct arena *a, const char **value);
static const char *country(struct arena *a, const char **value);
static const char *degrees(struct arena *a, const char **value);
static const char *venue_rows_count(struct arena *a, const char **value);
static const char *zone(struct arena *a, const char **value);

/* The rule of each column: its maximum (characters, or degrees) and its check. A check returns NULL
 * when the value is valid, and may then replace *value by its canonical spelling; otherwise it
 * returns what the value must be. */
static const struct rule {
	size_t most;
	bool required;
	const char *(*check)(struct arena *a, const char **value);
} rules[PLACE_COLUMNS] = {
	[EXTERNAL_ID] = {64, true, text},
	[NAME] = {200, true, text},
	[ADDRESS] = {300, false, text},
	[CITY] = {120, false, text},
	[REGION] = {120, false, text},
	[COUNTRY] = {2, true, country},
	[POSTAL_CODE] = {16, false, text},
	[LATITUDE] = {90, false, degrees},
	[LONGITUDE] = {180, false, degrees},
	[CAPACITY] = {10, false, venue_rows_count},
	[TIMEZONE] = {64, false, zone},
};

static const char *text(struct arena *a, const char **value)
{
	(void)a;
	(void)value;
	return NULL;
}

static const char *country(struct arena *a, const char **value)
{
	const char *s = *value;
	if (!isalpha((unsigned char)s[0]) || !isalpha((unsigned char)s[1]))
		return "must be two letters (ISO 3166-1 alpha-2)";
	*value =
		arena_printf(a, "%c%c", toupper((unsigned char)s[0]), toupper((unsigned char)s[1]));
	return NULL;
}

/* Canonical: six decimals, as the column stores them. */
static const char *degrees(struct arena *a, const char **value)
{
	const char *s = *value + (**value == '-' || **value == '+');
	size_t whole = strspn(s, "0123456789"),
	       part = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;
	if (!whole || whole > 3 || part > 20 || s[whole + (s[whole] == '.') + part])
		return "must be a decimal number of degrees, such as 14.5995";
	char *out = arena_printf(a, "%.6f", strtod(*value, NULL));
	*value = strcmp(out, "-0.000000") == 0 ? "0.000000" : out;
	return NULL;
}

static const char *venue_rows_count(struct arena *a, const char **value)
{
	const char *s = *value;
	if (s[strspn(s, "0123456789")] || strlen(s) > 10 || strtoull(s, NULL, 10) > UINT32_MAX)
		return "must be an integer";
	*value = arena_printf(a, "%llu", strtoull(s, NULL, 10));
	return NULL;
}

static const char *zone(struct arena *a, const char **value)
{
	(void)a;
	if (timezone_exists(*value))
		return NULL;
	return "must be an IANA time zone, such as Asia/Manila";
}

/* Counts a bad line and keeps its reason. */
static void bad(struct venue_load *v, struct arena *a, size_t line, const char *why)
{
	if (v->bad_n < BAD_SHOWN)
		v->bad[v->bad_n] = (struct bad_line){line, arena_strdup(a, why)};
	if (v->bad_n++ == 0)
		snprintf(v->why, sizeof v->why, "%s line %zu: %s", v->path, line, why);
}

/* The text without surrounding blanks; NULL when nothing is left. */
static const char *trimmed(struct arena *a, const char *s)
{
	s += strspn(s, " \t");
	size_t n = strlen(s);
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n == 0)
		return NULL;
	if (s[n])
		return arena_dup(a, s, n);
	return s;
}

/* What is wrong with one value, in the arena; NULL when it is valid. */
static const char *venue_row_validate(struct arena *a, enum place_column column, const char **value)
{
	const struct rule *rule = &rules[column];
	const char *name = place_columns[column], *s = *value, *wrong;
	size_t characters = 0;
	if (!s) {
		if (rule->required)
			return arena_printf(a, "%s must not be empty", name);
		return NULL;
	}
	if (!utf8_valid(s, strlen(s), &characters))
		return arena_printf(a, "%s is not valid UTF-8", name);
	if (rule->required && text_is_blank(s))
		return arena_printf(a, "%s must not be empty", name);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return arena_printf(a, "%s contains a control character", name);
	if (rule->check != degrees && characters > rule->most)
		return arena_printf(a, "%s must be at most %zu characters", name, rule->most);
	wrong = rule->check(a, value);
	if (wrong)
		return arena_printf(a, "%s %s, not %.60s", name, wrong, s);
	if (rule->check == degrees &&
		(strtod(*value, NULL) > (double)rule->most ||
			strtod(*value, NULL) < -(double)rule->most))
		return arena_printf(a, "%s must be between -%zu and %zu, not %.60s", name,
			rule->most, rule->most, s);
	return NULL;
}

/* A line of the file, split into fields; map[i] is the column of field i. */
struct venue_line {
	size_t number;
	const char *const *fields;
	int n;
	const size_t *map;
};

/* Validates a line and adds it to `out`. */
static void line_take(struct venue_load *v, struct directory *out, const struct venue_line *line)
{
	struct venue_record p = {.line = line->number}, *there;
	const char *all = NULL;
	for (int i = 0; i < line->n; i++)
		p.v[line->map[i]] = trimmed(out->arena, line->fields[i]);
	for (size_t k = 0; k < PLACE_COLUMNS; k++) {
		const char *wrong = venue_row_validate(out->arena, (enum place_column)k, &p.v[k]);
		if (wrong)
			all = arena_list(out->arena, all, "; ", wrong);
	}
	if (!all && !p.v[LATITUDE] != !p.v[LONGITUDE])
		all = "latitude and longitude must be given together";
	if (!all && !directory_add(out, &p, &there))
		all = arena_printf(out->arena, "external_id %s is already used in line %zu",
			p.v[EXTERNAL_ID], there->line);
	if (all)
		bad(v, out->arena, line->number, all);
}

/* Fields of a line that are read; a longer line is refused. A heading may have more fields than
 * there are columns, so that all unknown ones are named. */
#define FIELDS_MAX (4 * PLACE_COLUMNS)

/* Maps the heading's fields to columns; returns false when a column is unknown, repeated or
 * missing. */
static bool heading(struct venue_load *v, struct arena *a, const char *const *fields, int n,
	size_t map[FIELDS_MAX])
{
	const char *unknown = NULL, *missing = NULL;
	for (int i = 0; i < n; i++) {
		const char *name = trimmed(a, fields[i]);
		size_t at = 0;
		name = text_or(name, "");
		while (at < PLACE_COLUMNS && strcmp(place_columns[at], name) != 0)
			at++;
		if (at == PLACE_COLUMNS || v->has[at])
			unknown = arena_printf(a, "%s%s\"%.40s\"", text_or(unknown, ""),
				unknown ? ", " : "", name);
		else
			v->has[map[i] = at] = true;
	}
	for (size_t k = 0; k < PLACE_COLUMNS; k++)
		if (rules[k].required && !v->has[k])
			missing = arena_printf(a, "%s%s%s", text_or(missing, ""),
				missing ? ", " : "", place_columns[k]);
	if (unknown)
		bad(v, a, 1,
			arena_printf(a,
				"unknown or repeated columns in the heading: %s; known columns: "
				"external_id, name, address, city, region, country, postal_code, "
				"latitude, longitude, capacity, timezone",
				unknown));
	if (missing)
		bad(v, a, 1, arena_printf(a, "the heading must contain the columns %s", missing));
	return !unknown && !missing;
}

void venue_rows_read(struct venue_load *v, struct directory *out)
{
	const char *fields[FIELDS_MAX];
	size_t map[FIELDS_MAX] = {0};
	struct csv_reader csv;
	int n, heads;
	v->read = v->bad_n = 0;
	v->why[0] = '\0';
	memset(v->has, 0, sizeof v->has);
	csv_start(&csv, out->arena, v->text, v->n);
	heads = csv_next(&csv, fields, FIELDS_MAX);
	if (heads <= 0 || memchr(v->text, 0, v->n)) {
		bad(v, out->arena, 1,
			heads <= 0 ? "the first line must name the columns"
				   : "not a text file: it contains NUL bytes (if it is UTF-16, "
				     "save it as UTF-8)");
		return;
	}
	if (!heading(v, out->arena, fields, heads, map))
		return;
	while ((n = csv_next(&csv, fields, FIELDS_MAX)) != 0) {
		if (++v->read % 10000 == 0)
			progress("Reading %s: %zu lines ...", v->path, v->read);
		if (n == heads) {
			line_take(v, out, &(struct venue_line){csv.line, fields, n, map});
			continue;
		}
		bad(v, out->arena, csv.line,
			n < 0 ? "a quote is misplaced or not closed"
			      : arena_printf(
					out->arena, "%d fields, the heading has %d", n, heads));
		if (n < 0)
			csv_skip(&csv);
	}
}
