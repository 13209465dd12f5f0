/* timezone: local times in IANA time zones. */
#include "common/text/timezone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* tzset(3) cannot report an unknown zone: it falls back to UTC. */
const char *timezone_label(const char *zone)
{
	char path[300];
	const char *folder = getenv("TZDIR");
	snprintf(path, sizeof path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo",
		zone);
	if (access(path, R_OK) == 0)
		return zone;
	return "UTC";
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
