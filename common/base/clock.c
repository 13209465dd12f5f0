/* clock: the current time, calendar conversions, and times as text. */
#include "common/base/clock.h"

#include <assert.h>
#include <string.h>
#include <time.h>
#include <sys/param.h>

#define DAY_MS INT64_C(86400000)

int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void clock_pause_ms(int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. This and the inverse below count years
 * from 1 March, so that the leap day is the last, in eras of 400 years of 146,097 days (H. Hinnant,
 * chrono-Compatible Low-Level Date Algorithms). */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, struct civil *c)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	c->day = (int)(of_year - (153 * m + 2) / 5 + 1);
	c->month = (int)(m < 10 ? m + 3 : m - 9);
	c->year = (int)(y + era * 400 + (c->month <= 2));
}

void civil_from_time(int64_t t, struct civil *c)
{
	int64_t days = t / DAY_MS;
	int64_t rest = t % DAY_MS; /* C rounds toward zero: negative before 1970 */

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	assert(rest >= 0 && rest < DAY_MS);
	civil_from_days(days, c);
	c->hour = (int)(rest / 3600000);
	c->minute = (int)(rest / 60000 % 60);
	c->second = (int)(rest / 1000 % 60);
	c->ms = (int)(rest % 1000);
}

int64_t time_from_civil(const struct civil *c)
{
	int64_t seconds = days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
		c->minute * 60 + c->second;

	return seconds * 1000 + c->ms;
}

static int month_days(int year, int month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month == 2 && leap)
		return 29;
	assert(month >= 1 && month <= 12);
	return days[month - 1];
}

/* Parses exactly `count` digits at s. */
static bool digits(const char *s, int count, int *out)
{
	int v = 0;

	for (int i = 0; i < count; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (s[i] - '0');
	}
	*out = v;
	return true;
}

/* Parses "YYYY-MM-DDTHH:MM:SS" or "YYYY-MM-DDTHH:MM" at the beginning of n bytes, at least 17;
 * returns its length, or 0 when it is not valid. */
static size_t parse_civil(const char *s, size_t n, struct civil *c)
{
	size_t length = 16;

	if (!digits(s, 4, &c->year) || s[4] != '-' || !digits(s + 5, 2, &c->month) || s[7] != '-' ||
		!digits(s + 8, 2, &c->day))
		return 0;
	if ((s[10] != 'T' && s[10] != 't') || !digits(s + 11, 2, &c->hour) || s[13] != ':' ||
		!digits(s + 14, 2, &c->minute))
		return 0;
	if (s[length] == ':') {
		length = 19;
		if (n < length || !digits(s + 17, 2, &c->second))
			return 0;
	}
	if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > month_days(c->year, c->month))
		return 0;
	return c->hour <= 23 && c->minute <= 59 && c->second <= 59 ? length : 0;
}

/* Parses a fraction, ".1" to ".123456789"; returns its length, or 0 when it is not valid. */
static size_t parse_fraction(const char *s, size_t n, int *ms)
{
	size_t i = 1;
	int v = 0;

	for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
		if (i <= 3)
			v = v * 10 + (s[i] - '0');
	if (i == 1 || i > 10)
		return 0;
	static const int unit[] = {[2] = 100, [3] = 10, [4] = 1};
	*ms = v * unit[MIN(i, 4)];
	return i;
}

/* Parses all n bytes as an offset, to minutes east of UTC. */
static bool parse_zone(const char *s, size_t n, int *minutes)
{
	int h, m;

	*minutes = 0;
	if (n == 1)
		return *s == 'Z' || *s == 'z';
	size_t colon = n == 6; /* +08:00; +0800 has none */
	if ((n != 5 && n != 6) || (*s != '+' && *s != '-') || !digits(s + 1, 2, &h) ||
		(colon && s[3] != ':') || !digits(s + 3 + colon, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = *s == '-' ? -(h * 60 + m) : h * 60 + m;
	return true;
}

bool time_parse(const char *s, size_t n, int64_t *out)
{
	struct civil c = {0};
	size_t i = n >= 17 ? parse_civil(s, n, &c) : 0;
	int zone;
	int64_t t;

	if (i == 0 || i >= n)
		return false;
	if (i == 19 && s[i] == '.') {
		size_t used = parse_fraction(s + i, n - i, &c.ms);
		if (used == 0)
			return false;
		i += used;
	}
	if (!parse_zone(s + i, n - i, &zone))
		return false;
	t = time_from_civil(&c) - (int64_t)zone * 60000;
	if (t < TIME_MIN || t > TIME_MAX)
		return false;
	*out = t;
	return true;
}

/* Writes v with leading zeros. */
static void put_digits(char *out, int count, int v)
{
	while (count-- > 0) {
		out[count] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* A time outside TIME_MIN..TIME_MAX is clamped, since the year has four digits. */
void time_print(int64_t t, char out[TIME_TEXT + 1])
{
	struct civil c;

	civil_from_time(MIN(MAX(t, TIME_MIN), TIME_MAX), &c);
	memcpy(out, "0000-00-00T00:00:00.000Z", TIME_TEXT + 1);
	put_digits(out, 4, c.year);
	put_digits(out + 5, 2, c.month);
	put_digits(out + 8, 2, c.day);
	put_digits(out + 11, 2, c.hour);
	put_digits(out + 14, 2, c.minute);
	put_digits(out + 17, 2, c.second);
	put_digits(out + 20, 3, c.ms);
}
