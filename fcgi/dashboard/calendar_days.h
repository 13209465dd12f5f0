/* calendar_days: the calendar days of a time zone as spans of time. */
#ifndef TG_DASHBOARD_CALENDAR_DAYS_H
#define TG_DASHBOARD_CALENDAR_DAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAYS_MAX 400
#define DAY_TEXT 10 /* "2026-08-01" */

/* A span of time with one offset from UTC: local time is UTC plus `shift` seconds. */
struct utc_offset_span {
	int64_t begin, end; /* ms; end is exclusive */
	int64_t shift;
	size_t day; /* index of the day in which it begins */
};

/* Whole days of a zone: from the midnight before one time to the midnight after another. */
struct days {
	int64_t begin, end; /* ms */
	size_t n; /* days */
	char text[DAYS_MAX][DAY_TEXT + 1];
	int64_t date[DAYS_MAX]; /* days since 1970 of the local date; ascending */
	size_t stretches; /* spans: a change of the offset begins a new one */
	struct utc_offset_span stretch[2 * DAYS_MAX];
};

/* False: more than DAYS_MAX days. `zone` must exist; bounds fall on quarters of an hour, as every
 * zone's midnights do. */
bool days_between(const char *zone, int64_t from, int64_t to, struct days *out);
/* The index of the day with a local date, in days since 1970; of the nearest day before it when
 * there is none, of the first when there is none before it. */
size_t day_index(const struct days *d, int64_t date);

#endif
