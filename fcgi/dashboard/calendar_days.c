/* calendar_days: the calendar days of a time zone as spans of time. */
#include "fcgi/dashboard/calendar_days.h"

#include "common/text/timezone.h"

#include <assert.h>
#include <stdio.h>

#define QUARTER_MS INT64_C(900000)
#define HOUR_MS INT64_C(3600000)

static struct civil local(const char *zone, int64_t ms)
{
	struct civil c;
	int ahead;
	timezone_civil(zone, ms, &c, &ahead);
	return c;
}

/* The beginning of the day that contains the time, found in steps of a quarter of an hour. Where
 * the clock is put forward at midnight, a day begins at one o'clock. */
static int64_t day_begin(const char *zone, int64_t ms)
{
	struct civil c = local(zone, ms);
	int day = c.day;
	int64_t t = ms - ms % QUARTER_MS,
		back = ((int64_t)c.hour * 60 + c.minute - c.minute % 15) * 60000 - 2 * HOUR_MS;
	if (back > 0)
		t -= back; /* jumps close to midnight, with two hours to spare for a clock change */
	while (local(zone, t).day != day)
		t += QUARTER_MS;
	while (local(zone, t - QUARTER_MS).day == day)
		t -= QUARTER_MS;
	return t;
}

/* Appends the spans of a day, with a new one where the offset changes. */
static void cut(struct days *d, const char *zone, int64_t begin, int64_t end)
{
	assert(d->n > 0);
	for (int64_t t = begin; t < end;) {
		assert(d->stretches < 2 * DAYS_MAX);
		int64_t shift = timezone_offset(zone, t),
			next = timezone_offset(zone, end - 1000) == shift ? end : t + QUARTER_MS;
		struct utc_offset_span *last = d->stretches ? &d->stretch[d->stretches - 1] : NULL;
		if (last && last->shift == shift)
			last->end = next;
		else
			d->stretch[d->stretches++] =
				(struct utc_offset_span){t, next, shift, d->n - 1};
		t = next;
	}
}

/* Collects the days from the one of `from` to the one of `to`; false when there are more than
 * DAYS_MAX. */
static bool collect(const char *zone, int64_t from, int64_t to, struct days *d)
{
	d->n = d->stretches = 0;
	d->begin = d->end = day_begin(zone, from);
	do {
		struct civil c = local(zone, d->end);
		if (d->n == DAYS_MAX)
			return false;
		snprintf(d->text[d->n], sizeof d->text[0], "%04d-%02d-%02d", c.year % 10000,
			c.month % 100, c.day % 100);
		d->n++;
		/* days have 23 to 25 hours */
		int64_t next = day_begin(zone, d->end + 26 * HOUR_MS);
		cut(d, zone, d->end, next);
		d->end = next;
	} while (d->end <= to);
	return true;
}

bool days_between(const char *zone, int64_t from, int64_t to, struct days *out)
{
	return to - from <= (int64_t)DAYS_MAX * 24 * HOUR_MS && collect(zone, from, to, out);
}
