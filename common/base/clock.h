/* clock: the current time, calendar conversions, and times as text. */
#ifndef TG_BASE_CLOCK_H
#define TG_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time is milliseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time). */
/* 1000-01-01T00:00:00.000Z, MariaDB's smallest DATETIME */
#define TIME_MIN INT64_C(-30610224000000)
#define TIME_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define TIME_TEXT 24 /* "2025-06-15T18:00:00.000Z" */

int64_t clock_now(void); /* wall clock, Unix ms (CLOCK_REALTIME) */
/* Monotonic ns since boot (CLOCK_MONOTONIC): for durations, and for state that processes share. */
int64_t clock_mono_ns(void);
void clock_pause_ms(int64_t ms); /* sleeps; less when a signal arrives */

/* A calendar date and time of day (proleptic Gregorian); month and day from 1. */
struct civil {
	int year, month, day, hour, minute, second, ms;
};
void civil_from_time(int64_t t, struct civil *c); /* in UTC */
int64_t time_from_civil(const struct civil *c); /* fields must be in range */

/* Parses RFC 3339 (a profile of ISO 8601): YYYY-MM-DDTHH:MM:SS[.fraction](Z|+HH:MM|-HH:MM). `t` and
 * `z` may be lower case; the fraction has 1 to 9 digits and is truncated to milliseconds. Returns
 * false without a zone, for bare and week dates, 24:00, second 60, offsets beyond 23:59 and results
 * outside TIME_MIN..TIME_MAX. */
bool time_parse(const char *s, size_t n, int64_t *out);
/* Prints "YYYY-MM-DDTHH:MM:SS.mmmZ"; clamps to TIME_MIN..TIME_MAX. */
void time_print(int64_t t, char out[TIME_TEXT + 1]);

#endif
