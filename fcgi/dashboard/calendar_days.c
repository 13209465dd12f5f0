/* calendar_days: the calendar days of a time zone as spans of time. */
#include "fcgi/dashboard/calendar_days.h"

#include "common/text/timezone.h"

#include <assert.h>
#include <stdio.h>

#define QUARTER_MS INT64_C(900000)
#define HOUR_MS INT64_C(3600000)
#define DATE_MS (24 * HOUR_MS)
#define CHANGE_MS (3 * HOUR_MS) /* more than a clock is put forward or back */

/* The local date at a time, as a number of days since 1970. */
static int64_t date_at(const char *zone, int64_t ms)
{
	struct civil c;
	int ahead;
	timezone_civil(zone, ms, &c, &ahead);
	c.hour = c.minute = c.second = c.ms = 0;
	return time_from_civil(&c) / DATE_MS;
}

/* The quarter of an hour from which on the local date is `date` or later. Where the clock is put
 * forward at midnight that is one o'clock; where a zone crossed the date line it may be the
 * beginning of a later date. `near`: a time about a day before. */
static int64_t date_begin(const char *zone, int64_t date, int64_t near)
{
	int64_t t = date * DATE_MS - timezone_offset(zone, near) * 1000 + CHANGE_MS;
	t -= t % QUARTER_MS;
	while (date_at(zone, t) < date)
		t += CHANGE_MS;
	while (date_at(zone, t - QUARTER_MS) >= date)
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

static void add_day(struct days *d, int64_t date)
{
	struct civil c;
	assert(d->n < DAYS_MAX);
	civil_from_time(date * DATE_MS, &c);
	snprintf(d->text[d->n], sizeof d->text[0], "%04d-%02d-%02d", c.year % 10000, c.month % 100,
		c.day % 100);
	d->date[d->n++] = date;
}

/* Collects the days from the one of `from` to the one of `to`, by the calendar: a date that the
 * zone left out is no day. False when there are more than DAYS_MAX. */
static bool collect(const char *zone, int64_t from, int64_t to, struct days *d)
{
	int64_t date = date_at(zone, from);
	d->n = d->stretches = 0;
	d->begin = d->end = date_begin(zone, date, from);
	do {
		if (d->n == DAYS_MAX)
			return false;
		add_day(d, date);
		int64_t next = date_begin(zone, date + 1, d->end);
		cut(d, zone, d->end, next);
		d->end = next;
		date = date_at(zone, next);
	} while (d->end <= to);
	return true;
}

size_t day_index(const struct days *d, int64_t date)
{
	size_t i = d->n - 1;
	assert(d->n > 0);
	while (i > 0 && d->date[i] > date)
		i--;
	return i;
}

bool days_between(const char *zone, int64_t from, int64_t to, struct days *out)
{
	return to - from <= (int64_t)DAYS_MAX * 24 * HOUR_MS && collect(zone, from, to, out);
}
