/* timezone: what clocks show in a time zone of the IANA's. */
#ifndef TG_TEXT_TIMEZONE_H
#define TG_TEXT_TIMEZONE_H

#include "common/base/clock.h"

#include <stdbool.h>

/* The instant as people in `zone` read it, and how many minutes they are ahead of UTC. A zone that
   this machine does not know is UTC. The zone of the process (TZ) changes: for programs that ask
   nothing else of it. */
void timezone_civil(const char *zone, int64_t ms, struct civil *out, int *ahead);

/* Whether the system's tz database has a zone of that name (links included). Where there is no
 * database, any name of the right form exists. */
bool timezone_exists(const char *zone);
bool timezone_database_exists(void);

/* Seconds that `zone` is ahead of UTC at `ms`. */
int64_t timezone_offset(const char *zone, int64_t ms);

/* what to call the zone that these times are in: itself, or "UTC" where this machine does not know
 * it */
const char *timezone_label(const char *zone);

int civil_weekday(const struct civil *c); /* 0: Sunday */

#define ZONE_TEXT 25 /* "2026-12-05T19:00:00+08:00" */
/* RFC 3339, to the second */
void timezone_print(const char *zone, int64_t ms, char out[ZONE_TEXT + 1]);

#endif
