/* formats: times, prices, places and descriptions as text for people. */
#include "common/messages/formats.h"

#include "common/base/utf8.h"
#include "common/text/currency.h"
#include "common/text/timezone.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

char *clock_text(struct arena *a, const char *zone, int64_t ms)
{
	struct civil c;
	int ahead;
	timezone_civil(zone, ms, &c, &ahead);
	return arena_printf(a, "%02d:%02d", c.hour, c.minute);
}

char *day_text(struct arena *a, enum language l, const char *zone, int64_t ms)
{
	struct civil c;
	int ahead;
	timezone_civil(zone, ms, &c, &ahead);
	const char *month = message(l, MSG_JANUARY + (unsigned)(c.month + 11) % 12),
		   *weekday = message(l, MSG_SUN + (unsigned)civil_weekday(&c));
	return message_text(a, l, MSG_DATE_TIME, "weekday", weekday, "month", month, "day",
		arena_printf(a, "%d", c.day), "year", arena_printf(a, "%d", c.year), "clock",
		clock_text(a, zone, ms), NULL);
}

char *span_text(struct arena *a, enum language l, const char *zone, int64_t from, struct val until)
{
	struct civil c, d;
	int ahead;
	char *begin = day_text(a, l, zone, from);
	if (until.type != VAL_TIME)
		return begin;
	timezone_civil(zone, from, &c, &ahead);
	timezone_civil(zone, until.i, &d, &ahead);
	bool same = c.year == d.year && c.month == d.month && c.day == d.day;
	return message_text(a, l, MSG_TIME_SPAN, "from", begin, "until",
		same ? clock_text(a, zone, until.i) : day_text(a, l, zone, until.i), NULL);
}

char *count_text(struct arena *a, int64_t whole)
{
	assert(whole >= 0);
	char *digits = arena_printf(a, "%lld", (long long)whole),
	     *out = arena_alloc(a, 2 * strlen(digits) + 1), *to = out;
	for (size_t left = strlen(digits); left; left--) {
		*to++ = *digits++;
		if (left > 1 && left % 3 == 1)
			*to++ = ',';
	}
	return out;
}

/* The decimals of a stored amount: ISO 4217's, and more only if it has more. */
static int shown_decimals(const char *currency, int64_t stored)
{
	int scale = currency_scale(currency), decimals = currency_decimals(currency);
	if (stored % power_of_ten(scale - decimals) == 0)
		return decimals;
	return scale;
}

/* The decimals with their point; empty when there are none. */
static char *fraction_text(struct arena *a, const char *currency, int64_t stored)
{
	int scale = currency_scale(currency), decimals = shown_decimals(currency, stored);
	int64_t fraction = stored % power_of_ten(scale) / power_of_ten(scale - decimals);
	if (decimals == 0)
		return arena_strdup(a, "");
	return arena_printf(a, ".%0*lld", decimals, (long long)fraction);
}

char *price_text(struct arena *a, enum language l, const char *currency, int64_t stored)
{
	const struct currency *known = currency_find(currency);
	const char *sign =
		known && known->sign ? known->sign : arena_printf(a, "%s\xc2\xa0", currency);
	if (stored == 0)
		return arena_strdup(a, message(l, MSG_FREE));
	return arena_printf(a, "%s%s%s", sign,
		count_text(a, stored / power_of_ten(currency_scale(currency))),
		fraction_text(a, currency, stored));
}

char *amount_text(struct arena *a, const char *currency, int64_t stored)
{
	return arena_printf(a, "%lld%s",
		(long long)(stored / power_of_ten(currency_scale(currency))),
		fraction_text(a, currency, stored));
}

char *shorten_text(struct arena *a, const char *s, size_t most)
{
	char *out = arena_alloc(a, strlen(s) + 4), *to = out, *word = NULL;
	size_t n = 0;
	for (size_t left = strlen(s), k; left && n < most; s += k, left -= k, n++) {
		k = utf8_length((const unsigned char *)s, left);
		k = MAX(k, 1);
		if ((unsigned char)*s > ' ') {
			memcpy(to, s, k);
			to += k;
		} else if (to != out && to[-1] != ' ') {
			word = to;
			*to++ = ' ';
		}
	}
	while (to != out && to[-1] == ' ')
		to--;
	if (!*(s + strspn(s, " \t\r\n"))) {
		*to = 0;
		return out;
	}
	to = word && word > out + most / 2 ? word : to;
	memcpy(to, "\xe2\x80\xa6", 4);
	return out;
}

char *venue_text(struct arena *a, const struct rows *row, size_t i)
{
	static const char *const parts[] = {"venue_name", "venue_address", "venue_city"};
	char *out = NULL;
	for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
		const char *part = rows_text(row, i, parts[k]);
		if (part && *part)
			out = arena_list(a, out, ", ", part);
	}
	return out;
}
