/* venues: the shared directory, loaded from CSV. */
#include "venues.h"

#include "clock.h"
#include "csv.h"
#include "jsonstrict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const columns[] = {"external_id", "name", "address", "city", "region", "country", "postal_code", "latitude", "longitude", "capacity", "timezone"};
#define COLUMNS (sizeof columns / sizeof *columns)

static const struct statement venue_update = {"cli_venue_update",
	"UPDATE venues SET name = :name, address = :address, city = :city, region = :region, country = :country, postal_code = :postal_code,"
	" latitude = :latitude, longitude = :longitude, capacity = :capacity, timezone = :timezone, version = version + 1, updated_at = :now"
	" WHERE external_id = :external_id AND NOT (BINARY name <=> BINARY :name AND BINARY address <=> BINARY :address AND BINARY city <=> BINARY :city"
	" AND BINARY region <=> BINARY :region AND country <=> :country AND postal_code <=> :postal_code AND latitude <=> CAST(:latitude AS DECIMAL(9,6))"
	" AND longitude <=> CAST(:longitude AS DECIMAL(9,6)) AND capacity <=> CAST(:capacity AS UNSIGNED) AND timezone <=> :timezone)", SQL_WRITE | SQL_GLOBAL};
static const struct statement venue_insert = {"cli_venue_insert",
	"INSERT INTO venues (id, external_id, name, address, city, region, country, postal_code, latitude, longitude, capacity, timezone, created_at, updated_at)"
	" SELECT :id, :external_id, :name, :address, :city, :region, :country, :postal_code, :latitude, :longitude, :capacity, :timezone, :now, :now"
	" FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM venues WHERE external_id = :external_id)", SQL_WRITE | SQL_GLOBAL};

const char *
file_read(struct arena *a, const char *path, size_t *n, char *why, size_t why_size)
{
	const size_t most = 16U << 20;
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size;

	if (!f) {
		snprintf(why, why_size, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	if (fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
	} else if ((size_t)size > most) {
		snprintf(why, why_size, "%s is larger than 16 MiB; split it", path);
	} else {
		text = arena_alloc(a, (size_t)size + 1);
		*n = fread(text, 1, (size_t)size, f);
		text[*n] = '\0';
	}
	fclose(f);
	return text;
}

/* Which column each field is; false when the heading is not what we know. */
static bool
heading(struct venue_load *v, const char *const *fields, int n, size_t map[COLUMNS])
{
	bool seen[COLUMNS] = {false};

	for (int i = 0; i < n; i++) {
		size_t at = 0;
		while (at < COLUMNS && strcmp(columns[at], fields[i]) != 0)
			at++;
		if (at == COLUMNS || seen[at]) {
			snprintf(v->why, sizeof v->why, "%s: the heading has an unknown or repeated column %.40s; known: external_id, name, address, city, region, country, "
				"postal_code, latitude, longitude, capacity, timezone", v->path, fields[i]);
			return false;
		}
		seen[at] = true;
		map[i] = at;
	}
	if (seen[0] && seen[1] && seen[5])
		return true;
	snprintf(v->why, sizeof v->why, "%s: the heading must name external_id, name and country", v->path);
	return false;
}

static enum err
venue_put(struct cli *c, struct venue_load *v, struct params *p)
{
	struct rows r = {0};
	enum err err;

	params_set(p, "id", val_uuid(uuid_make()));
	if ((err = sql_run(c->db, c->arena, &venue_insert, p, &r)) != OK)
		return err;
	if (r.affected > 0) {
		v->added++;
		return OK;
	}
	if ((err = sql_run(c->db, c->arena, &venue_update, p, &r)) == OK && r.affected > 0)
		v->changed++;
	return err;
}

static enum err
row_take(struct cli *c, struct venue_load *v, const struct csv *csv, const char *const *fields, int n, const size_t map[COLUMNS])
{
	struct params p;

	params_init(&p, c->arena);
	params_set(&p, "now", val_time(clock_now()));
	for (int i = 0; i < n; i++) {
		size_t characters;
		if (!utf8_valid(fields[i], strlen(fields[i]), &characters)) {
			snprintf(v->why, sizeof v->why, "%s line %zu: %s is not valid UTF-8", v->path, csv->line, columns[map[i]]);
			return ERR_VALIDATION;
		}
		params_set(&p, columns[map[i]], fields[i][0] ? val_text(fields[i]) : val_null());
	}
	if (!params_text(&p, "external_id") || !params_text(&p, "name") || !params_text(&p, "country")) {
		snprintf(v->why, sizeof v->why, "%s line %zu: external_id, name and country should not be empty", v->path, csv->line);
		return ERR_VALIDATION;
	}
	enum err err = venue_put(c, v, &p);
	if (err != OK && !v->why[0])
		snprintf(v->why, sizeof v->why, "%s line %zu: %s", v->path, csv->line, db_error(c->db));
	return err;
}

enum err
venues_load(struct cli *c, struct venue_load *v)
{
	const char *fields[COLUMNS];
	size_t map[COLUMNS] = {0};
	struct csv csv;
	int heads, n;
	enum err err = OK;

	v->read = v->added = v->changed = 0;
	v->why[0] = '\0';
	csv_start(&csv, c->arena, v->text, v->n);
	heads = csv_next(&csv, fields, COLUMNS);
	if (heads <= 0 || !heading(v, fields, heads, map)) {
		if (!v->why[0])
			snprintf(v->why, sizeof v->why, "%s: the first line must name the columns", v->path);
		return ERR_VALIDATION;
	}
	while (err == OK && (n = csv_next(&csv, fields, COLUMNS)) != 0) {
		if (n != heads) {
			snprintf(v->why, sizeof v->why, "%s line %zu: expected %d well-formed fields", v->path, csv.line, heads);
			return ERR_VALIDATION;
		}
		err = row_take(c, v, &csv, fields, n, map);
		v->read++;
	}
	return err;
}
