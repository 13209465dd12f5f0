/* calendar_days: the days of a time zone as stretches of time. */
#ifndef TG_DASHBOARD_CALENDAR_DAYS_H
#define TG_DASHBOARD_CALENDAR_DAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAYS_MAX 400
#define DAY_TEXT 10 /* "2026-08-01" */

/* Some time of one distance from UTC: the local time is the time plus `shift` seconds all through
 * it. */
struct utc_offset_span {
	int64_t begin, end; /* ms; end is outside */
	int64_t shift;
	size_t day; /* the place of the day that it begins in */
};

/* Whole days of a zone: from the midnight before one time to the midnight behind another. */
struct days {
	int64_t begin, end; /* ms */
	size_t n;
	char text[DAYS_MAX][DAY_TEXT + 1];
	size_t stretches;
	struct utc_offset_span stretch[2 * DAYS_MAX];
};

/* False: more than DAYS_MAX days. `zone` must exist; bounds fall on quarters of an hour, as every
 * zone's midnights do. */
bool days_between(const char *zone, int64_t from, int64_t to, struct days *out);

#endif
