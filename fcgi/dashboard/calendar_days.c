/* calendar_days: the days of a time zone as stretches of time. */
#include "fcgi/dashboard/calendar_days.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define QUARTER_MS INT64_C(900000)
#define HOUR_MS INT64_C(3600000)

static struct tm local(int64_t ms)
{
	struct tm tm = {0};
	time_t t = (time_t)(ms / 1000);
	localtime_r(&t, &tm);
	return tm;
}

/* The first quarter of an hour of the day that the time is in. Some days begin at one o'clock: the
 * clock was put forward at midnight. */
static int64_t day_begin(int64_t ms)
{
	struct tm tm = local(ms);
	int day = tm.tm_mday;
	int64_t t = ms - ms % QUARTER_MS,
		back = ((int64_t)tm.tm_hour * 60 + tm.tm_min - tm.tm_min % 15) * 60000 -
		2 * HOUR_MS;
	if (back > 0)
		t -= back; /* near midnight at once, whichever way the clock was put on that day */
	while (local(t).tm_mday != day)
		t += QUARTER_MS;
	while (local(t - QUARTER_MS).tm_mday == day)
		t -= QUARTER_MS;
	return t;
}

/* The day's time, cut where the clock is put. */
static void cut(struct days *d, int64_t begin, int64_t end)
{
	for (int64_t t = begin; t < end;) {
		int64_t shift = local(t).tm_gmtoff,
			next = local(end - 1000).tm_gmtoff == shift ? end : t + QUARTER_MS;
		struct utc_offset_span *last = d->stretches ? &d->stretch[d->stretches - 1] : NULL;
		if (last && last->shift == shift)
			last->end = next;
		else
			d->stretch[d->stretches++] =
				(struct utc_offset_span){t, next, shift, d->n - 1};
		t = next;
	}
}

static bool collect(int64_t from, int64_t to, struct days *d)
{
	d->n = d->stretches = 0;
	d->begin = d->end = day_begin(from);
	do {
		struct tm tm = local(d->end);
		if (d->n == DAYS_MAX)
			return false;
		snprintf(d->text[d->n], sizeof d->text[0], "%04d-%02d-%02d",
			(tm.tm_year + 1900) % 10000, (tm.tm_mon + 1) % 100, tm.tm_mday % 100);
		d->n++;
		/* no day is longer than 25 hours, none shorter than 23 */
		int64_t next = day_begin(d->end + 26 * HOUR_MS);
		cut(d, d->end, next);
		d->end = next;
	} while (d->end <= to);
	return true;
}

bool days_between(const char *zone, int64_t from, int64_t to, struct days *out)
{
	setenv("TZ", zone, 1);
	tzset();
	bool good = to - from <= (int64_t)DAYS_MAX * 24 * HOUR_MS && collect(from, to, out);
	setenv("TZ", "UTC", 1);
	tzset();
	return good;
}
