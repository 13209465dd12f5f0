/* timezone: local times in IANA time zones. */
#ifndef TG_TEXT_TIMEZONE_H
#define TG_TEXT_TIMEZONE_H

#include "common/base/arena.h"
#include "common/base/clock.h"

#include <stdbool.h>

/* Converts Unix ms to local time in `zone`; *ahead gets its offset, minutes east of UTC. A zone
 * unknown to this machine is treated as UTC. Sets TZ of the process: for single-threaded programs
 * that do not use local time otherwise. */
void timezone_civil(const char *zone, int64_t ms, struct civil *out, int *ahead);

/* Whether the system's tz database has the zone (links included). Without a tz database, any
 * well-formed name exists. */
bool timezone_exists(const char *zone);
bool timezone_database_exists(void);
/* The zones that the tz database lists for countries (zone.tab), and UTC, sorted and separated by
 * commas, in the arena; only UTC without that file. timezone_exists() is true for each. */
char *timezone_names(struct arena *a);

/* The zone's offset at Unix ms, in seconds east of UTC. */
int64_t timezone_offset(const char *zone, int64_t ms);

/* The name of the zone that timezone_civil() uses: `zone`, or "UTC" when this machine does not know
 * it. */
const char *timezone_label(const char *zone);

int civil_weekday(const struct civil *c); /* 0: Sunday */

#define ZONE_TEXT 25 /* "2026-12-05T19:00:00+08:00" */
/* Prints local time with its offset (RFC 3339), to the second. */
void timezone_print(const char *zone, int64_t ms, char out[ZONE_TEXT + 1]);

#endif
