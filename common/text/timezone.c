/* timezone: local times in IANA time zones. */
#include "common/text/timezone.h"

#include "common/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Sets the process's time zone. tzset(3) reads the zone's file, which is slow, so it is only called
 * when the zone changes. */
static void enter(const char *zone)
{
	static char now[72];
	char wanted[72];
	snprintf(wanted, sizeof wanted, ":%s", zone);
	if (strcmp(now, wanted) == 0)
		return;
	setenv("TZ", wanted, 1);
	tzset();
	memcpy(now, wanted, sizeof now);
}

static FILE *database_file(const char *name)
{
	char path[300];
	const char *folder = getenv("TZDIR");
	snprintf(path, sizeof path, "%s/%s", text_or(text_filled(folder), "/usr/share/zoneinfo"),
		name);
	return fopen(path, "rbe");
}

/* A file of the tz database begins with these bytes (RFC 8536, section 3.1). */
static bool is_zone_file(const char *zone)
{
	char magic[4];
	FILE *f = database_file(zone);
	if (!f)
		return false;
	bool good = fread(magic, 1, sizeof magic, f) == sizeof magic &&
		memcmp(magic, "TZif", sizeof magic) == 0;
	fclose(f);
	return good;
}

/* Directories of the database with other variants of the zones, and files that are not zones. */
static bool is_reserved(const char *zone)
{
	static const char *const names[] = {
		"posix/", "right/", "posixrules", "localtime", "Factory"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strncmp(zone, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

bool timezone_exists(const char *zone)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	static char last[72]; /* cache of the last zone found: consecutive events often share it */
	size_t n = strlen(zone);
	if (strcmp(zone, last) == 0 && *last)
		return true;
	if (n == 0 || n >= sizeof last || strspn(zone, allowed) != n || *zone == '/' ||
		strstr(zone, "//") || zone[n - 1] == '/' || is_reserved(zone))
		return false;
	/* without a tz database, any well-formed name is accepted */
	if (!is_zone_file(zone) && timezone_database_exists())
		return false;
	memcpy(last, zone, n + 1);
	return true;
}

bool timezone_database_exists(void)
{
	return is_zone_file("UTC") || is_zone_file("Etc/UTC");
}

#define ZONES_MAX 1000

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The third column of each line is a name. */
char *timezone_names(struct arena *a)
{
	const char **names = arena_array(a, ZONES_MAX, sizeof *names);
	char line[400], name[72];
	size_t n = 0, bytes = 0;
	FILE *f = database_file("zone.tab");
	names[n++] = "UTC";
	while (f && n < ZONES_MAX && fgets(line, sizeof line, f))
		if (line[0] != '#' && sscanf(line, "%*[^\t]\t%*[^\t]\t%71[^\t\n]", name) == 1 &&
			timezone_exists(name))
			names[n++] = arena_strdup(a, name);
	if (f)
		fclose(f);
	qsort(names, n, sizeof *names, by_name);
	for (size_t i = 0; i < n; i++)
		bytes += strlen(names[i]) + 1;
	char *out = arena_alloc(a, bytes), *to = out;
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(names[i]);
		memcpy(to, names[i], length);
		to[length] = ',';
		to += length + 1;
	}
	to[-1] = 0;
	return out;
}

/* tzset(3) cannot report an unknown zone: it falls back to UTC. */
const char *timezone_label(const char *zone)
{
	if (is_zone_file(zone))
		return zone;
	return "UTC";
}

int64_t timezone_offset(const char *zone, int64_t ms)
{
	struct tm tm;
	time_t t = (time_t)((ms - (ms % 1000 + 1000) % 1000) / 1000);
	enter(zone);
	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

void timezone_civil(const char *zone, int64_t ms, struct civil *out, int *ahead)
{
	struct tm tm;
	int64_t part = ms % 1000 < 0 ? ms % 1000 + 1000 : ms % 1000;
	time_t t = (time_t)((ms - part) / 1000);
	enter(zone);
	if (!localtime_r(&t, &tm))
		memset(&tm, 0, sizeof tm);
	*out = (struct civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		tm.tm_sec, (int)part};
	*ahead = (int)(tm.tm_gmtoff / 60);
}

int civil_weekday(const struct civil *c)
{
	struct civil noon = {c->year, c->month, c->day, 12, 0, 0, 0};
	int64_t day = (time_from_civil(&noon) - 43200000) / 86400000;
	return (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday, day 4 */
}

void timezone_print(const char *zone, int64_t ms, char out[ZONE_TEXT + 1])
{
	struct civil c;
	char text[64];
	int ahead;
	timezone_civil(zone, ms, &c, &ahead);
	unsigned minutes = (unsigned)(ahead < 0 ? -ahead : ahead);
	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%c%02u:%02u", c.year, c.month,
		c.day, c.hour, c.minute, c.second, ahead < 0 ? '-' : '+', minutes / 60 % 100,
		minutes % 60);
	memcpy(out, text, ZONE_TEXT);
	out[ZONE_TEXT] = 0;
}
